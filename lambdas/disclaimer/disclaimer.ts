/** Serves the disclaimer to Twilio, which plays it to callers whose recording the TwiML has started. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { refusal } from '../shared/entry/api-response.ts';
import type { Log } from '../shared/ports/log.ts';
import { header } from '../shared/rules/webhook/webhook.ts';

export interface DisclaimerDependencies {
  /** The WAV file of this name, `<SHA-256>.wav`; `undefined` where there is none. */
  readonly find: (name: string) => Uint8Array | undefined;
  /** Name of the one that is served in place of a file that is not there. */
  readonly standard: string;
  readonly log: Log;
}

/** The part of an API Gateway event (HTTP API, payload 2.0) that is read. */
export interface DisclaimerRequest {
  readonly pathParameters?: { readonly [name: string]: string | undefined };
  readonly headers: { readonly [name: string]: string | undefined };
}

/** The audio, base64-encoded, as API Gateway takes bytes. */
export type DisclaimerReply = ApiResponse & { readonly isBase64Encoded?: boolean };

/** What has this name never changes: Twilio, and whatever lies between, need not ask again. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

const NAME = /^[0-9a-f]{64}\.wav$/;

/**
 * `GET /disclaimer/{file}`, for anyone: callers hear it anyway. While a deployment replaces the disclaimer, Twilio may ask for the one
 * before, or already for the next: the one that is here is better than silence, and is not kept under the other's name.
 */
export function serveDisclaimer(deps: DisclaimerDependencies, request: DisclaimerRequest): DisclaimerReply {
  const { isReplaced, ...reply } = replyTo(deps, request);
  deps.log.info('The disclaimer was requested', {
    event: 'disclaimer_served',
    status: reply.statusCode,
    ...(isReplaced && { reason: 'replaced' }),
  });
  return reply;
}

function replyTo(
  { find, standard }: DisclaimerDependencies,
  { pathParameters, headers }: DisclaimerRequest,
): DisclaimerReply & { readonly isReplaced?: true } {
  const name = pathParameters?.file ?? '';
  const wanted = NAME.test(name) ? find(name) : undefined;
  const audio = wanted ?? (NAME.test(name) ? find(standard) : undefined);
  if (!audio) return refusal(404, 'There is no such file.');
  if (!wanted) return { ...audioReply(audio, { 'cache-control': 'no-store' }), isReplaced: true };
  const etag = `"${name.slice(0, -'.wav'.length)}"`;
  const known = { etag, 'cache-control': FOR_GOOD };
  const isKept = header(headers, 'if-none-match')
    ?.split(',')
    .some((one) => one.trim().replace(/^W\//, '') === etag);
  return isKept ? { statusCode: 304, headers: known } : audioReply(audio, known);
}

const audioReply = (audio: Uint8Array, headers: { readonly [name: string]: string }): DisclaimerReply => ({
  statusCode: 200,
  headers: { 'content-type': 'audio/wav', ...headers },
  body: Buffer.from(audio).toString('base64'),
  isBase64Encoded: true,
});
