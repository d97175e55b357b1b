/**
 * Twilio's requests to an application: signed, form-encoded, with the time limits and retries that the URL's fragment
 * asks for (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';

/** What the fragment may override. Times in milliseconds. */
export interface ConnectionOverrides {
  readonly retries: number;
  /** Failures to retry: `ct` connection, `rt` no answer in time, `4xx`, `5xx`. */
  readonly retryOn: ReadonlySet<string>;
  readonly connectMilliseconds: number;
  readonly readMilliseconds: number;
  readonly totalMilliseconds: number;
}

export interface WebhookRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly parameters: Readonly<Record<string, string>>;
  readonly authToken: string;
  /** The same for every attempt of a request; sent as `I-Twilio-Idempotency-Token`. */
  readonly idempotencyToken: string;
  readonly signal?: AbortSignal;
}

export interface WebhookReply {
  readonly kind: 'reply';
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly attempts: number;
}

export interface WebhookFailure {
  readonly kind: 'failure';
  readonly reason: 'ct' | 'rt' | 'too-large' | 'aborted';
  readonly message: string;
  readonly attempts: number;
}

/** Twilio reads no more of a reply (error 11750). */
const LARGEST_BODY_BYTES = 65_536;

/** Reads `#rc=5&rp=all` and its like; what is missing or out of range is Twilio's default. */
export function connectionOverrides(url: string): ConnectionOverrides {
  const [, fragment = ''] = url.split('#', 2);
  const given = new URLSearchParams(fragment);
  const number = (name: string, lowest: number, highest: number, fallback: number): number => {
    const value = Number(given.get(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= lowest && value <= highest ? value : fallback;
  };
  const policy = (given.get('rp') ?? 'ct').split(',').map((part) => part.trim());
  return {
    retries: number('rc', 0, 5, 1),
    retryOn: new Set(policy.includes('all') ? ['ct', 'rt', '4xx', '5xx'] : policy),
    connectMilliseconds: number('ct', 100, 10_000, 5000),
    readMilliseconds: number('rt', 100, 15_000, 15_000),
    totalMilliseconds: number('tt', 100, 15_000, 15_000),
  };
}

/** Sends a webhook until it is answered, or until retries or time run out. Never throws. */
export async function sendWebhook(webhook: WebhookRequest): Promise<WebhookReply | WebhookFailure> {
  const overrides = connectionOverrides(webhook.url);
  const deadline = performance.now() + overrides.totalMilliseconds;
  for (let attempt = 1; ; attempt += 1) {
    const left = deadline - performance.now();
    const result = await attemptOnce(webhook, overrides, left, attempt);
    const failure =
      result.kind === 'failure' ? result.reason : result.status >= 400 ? `${Math.floor(result.status / 100)}xx` : null;
    const again = failure !== null && overrides.retryOn.has(failure) && attempt <= overrides.retries;
    if (!again || performance.now() >= deadline) return result;
  }
}

function attemptOnce(
  { url, method, parameters, authToken, idempotencyToken, signal }: WebhookRequest,
  overrides: ConnectionOverrides,
  left: number,
  attempts: number,
): Promise<WebhookReply | WebhookFailure> {
  const [address = ''] = url.split('#', 1);
  const form = new URLSearchParams(parameters).toString();
  const target = method === 'GET' && form !== '' ? `${address}${address.includes('?') ? '&' : '?'}${form}` : address;
  const headers: Record<string, string> = {
    'X-Twilio-Signature': getExpectedTwilioSignature(authToken, target, method === 'GET' ? {} : { ...parameters }),
    'I-Twilio-Idempotency-Token': idempotencyToken,
    'User-Agent': 'TwilioProxy/1.1',
    Accept: '*/*',
    Connection: 'close',
  };
  if (method === 'POST') {
    headers['Content-Type'] = 'application/x-www-form-urlencoded; charset=UTF-8';
    headers['Content-Length'] = String(Buffer.byteLength(form));
  }
  return new Promise((resolve) => {
    let timeout: NodeJS.Timeout;
    const finish = (result: WebhookReply | WebhookFailure): void => {
      clearTimeout(timeout);
      resolve(result);
    };
    const fail = (reason: WebhookFailure['reason'], message: string): void => {
      finish({ kind: 'failure', reason, message, attempts });
      request.destroy();
    };
    const limit = (milliseconds: number, reason: 'ct' | 'rt', message: string): void => {
      clearTimeout(timeout);
      timeout = setTimeout(fail, Math.max(1, Math.min(left, milliseconds)), reason, message);
    };
    const send = target.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(target, { method, headers, agent: false, ...(signal ? { signal } : {}) }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_BODY_BYTES) fail('too-large', `the reply is larger than ${LARGEST_BODY_BYTES} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail('ct', error.message));
      response.on('end', () =>
        finish({
          kind: 'reply',
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          body: Buffer.concat(chunks).toString('utf8'),
          attempts,
        }),
      );
    });
    const { connectMilliseconds, readMilliseconds } = overrides;
    limit(connectMilliseconds, 'ct', `no connection within ${connectMilliseconds} ms`);
    request.on('socket', (socket) => {
      socket.once(target.startsWith('https:') ? 'secureConnect' : 'connect', () =>
        limit(readMilliseconds, 'rt', `no answer within ${readMilliseconds} ms`),
      );
    });
    request.on('error', (error) => fail(signal?.aborted ? 'aborted' : 'ct', error.message));
    request.end(method === 'POST' ? form : undefined);
  });
}
