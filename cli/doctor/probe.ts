/** Requests as Twilio sends them, with and without its signature, that leave nothing behind. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { HttpsClient } from '../../lambdas/shared/adapters/twilio/https-client.ts';
import { PROBE_HEADER } from '../../lambdas/shared/rules/webhook/probe.ts';

/** Milliseconds; a function that starts cold takes its time. */
const TIMEOUT_MS = 15_000;

export const signature = (
  authToken: string,
  url: string,
  parameters: { readonly [name: string]: string } = {},
): string => getExpectedTwilioSignature(authToken, url, { ...parameters });

/** @param mark says that the request is meant to be refused, so that its refusal is not counted */
const headersOf = (signed: string | undefined, mark: string | undefined) => ({
  ...(signed !== undefined && { 'x-twilio-signature': signed }),
  ...(mark !== undefined && { [PROBE_HEADER]: mark }),
});

/** @returns the status of the reply. @throws where there is none. */
export async function postForm(
  url: string,
  parameters: { readonly [name: string]: string },
  signed: string | undefined,
  mark?: string,
): Promise<number> {
  const { origin, pathname, search } = new URL(url);
  const { statusCode } = await new HttpsClient(origin, { reply: TIMEOUT_MS, idle: TIMEOUT_MS }).text({
    method: 'POST',
    path: pathname + search,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...headersOf(signed, mark),
    },
    body: new URLSearchParams(parameters).toString(),
  });
  return statusCode;
}

/** @returns the status of the reply. @throws where there is none. */
export async function getUnsigned(url: string): Promise<number> {
  const { origin, pathname, search } = new URL(url);
  const client = new HttpsClient(origin, { reply: TIMEOUT_MS, idle: TIMEOUT_MS });
  return (await client.text({ method: 'GET', path: pathname + search, headers: {} })).statusCode;
}

/**
 * Asks for a WebSocket, and hangs up at once if it gets one.
 *
 * @returns 101 where it was accepted, otherwise the status of the refusal. @throws where there is no reply.
 */
export function handshake(url: string, signed: string, mark?: string): Promise<number> {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const send = protocol === 'wss:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = send({
      ...{ hostname, port, path: pathname + search, method: 'GET', timeout: TIMEOUT_MS },
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        // The key only proves that the reply is to this very request; any 16 bytes will do.
        'sec-websocket-key': Buffer.from('call-recorder-cli').subarray(0, 16).toString('base64'),
        ...headersOf(signed, mark),
      },
    });
    asked.once('upgrade', (_reply, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.once('response', (reply: IncomingMessage) => {
      reply.resume();
      asked.destroy();
      resolve(reply.statusCode ?? 0);
    });
    asked.once('timeout', () => asked.destroy(new Error(`no reply within ${TIMEOUT_MS / 1000} s`)));
    asked.once('error', reject);
    asked.end();
  });
}
