/** The authentication of the webhooks: what Twilio did not sign goes no further. */
import type { Log } from '../ports/log.ts';
import type { Credentials, Signatures, TwilioCredentials } from '../ports/twilio.ts';
import { isProbe, PROBE_HEADER } from '../rules/webhook/probe.ts';
import {
  accountNamedIn,
  header,
  type Parameters,
  readWebhookBody,
  signedUrls,
  type WebhookRequest,
} from '../rules/webhook/webhook.ts';
import { type ApiResponse, refusal } from './api-response.ts';

export interface WebhookAuth {
  readonly publicUrl: string;
  readonly credentials: Credentials;
  readonly signatures: Signatures;
  readonly log: Log;
}

type Headers = WebhookRequest['headers'] | null | undefined;

export type Verified =
  | { readonly ok: true; readonly parameters: Parameters; readonly credentials: TwilioCredentials }
  | { readonly ok: false; readonly reply: ApiResponse };

/** Decodes and verifies a webhook. After a mismatch the secret is read again once: the token may have been rotated. */
export async function verifyWebhook(auth: WebhookAuth, request: WebhookRequest): Promise<Verified> {
  const body = readWebhookBody(request);
  const { headers } = request;
  const urls = signedUrls(auth.publicUrl, request);
  const account = () => accountNamedIn(request);
  if (!body.ok) {
    const { status, reason } = body;
    if (!(await isMarked(auth, headers, urls))) {
      await countUnsigned(auth, headers, account);
      auth.log.warn('A webhook was refused', { event: 'webhook_refused', reason, status });
    }
    return { ok: false, reply: refusal(status, reason) };
  }
  const credentials = await acceptedBy(auth, { headers, urls, parameters: { ...body.parameters }, account });
  if (credentials) return { ok: true, parameters: body.parameters, credentials };
  return {
    ok: false,
    reply: refusal(
      403,
      'The signature does not fit. Is the public URL configured as Twilio is given it, and is the auth token current?',
    ),
  };
}

/**
 * Refuses a request that Twilio has signed but whose content the step cannot take. It is logged and counted, unless it is marked as
 * a probe.
 */
export async function refuseRequest(auth: WebhookAuth, request: WebhookRequest, reason: string): Promise<ApiResponse> {
  if (!(await isMarked(auth, request.headers, signedUrls(auth.publicUrl, request)))) {
    auth.log.count('RequestRefused');
    auth.log.warn('A webhook was refused', { event: 'webhook_refused', reason, status: 400 });
  }
  return refusal(400, reason);
}

/** Whether a refusal was meant to be, which is logged. The secret is not read for a request without a signature. */
async function isMarked(
  { credentials, log }: Pick<WebhookAuth, 'credentials' | 'log'>,
  headers: Headers,
  urls: readonly string[],
): Promise<boolean> {
  const mark = header(headers, PROBE_HEADER);
  if (mark === undefined || !isProbe(mark, urls, (await credentials.current()).authTokens)) return false;
  log.info('A request that was meant to be refused was refused', { event: 'probe_refused' });
  return true;
}

/**
 * Counts a request that shows no valid signature. What bears one all the same and names our account may be Twilio's own; a handshake names
 * no account.
 */
async function countUnsigned(
  { credentials, log }: Pick<WebhookAuth, 'credentials' | 'log'>,
  headers: Headers,
  account: SignedRequest['account'],
): Promise<void> {
  log.count('SignatureRefused');
  if (!header(headers, 'x-twilio-signature')) return;
  const { accountSid } = await credentials.current();
  if (account === undefined || account() === accountSid) log.count('OwnSignatureRefused');
}

/** What a signature is checked over. */
export interface SignedRequest {
  readonly headers: Headers;
  /** The signature is valid over one of them. */
  readonly urls: readonly string[];
  readonly parameters: { [name: string]: string };
  /** Reads the account that the request names; absent where requests of its kind name none. */
  readonly account?: (() => string | undefined) | undefined;
}

/**
 * The credentials that accept the request's signature over one of the URLs, or `undefined`, which is logged and counted, unless
 * the request is marked as one that is meant to be refused.
 */
export async function acceptedBy(
  { credentials, signatures, log }: Pick<WebhookAuth, 'credentials' | 'signatures' | 'log'>,
  { headers, urls, parameters, account }: SignedRequest,
): Promise<TwilioCredentials | undefined> {
  const signature = header(headers, 'x-twilio-signature');
  if (signature !== undefined) {
    const accepts = ({ authTokens }: TwilioCredentials) =>
      urls.some((url) => signatures.isValid(authTokens, signature, url, parameters));
    const known = await credentials.current();
    if (accepts(known)) return known;
    if (await credentials.refresh()) {
      const fresh = await credentials.current();
      if (accepts(fresh)) return fresh;
    }
  }
  if (await isMarked({ credentials, log }, headers, urls)) return undefined;
  await countUnsigned({ credentials, log }, headers, account);
  log.warn('A request without a valid signature of Twilio was refused', {
    event: 'signature_refused',
    reason: signature === undefined ? 'no-signature' : 'signature-differs',
  });
  return undefined;
}
