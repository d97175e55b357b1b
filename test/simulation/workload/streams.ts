/** The stream of a call: it opens, sooner or later, or its handshake does not get through. */
import {
  STREAM_DISCLAIMER_PARAMETER,
  STREAM_TOKEN_PARAMETER,
} from '../../../lambdas/shared/rules/call/stream-token.ts';
import { SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { StreamNews } from '../../../sim/twilio/requests.ts';
import { SALES, STREAM_URL } from '../world/deployment.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { World } from '../world/world.ts';
import { type CallPlan, STREAM_API } from './scenario.ts';
import { startMessage } from './start-message.ts';

/** What the TwiML says of the stream. That of another application says nothing. */
export interface StreamNoun {
  readonly token?: string | undefined;
  readonly disclaimer?: string | undefined;
  readonly statusCallback?: string | undefined;
}

export function nounIn(twiml = ''): StreamNoun | 'no-stream' {
  if (!twiml.includes('<Stream')) return 'no-stream';
  return {
    token: /name="token" value="([^"]+)"/.exec(twiml)?.[1],
    disclaimer: /name="disclaimer" value="([^"]+)"/.exec(twiml)?.[1],
    statusCallback: /statusCallback="([^"]+)"/.exec(twiml)?.[1],
  };
}

interface PlannedStream extends StreamNoun {
  readonly plan: CallPlan;
  readonly callSid: string;
  readonly connectionId: string;
}

export async function openStream(stream: PlannedStream, world: World, scheduler: Scheduler): Promise<void> {
  const { plan, callSid, connectionId, token, disclaimer, statusCallback } = stream;
  const { twilio } = world;
  // A caller who has hung up has no stream.
  if (twilio.state.calls.get(callSid)?.status !== 'in-progress') return;
  const report = (event: StreamNews['event']) => {
    if (statusCallback === undefined) return;
    const callback = { url: statusCallback, method: 'POST' } as const;
    twilio.apply({ kind: 'stream-status', callSid, streamSid: `MZ${callSid.slice(2)}`, event, callback });
  };
  const send = (routeKey: string, body?: object) =>
    world.streamEvent({
      requestContext: { routeKey, connectionId },
      headers: { 'X-Twilio-Signature': twilio.sign(STREAM_URL, {}) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const unreachable = world.isOut(STREAM_API) || (plan.handshakeFails && !plan.foreign);
  if (unreachable || (await send('$connect')) !== 200) {
    world.note(`a handshake that fails, then ${plan.afterFailedHandshake}`);
    report('stream-error');
    if (plan.afterFailedHandshake === 'hang-up') twilio.apply({ kind: 'call-ended', callSid, status: 'completed' });
    return;
  }
  if (plan.streamAfterMs > 0) world.note('a stream that comes late');
  report('stream-started');
  const wish = world.wishes.get(callSid);
  world.connections.set(connectionId, {
    onMessage(message) {
      const { event, mark, media } = JSON.parse(message);
      if (event === 'media') wish?.heard.add(SALES.includes(Buffer.from(media.payload, 'base64')) ? 'sales' : 'own');
      if (event === 'mark') scheduler.after(3 * SECOND, () => void returnMark(mark));
    },
    onClose: () => report(plan.closedStreamIs),
  });
  const returnMark = async (mark: object) => {
    if (world.connections.has(connectionId)) await send('mark', { event: 'mark', mark });
  };
  if (wish) wish.streamedAt ??= scheduler.now;
  const start = startMessage(callSid, {
    ...(token !== undefined && { [STREAM_TOKEN_PARAMETER]: token }),
    ...(disclaimer !== undefined && { [STREAM_DISCLAIMER_PARAMETER]: disclaimer }),
  });
  void send('start', start);
  if (plan.startTwice) scheduler.after(30, () => void send('start', start));
}
