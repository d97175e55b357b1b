/** What a webhook of Twilio's carries, taken apart before anything is believed. */

/**
 * Most webhooks of Twilio's have about 700 bytes. The results of add-ons (`AddOns`) make those of a call longer by tens of kilobytes, and a
 * call that is refused for its length is lost: this is far above them, and still soon read.
 */
export const WEBHOOK_BYTES_MAX = 256 * 1024;

/** The part of an API Gateway event (HTTP API, payload 2.0) that a webhook is read from. */
export interface WebhookRequest {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

export type Parameters = { readonly [name: string]: string };

export type WebhookBody =
  | { readonly ok: true; readonly parameters: Parameters }
  | { readonly ok: false; readonly status: 400 | 413; readonly reason: string };

/**
 * Decodes a form body. API Gateway delivers it base64-encoded and says so by the flag.
 *
 * Twice the same name is refused: the signature joins names and values without a separator, so what was signed as one
 * set of parameters could be sent as another.
 */
export function readWebhookBody(request: WebhookRequest): WebhookBody {
  const body = Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8');
  if (body.length > WEBHOOK_BYTES_MAX) {
    return { ok: false, status: 413, reason: `The body has ${body.length} bytes; ${WEBHOOK_BYTES_MAX} are allowed.` };
  }
  const parameters: { [name: string]: string } = Object.create(null);
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    if (Object.hasOwn(parameters, name)) {
      return { ok: false, status: 400, reason: 'A parameter is given twice.' };
    }
    Object.defineProperty(parameters, name, { value, enumerable: true });
  }
  return { ok: true, parameters };
}

/** The account that a body names, read or not: it is no proof of anything. */
export function accountNamedIn(request: WebhookRequest): string | undefined {
  const body = Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8').toString('latin1');
  return /(?:^|&)AccountSid=(AC[0-9a-f]{32})(?:&|$)/.exec(body)?.[1];
}

/**
 * The URLs that Twilio may have signed: the configured one, never what the Host header says. Whether API Gateway hands a query over
 * letter by letter is not documented, so the form in which this recorder writes it counts too: both name the same parameters.
 */
export function signedUrls(publicUrl: string, { rawPath, rawQueryString }: WebhookRequest): readonly string[] {
  const url = `${publicUrl}${rawPath}`;
  if (rawQueryString === '') return [url];
  return [...new Set([rawQueryString, new URLSearchParams(rawQueryString).toString()])].map(
    (query) => `${url}?${query}`,
  );
}

/** A header by its name without regard to case: WebSocket events carry the client's spelling. */
export function header(
  headers: { readonly [name: string]: string | undefined } | null | undefined,
  name: string,
): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(headers ?? {})) if (key.toLowerCase() === wanted) return value;
  return undefined;
}
