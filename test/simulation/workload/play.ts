/** Lets a scenario happen. It judges nothing. */
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import { STREAM_TOKEN_PARAMETER } from '../../../lambdas/shared/rules/call/stream-token.ts';
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { ACCOUNT_SID, CALLED, CALLED_ELSEWHERE, PUBLIC_URL, STREAM_URL } from '../world/deployment.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { Webhook } from '../world/twilio-world.ts';
import type { World } from '../world/world.ts';
import { forge } from './forgeries.ts';
import {
  CALLER,
  type CallPlan,
  NEW_TOKEN,
  OLD_TOKEN,
  type OtherRecording,
  type Scenario,
  STREAM_API,
} from './scenario.ts';
import { startMessage } from './start-message.ts';

/** Callbacks that were delivered: whoever has one can send it again, for its signature stays valid. */
export type Delivered = (webhook: Webhook) => void;

/** Lets a scenario happen. */
export function play(scenario: Scenario, world: World, scheduler: Scheduler): void {
  for (const call of scenario.calls) scheduler.at(call.at, () => void playCall(call, world, scheduler));
  if (scenario.strangerAt !== undefined) scheduler.at(scenario.strangerAt, () => playStranger(world, scheduler));
  if (!scenario.rotation) return;
  const { at, secretAt } = scenario.rotation;
  scheduler.at(at, () => world.twilio.rotate(NEW_TOKEN));
  scheduler.at(secretAt, () => {
    const rest = scenario.apiKey ? world.secret.rest : { username: ACCOUNT_SID, password: NEW_TOKEN };
    world.secret = { ...world.secret, authTokens: [NEW_TOKEN, OLD_TOKEN], rest };
  });
}

async function playCall(plan: CallPlan, world: World, scheduler: Scheduler): Promise<void> {
  const { twilio } = world;
  const { registrationMs: registrationDelay, earlyRefusal } = plan;
  const arrived = { kind: 'call-arrived', from: CALLER, to: CALLED, registrationDelay, earlyRefusal } as const;
  const callSid = twilio.apply(arrived).sid ?? '';
  if (plan.callbacksLost) world.unreachableFor.add(callSid);
  for (const forgery of plan.forgeries) void forge(forgery, callSid, world, scheduler.now);

  const parameters = { AccountSid: ACCOUNT_SID, CallSid: callSid, From: CALLER };
  const url = PUBLIC_URL + HTTP_PATHS.voice;
  const ask = () => world.webhook({ url, parameters, signature: twilio.sign(url, parameters) });
  const answer = (await ask()) ?? (await ask());
  if (answer?.status !== 200) {
    twilio.apply({ kind: 'call-ended', callSid, status: 'failed' });
    return;
  }
  twilio.apply({ kind: 'call-answered', callSid });
  const connectionId = `connection of ${callSid}`;
  scheduler.after(plan.talkMs, () => {
    world.connections.delete(connectionId);
    if (twilio.state.calls.get(callSid)?.status !== 'in-progress') return;
    twilio.apply({ kind: 'call-ended', callSid, status: 'completed' });
  });
  if (plan.otherRecording) recordOtherwise(plan.otherRecording, callSid, world, scheduler);
  const stream = { plan, callSid, connectionId, ...nounIn(answer.body) };
  scheduler.after(plan.streamAfterMs, () => void openStream(stream, world, scheduler));
}

function recordOtherwise(other: OtherRecording, callSid: string, { twilio }: World, scheduler: Scheduler): void {
  const { afterMs, forMs, source, channels } = other;
  const options = { channels, track: 'both', source, actor: 'application', callback: null } as const;
  scheduler.after(afterMs, () => {
    const recordingSid = twilio.apply({ kind: 'recording-started', callSid, options }).sid;
    if (recordingSid === undefined || forMs === undefined) return;
    scheduler.after(forMs, () => void twilio.apply({ kind: 'recording-stopped', recordingSid }));
  });
}

function playStranger({ twilio, strangers }: World, scheduler: Scheduler): void {
  const callSid =
    twilio.apply({ kind: 'call-arrived', from: CALLER, to: CALLED_ELSEWHERE, registrationDelay: 0 }).sid ?? '';
  strangers.add(callSid);
  twilio.apply({ kind: 'call-answered', callSid });
  const options = { channels: 1, track: 'both', source: 'StartCallRecordingAPI', callback: null } as const;
  twilio.apply({ kind: 'recording-started', callSid, options });
  scheduler.after(MINUTE, () => twilio.apply({ kind: 'call-ended', callSid, status: 'completed' }));
}

interface StreamPlan {
  readonly plan: CallPlan;
  readonly callSid: string;
  readonly connectionId: string;
  readonly token: string;
  readonly statusCallback: string;
}

async function openStream(stream: StreamPlan, world: World, scheduler: Scheduler): Promise<void> {
  const { plan, callSid, connectionId, token, statusCallback } = stream;
  const { twilio } = world;
  // Whoever has hung up before has no stream.
  if (twilio.state.calls.get(callSid)?.status !== 'in-progress') return;
  const streamSid = `MZ${callSid.slice(2)}`;
  const callback = { url: statusCallback, method: 'POST' } as const;
  const report = (event: 'stream-started' | 'stream-stopped' | 'stream-error') =>
    twilio.apply({ kind: 'stream-status', callSid, streamSid, event, callback });
  const send = (routeKey: string, body?: object) =>
    world.streamEvent({
      requestContext: { routeKey, connectionId },
      headers: { 'X-Twilio-Signature': world.twilio.sign(STREAM_URL, {}) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const unreachable = plan.handshakeFails || world.isOut(STREAM_API);
  if (unreachable || (await send('$connect')) !== 200) {
    report('stream-error');
    if (plan.afterFailedHandshake === 'hang-up') twilio.apply({ kind: 'call-ended', callSid, status: 'completed' });
    return;
  }
  report('stream-started');
  world.connections.set(connectionId, {
    onMessage(message) {
      const { event, mark } = JSON.parse(message);
      if (event === 'mark') scheduler.after(3 * SECOND, () => void returnMark(mark));
    },
    onClose: () => void report(plan.closedStreamIs),
  });
  const returnMark = async (mark: object) => {
    if (world.connections.has(connectionId)) await send('mark', { event: 'mark', mark });
  };
  const start = startMessage(callSid, { [STREAM_TOKEN_PARAMETER]: token });
  void send('start', start);
  if (plan.startTwice) scheduler.after(30, () => void send('start', start));
}

const nounIn = (twiml: string | undefined) => {
  const found = (pattern: RegExp) => pattern.exec(twiml ?? '')?.[1] ?? '';
  return {
    token: found(/name="token" value="([^"]+)"/),
    statusCallback: found(/statusCallback="([^"]+)"/),
  };
};

/** Sends delivered callbacks again, as the scenario says. */
export function replayer(scenario: Scenario, world: () => World, scheduler: Scheduler): Delivered {
  const delays = scenario.calls.flatMap(({ replayAfterMs }) => replayAfterMs);
  let sent = 0;
  return (webhook) => {
    const delay = delays[sent % Math.max(1, delays.length)];
    // A replay is not replayed: a history must come to its end.
    if (delay === undefined || sent >= 2 * delays.length) return;
    sent += 1;
    scheduler.after(delay, () => void world().webhook(webhook));
  };
}
