/** The whole local system with load from outside: functions, queues and table are the real ones, Twilio is a fast one. */
import { setTimeout as sleep } from 'node:timers/promises';
import twilioWebhooks from 'twilio/lib/webhooks/webhooks.js';
import { WebSocket } from 'ws';
import { streamToken } from '../../lambdas/shared/rules/call/stream-token.ts';
import { startSystem } from '../../local/system/system.ts';
import type { BenchContext } from '../group.ts';
import { ACCOUNT, type FastTwilio, preciseNow, startFastTwilio, type TwilioOptions } from '../loopback/twilio.ts';

const CONNECTIONS = 8;

export async function withSystem<Result>(
  context: BenchContext,
  name: string,
  options: TwilioOptions,
  act: (loaded: {
    readonly twilio: FastTwilio;
    readonly streams: Awaited<ReturnType<typeof openStreams>>;
  }) => Promise<Result>,
): Promise<Result> {
  const assemblyDirectory = await context.assembly();
  const twilio = await startFastTwilio(options);
  const system = await startSystem({
    root: context.root,
    port: 0,
    dataDirectory: `${context.directory}/${name}`,
    assemblyDirectory,
    keepAtTwilioSeconds: 86_400,
    twilio: { ...ACCOUNT, apiUrl: twilio.url },
  });
  const streams = await openStreams(system.endpoints.webSocket, CONNECTIONS);
  try {
    return await act({ twilio, streams });
  } finally {
    streams.close();
    await system.stop();
    await twilio.close();
  }
}

/** Calls `act` so many times a second for so long, on time whatever came before. */
export async function atRate(perSecond: number, seconds: number, act: (index: number) => void): Promise<void> {
  const begun = preciseNow();
  const total = Math.round(perSecond * seconds);
  for (let index = 0; index < total; index += 1) {
    const due = begun + (index / perSecond) * 1000;
    const early = due - preciseNow();
    if (early > 1) await sleep(early);
    act(index);
  }
}

/** Waits until `isDone`, at most so long. @returns whether it was. */
export async function within(milliseconds: number, isDone: () => boolean): Promise<boolean> {
  const until = preciseNow() + milliseconds;
  while (!isDone()) {
    if (preciseNow() > until) return false;
    await sleep(50);
  }
  return true;
}

/**
 * Streams as Twilio opens them, without audio: what reaches the functions is the same. Opens so many connections, and shares them among the calls: the handshake is no part of what is measured, and one for
 * each call would leave the machine less for what is.
 */
async function openStreams(webSocket: string, connections: number) {
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
