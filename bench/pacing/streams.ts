/** Streams as Twilio opens them, without audio: what reaches the functions is the same. */
import twilioWebhooks from 'twilio/lib/webhooks/webhooks.js';
import { WebSocket } from 'ws';
import { streamToken } from '../../lambdas/shared/rules/call/stream-token.ts';
import type { Endpoints } from '../../local/system/endpoints.ts';
import { ACCOUNT, preciseNow } from '../loopback/twilio.ts';

export type Streams = Awaited<ReturnType<typeof openStreams>>;

/**
 * Opens so many connections, and shares them among the calls: the handshake is no part of what is measured, and one for
 * each call would leave the machine less for what is.
 */
export async function openStreams({ webSocket }: Pick<Endpoints, 'webSocket'>, connections: number) {
  const signature = twilioWebhooks.getExpectedTwilioSignature(ACCOUNT.authToken, webSocket, {});
  const open = () =>
    new Promise<WebSocket>((resolve, reject) => {
      const socket = new WebSocket(webSocket, {
        headers: { 'x-twilio-signature': signature },
        perMessageDeflate: false,
      });
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
    });
  const sockets: WebSocket[] = [];
  for (let index = 0; index < connections; index += 1) sockets.push(await open());
  let next = 0;
  return {
    /** Sends `start` for a call. @returns when, in milliseconds since 1970. */
    start(callSid: string): number {
      const socket = sockets[next % sockets.length];
      next += 1;
      const message = startMessage(callSid);
      const at = preciseNow();
      socket?.send(message);
      return at;
    },
    close() {
      for (const socket of sockets) socket.terminate();
    },
  };
}

/** What Twilio sends when the stream of a call begins. */
export function startMessage(callSid: string): string {
  const streamSid = `MZ${callSid.slice(2)}`;
  const customParameters = { token: streamToken(ACCOUNT.authToken, callSid, Date.now()) };
  const start = { accountSid: ACCOUNT.accountSid, streamSid, callSid, customParameters };
  return JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid });
}
