/**
 * Who may ask the gateway for what. Behind a tunnel anybody can reach its port, since Twilio must.
 *
 * | what is served | for whom | checked by |
 * |---|---|---|
 * | routes of the HTTP API without IAM: `POST /voice`, `POST /stream-status`, `POST /recording-callback` | Twilio | Twilio's signature, in the functions |
 * | `GET /disclaimer/{file}`, a route without IAM as well | anyone | nobody: callers hear it, and it never changes |
 * | the WebSocket handshake at `/` | Twilio | Twilio's signature, in the function of `$connect` |
 * | routes of the HTTP API with IAM: `GET /calls/{callSid}`, `GET /recordings` | the owner | this file, and AWS's signature |
 * | function URLs, `/lambda-url/…` | the owner | this file, and AWS's signature unless the template asks for none |
 * | `/@connections/…` | the owner's functions | this file, and AWS's signature |
 * | any other path | nobody | 404, for a handshake 403 |
 */
import type { IncomingMessage } from 'node:http';
import { isConnectionsRequest } from './connections-api.ts';
import { isFunctionUrl } from './function-urls.ts';
import type { SelectedRoute } from './http-api.ts';

/** Names of this machine, as a client on it writes them. */
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Headers that proxies, tunnels and content networks add, whatever else they do. */
const FORWARDED =
  /^(x-forwarded|x-original|x-real-ip$|x-client-ip$|x-cluster-client-ip$|x-proxy|x-envoy|x-arr-|x-tunnel|x-pinggy|forwarded$|via$|cdn-loop$|cf-|true-client-ip$|fastly-|fly-|ngrok|tailscale-)/;

/** Whether only this machine's owner may ask for it. */
export function isForOwner(path: string, selected: SelectedRoute | undefined): boolean {
  if (isConnectionsRequest(path) || isFunctionUrl(path)) return true;
  return selected !== undefined && selected.route.authorization !== 'none';
}

export type Asking = Pick<IncomingMessage, 'headers' | 'headersDistinct' | 'url'> & {
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress' | 'localPort'>;
};

/** Why a request does not come from this machine itself; undefined where it does. */
export function refusalOfStranger({ headers, headersDistinct, url = '/', socket }: Asking): string | undefined {
  const { remoteAddress = '', localPort } = socket;
  const hosts = OWN_NAMES.flatMap((name) => [`${name}:${localPort}`, ...(localPort === 80 ? [name] : [])]);
  const refusal = (why: string) =>
    `Local only: ask http://127.0.0.1:${localPort} on the machine where it runs. Refused, because ${why}.`;

  if (!isLoopback(remoteAddress)) return refusal('the request comes from another machine');
  const header = Object.keys(headers).find((name) => FORWARDED.test(name));
  if (header !== undefined) return refusal(`a proxy or a tunnel has forwarded the request (${header})`);
  const [host = '', ...more] = headersDistinct.host ?? [];
  // A web page whose name was made to lead to this machine still sends its own name.
  if (more.length > 0 || !hosts.includes(host.toLowerCase())) return refusal('the Host header names another host');
  if (!url.startsWith('/')) return refusal('the request was meant for a proxy');
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((own) => origin.toLowerCase() === `http://${own}`)) {
    return refusal('a page of another site asks (Origin)');
  }
  return undefined;
}

const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
