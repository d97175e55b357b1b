/** Whether a request comes from this machine itself: the first check of every server that listens on loopback for its owner. */
import type { IncomingMessage } from 'node:http';

/** Names of this machine, as a client on it writes them. */
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Headers that proxies, tunnels and content networks add, whatever else they do. */
const FORWARDED =
  /^(x-forwarded|x-original|x-real-ip$|x-client-ip$|x-cluster-client-ip$|x-proxy|x-envoy|x-arr-|x-tunnel|x-pinggy|forwarded$|via$|cdn-loop$|cf-|true-client-ip$|fastly-|fly-|ngrok|tailscale-)/;

export type Asking = Pick<IncomingMessage, 'headers' | 'headersDistinct' | 'url'> & {
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress' | 'localPort'>;
};

/**
 * Why a request does not come from this machine itself; undefined where it does.
 *
 * @param pages origins of this machine's own whose pages may ask too
 */
export function refusalOfStranger(
  { headers, headersDistinct, url = '/', socket }: Asking,
  pages: readonly string[] = [],
): string | undefined {
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
  if (
    origin !== undefined &&
    !pages.includes(origin) &&
    !hosts.some((own) => origin.toLowerCase() === `http://${own}`)
  ) {
    return refusal('a page of another site asks (Origin)');
  }
  return undefined;
}

const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
