/** Webhooks as API Gateway delivers them, signed as Twilio documents it. */
import { createHmac } from 'node:crypto';
import type { WebhookRequest } from '../../../lambdas/shared/rules/webhook/webhook.ts';
import { ACCOUNT, CALL, PUBLIC_URL, RECORDING, TOKEN } from './fixtures.ts';

export type Form = { readonly [name: string]: string };

/**
 * HMAC-SHA1 over the URL and the parameters, sorted and joined.
 *
 * @see https://www.twilio.com/docs/usage/security#validating-requests
 */
export function signatureOf(url: string, form: Form, token = TOKEN): string {
  const joined = Object.keys(form)
    .sort()
    .map((name) => name + form[name])
    .join('');
  return createHmac('sha1', token)
    .update(url + joined)
    .digest('base64');
}

export interface WebhookOptions {
  readonly token?: string;
  readonly signature?: string;
  readonly base64?: boolean;
  /** Instead of the form, as it goes over the wire. */
  readonly body?: string;
  readonly query?: string;
}

export function webhook(path: string, form: Form, options: WebhookOptions = {}): WebhookRequest {
  const { token, base64 = true, query = '' } = options;
  const body = options.body ?? new URLSearchParams(form).toString();
  const url = `${PUBLIC_URL}${path}${query === '' ? '' : `?${query}`}`;
  return {
    rawPath: path,
    rawQueryString: query,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'X-Twilio-Signature': options.signature ?? signatureOf(url, form, token),
    },
    body: base64 ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: base64,
  };
}

/** The parameters of a recording callback, as Twilio sends them. */
export const callbackForm = (over: Form = {}): Form => ({
  AccountSid: ACCOUNT,
  CallSid: CALL,
  RecordingSid: RECORDING,
  RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/${ACCOUNT}/Recordings/${RECORDING}`,
  RecordingStatus: 'completed',
  RecordingDuration: '12',
  RecordingChannels: '2',
  RecordingStartTime: 'Sun, 01 Mar 2026 12:00:01 +0000',
  RecordingSource: 'StartCallRecordingAPI',
  RecordingTrack: 'both',
  ErrorCode: '0',
  ...over,
});
