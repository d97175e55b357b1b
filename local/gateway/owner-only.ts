/**
 * Who may ask the gateway for what. Behind a tunnel anybody can reach its port, since Twilio must.
 *
 * | what is served | for whom | checked by |
 * |---|---|---|
 * | routes of the HTTP API without IAM: `POST /voice`, `POST /stream-status`, `POST /recording-callback` | Twilio | Twilio's signature, in the functions |
 * | `GET /disclaimer/{file}`, a route without IAM as well | anyone | nobody: callers hear it, and it never changes |
 * | the WebSocket handshake at `/` | Twilio | Twilio's signature, in the function of `$connect` |
 * | routes of the HTTP API with IAM: `GET /calls…`, `GET /recordings`, `GET /audit` | the owner | `console/serve/stranger.ts`, and AWS's signature |
 * | function URLs, `/lambda-url/…` | the owner | the same, and AWS's signature unless the template asks for none |
 * | `/@connections/…` | the owner's functions | `console/serve/stranger.ts`, and AWS's signature |
 * | any other path | nobody | 404, for a handshake 403 |
 */
import { isConnectionsRequest } from './connections-api.ts';
import { isFunctionUrl } from './function-urls.ts';
import type { SelectedRoute } from './http-api.ts';

/** Whether only this machine's owner may ask for it. */
export function isForOwner(path: string, selected: SelectedRoute | undefined): boolean {
  if (isConnectionsRequest(path) || isFunctionUrl(path)) return true;
  return selected !== undefined && selected.route.authorization !== 'none';
}
