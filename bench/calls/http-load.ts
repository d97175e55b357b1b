/** Requests at a given rate, whatever becomes of those before, and how long each took. */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import twilioWebhooks from 'twilio/lib/webhooks/webhooks.js';
import { ACCOUNT, preciseNow } from './fast-twilio.ts';
import { atRate } from './loaded-system.ts';

export interface Webhook {
  /** Path of the HTTP API, such as `/voice`. */
  readonly path: string;
  readonly parameters: { readonly [name: string]: string };
}

export interface Poster {
  /** Posts a webhook, signed over the gateway's URL. @returns milliseconds until it was answered. */
  post(webhook: Webhook): Promise<number>;
  close(): void;
}

/** `accepted`: the statuses that count as an answer; others are errors. */
export function createPoster(gateway: string, accepted: readonly number[] = [200, 204]): Poster {
  const agent = new Agent({ keepAlive: true });
  return {
    post({ path, parameters }) {
      const url = `${gateway}${path}`;
      const body = new URLSearchParams(parameters).toString();
      const headers = {
        'x-twilio-signature': twilioWebhooks.getExpectedTwilioSignature(ACCOUNT.authToken, url, { ...parameters }),
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      };
      return send({ url, headers, agent, accepted }, body, preciseNow());
    },
    close: () => agent.destroy(),
  };
}

interface Sending {
  readonly url: string;
  readonly headers: OutgoingHttpHeaders;
  readonly agent: Agent;
  readonly accepted: readonly number[];
}

function send(sending: Sending, body: string, begun: number): Promise<number> {
  const { url, headers, agent, accepted } = sending;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent }, (reply) => {
      reply.resume();
      reply.once('end', () => {
        if (accepted.includes(reply.statusCode ?? 0)) resolve(preciseNow() - begun);
        else reject(new Error(`POST ${url} was answered ${reply.statusCode}.`));
      });
    });
    sent.once('error', (error: NodeJS.ErrnoException) => {
      // The other side has closed a kept connection at the same moment: nothing was asked yet. The time runs on.
      if (sent.reusedSocket && error.code === 'ECONNRESET') send(sending, body, begun).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });
}

/** @returns milliseconds of each request. @throws what the first one that failed throws. */
export async function postAtRate(
  poster: Poster,
  perSecond: number,
  seconds: number,
  webhook: (index: number) => Webhook,
): Promise<readonly number[]> {
  const replies: Promise<number>[] = [];
  await atRate(perSecond, seconds, (index) => {
    const reply = poster.post(webhook(index));
    // A failure is told when all are waited for.
    reply.catch(() => undefined);
    replies.push(reply);
  });
  return Promise.all(replies);
}
