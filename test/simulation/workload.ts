/** Who calls, when, for how long, and what else comes in: drawn first, then played. It judges nothing. */
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import type { AudioFormat } from '../../lambdas/shared/contract/settings.ts';
import { STREAM_TOKEN_PARAMETER, streamToken } from '../../lambdas/shared/rules/call/stream-token.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import type { Draws } from './faults/draws.ts';
import type { DrawnFaults, Outage } from './faults/faults.ts';
import { drawMishaps, type Mishaps } from './faults/mishaps.ts';
import { ACCOUNT_SID, PUBLIC_URL, STREAM_URL } from './world/deployment.ts';
import type { Scheduler } from './world/scheduler.ts';
import type { Webhook } from './world/twilio-world.ts';
import type { World } from './world/world.ts';

export interface CallPlan {
  readonly at: Instant;
  /** Until REST knows the call; `Infinity`: it never will. */
  readonly registrationMs: number;
  readonly earlyRefusal: 'not-found' | 'not-eligible';
  readonly talkMs: number;
  /** Twilio sends `start` twice. */
  readonly startTwice: boolean;
  /** None of its callbacks arrives. */
  readonly callbacksLost: boolean;
  /** Another application records the call too, from this long after its beginning. */
  readonly otherRecordingAfterMs: number | undefined;
  /** Genuine callbacks come again after these times. */
  readonly replayAfterMs: readonly number[];
  readonly forgeries: readonly Forgery[];
}

export const FORGERIES = ['voice', 'callback', 'handshake', 'start', 'start-of-another-call'] as const;
export type Forgery = (typeof FORGERIES)[number];

export interface Scenario {
  readonly calls: readonly CallPlan[];
  readonly faults: DrawnFaults;
  readonly mishaps: Mishaps;
  /** A call that never comes to the recorder, and that another application of the account records over REST. */
  readonly strangerAt: Instant | undefined;
  /** When the auth token changes at Twilio; the secret names both from then on, give or take. */
  readonly rotation: { readonly at: Instant; readonly secretAt: Instant } | undefined;
  readonly apiKey: boolean;
  readonly skewMs: number;
  readonly indexDelayMs: number;
  readonly processingMs: number;
  readonly mediaDelayMs: number;
  /** What recordings are copied as. */
  readonly audioFormat: AudioFormat;
}

export const OLD_TOKEN = 'the first auth token';
export const NEW_TOKEN = 'the second auth token';
export const CALLER = '+14155550100';
const CALLED = '+14155550199';

/** Draws a scenario; one history in ten has no faults at all. */
export function drawScenario(draws: Draws, start: Instant): Scenario {
  const quiet = draws.chance('quiet', 0.1);
  const calls = Array.from({ length: draws.whole('calls', 1, 4) }, () => drawCall(draws, start));
  const faultyMs = draws.pick('faulty for', [MINUTE, 10 * MINUTE, HOUR, 12 * HOUR, 30 * HOUR, 60 * HOUR]);
  const until = quiet ? start : start + faultyMs;
  const rotates = draws.chance('rotation', 0.1);
  const rotationAt = start + draws.whole('rotation at', 0, 30 * MINUTE);
  return {
    calls,
    faults: {
      until,
      perThousand: draws.pick('per thousand', [0, 10, 30, 100, 250]),
      outages: quiet ? [] : drawOutages(draws, start, until),
    },
    mishaps: drawMishaps(draws),
    strangerAt: draws.chance('stranger', 0.1) ? start + draws.whole('stranger at', 0, 10 * MINUTE) : undefined,
    rotation: rotates
      ? { at: rotationAt, secretAt: rotationAt + draws.pick('secret at', [-10, -1, 0, 2, 20]) * MINUTE }
      : undefined,
    apiKey: draws.chance('api key', 0.5),
    skewMs: draws.pick('skew', [0, 0, 100, 5 * SECOND]),
    indexDelayMs: draws.pick('index delay', [0, 0, 500, 30 * SECOND]),
    processingMs: draws.pick('processing', [500, 3 * SECOND, 5 * MINUTE]),
    mediaDelayMs: draws.pick('media delay', [0, 0, 2 * SECOND, 2 * MINUTE]),
    // An MP3 has at least 1,000 bytes a second, so that long ones would slow the simulation down.
    audioFormat: calls.every(({ talkMs }) => talkMs < MINUTE) && draws.chance('mp3', 0.5) ? 'mp3' : 'wav',
  };
}

function drawCall(draws: Draws, start: Instant): CallPlan {
  const delays = [0, 200, 900, 1500, 4000, 20_000, 3 * MINUTE];
  const lengths = [300, 2000, 8000, 30_000, 5 * MINUTE, 25 * MINUTE];
  return {
    at: start + draws.whole('call at', 0, 3 * MINUTE),
    // A call that is never registered is asked for during a whole day, which takes as long as fifty other histories.
    registrationMs: draws.chance('never', 0.005) ? Number.POSITIVE_INFINITY : draws.pick('registration', delays),
    earlyRefusal: draws.pick('early refusal', ['not-found', 'not-eligible']),
    talkMs: draws.pick('talk', lengths) + draws.whole('talk more', 0, 3000),
    callbacksLost: draws.chance('callbacks lost', 0.1),
    startTwice: draws.chance('start twice', 0.1),
    otherRecordingAfterMs: draws.chance('other recording', 0.1)
      ? draws.whole('other recording at', 0, 20_000)
      : undefined,
    replayAfterMs: draws.chance('replay', 0.3)
      ? [draws.pick('replay after', [0, 50, SECOND, HOUR, 20 * HOUR, 30 * HOUR])]
      : [],
    forgeries: draws.chance('forged', 0.2) ? [draws.pick('forgery', FORGERIES)] : [],
  };
}

function drawOutages(draws: Draws, start: Instant, until: Instant): Outage[] {
  if (!draws.chance('outages', 0.3)) return [];
  const service = draws.pick('outage of', ['twilio', 's3', 'dynamodb', 'sqs', 'secret', 'connections', 'eventbridge']);
  const from = start + draws.whole('outage from', 0, Math.max(1, until - start));
  return [
    { service, from, until: Math.min(until, from + draws.pick('outage for', [MINUTE, HOUR, 12 * HOUR, 48 * HOUR])) },
  ];
}

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
    twilio.apply({ kind: 'call-ended', callSid, status: 'completed' });
  });
  if (plan.otherRecordingAfterMs !== undefined) {
    const options = { channels: 1, track: 'both', source: 'DialVerb', callback: null } as const;
    scheduler.after(plan.otherRecordingAfterMs, () => twilio.apply({ kind: 'recording-started', callSid, options }));
  }
  await openStream(plan, callSid, connectionId, tokenIn(answer.body), world, scheduler);
}

function playStranger({ twilio, strangers }: World, scheduler: Scheduler): void {
  const callSid = twilio.apply({ kind: 'call-arrived', from: CALLER, to: CALLED, registrationDelay: 0 }).sid ?? '';
  strangers.add(callSid);
  twilio.apply({ kind: 'call-answered', callSid });
  const options = { channels: 1, track: 'both', source: 'StartCallRecordingAPI', callback: null } as const;
  twilio.apply({ kind: 'recording-started', callSid, options });
  scheduler.after(MINUTE, () => twilio.apply({ kind: 'call-ended', callSid, status: 'completed' }));
}

async function openStream(
  plan: CallPlan,
  callSid: string,
  connectionId: string,
  token: string,
  world: World,
  scheduler: Scheduler,
): Promise<void> {
  const send = (routeKey: string, body?: object) =>
    world.streamEvent({
      requestContext: { routeKey, connectionId },
      headers: { 'X-Twilio-Signature': world.twilio.sign(STREAM_URL, {}) },
      ...(body && { body: JSON.stringify(body) }),
    });
  if ((await send('$connect')) !== 200) return;
  world.connections.set(connectionId, {
    onMessage(message) {
      const { event, mark } = JSON.parse(message);
      if (event === 'mark') scheduler.after(3 * SECOND, () => void returnMark(mark));
    },
    onClose: () => undefined,
  });
  const returnMark = async (mark: object) => {
    if (world.connections.has(connectionId)) await send('mark', { event: 'mark', mark });
  };
  const start = startMessage(callSid, { [STREAM_TOKEN_PARAMETER]: token });
  void send('start', start);
  if (plan.startTwice) scheduler.after(30, () => void send('start', start));
}

const startMessage = (callSid: string, customParameters: object) => ({
  event: 'start',
  start: { streamSid: `MZ${callSid.slice(2)}`, accountSid: ACCOUNT_SID, callSid, customParameters },
});

const tokenIn = (twiml: string | undefined): string => /name="token" value="([^"]+)"/.exec(twiml ?? '')?.[1] ?? '';

/**
 * Somebody who knows all but the auth token. The signature is almost the genuine one, so that no comparison of a part of
 * it will do; the token is a genuine one, but of another call.
 */
async function forge(forgery: Forgery, callSid: string, world: World, now: Instant): Promise<void> {
  const parameters = {
    AccountSid: ACCOUNT_SID,
    CallSid: callSid,
    RecordingSid: `RE${callSid.slice(2)}`,
    RecordingStatus: 'completed',
  };
  const connectionId = `forged ${callSid}`;
  const almost = (url: string, signed: { readonly [name: string]: string }) =>
    world.twilio.sign(url, signed).replace(/...=$/, (end) => (end === 'AAA=' ? 'BBB=' : 'AAA='));
  const post = (url: string) => world.webhook({ url, parameters, signature: almost(url, parameters) }, true);
  const start = (body: object) =>
    world.streamEvent({ requestContext: { routeKey: 'start', connectionId }, body: JSON.stringify(body) }, true);
  switch (forgery) {
    case 'voice':
      await post(PUBLIC_URL + HTTP_PATHS.voice);
      return;
    case 'callback':
      await post(PUBLIC_URL + HTTP_PATHS.recordingCallback);
      return;
    case 'handshake': {
      const requestContext = { routeKey: '$connect', connectionId };
      await world.streamEvent({ requestContext, headers: { 'x-twilio-signature': almost(STREAM_URL, {}) } }, true);
      return;
    }
    case 'start':
      await start(startMessage(callSid, {}));
      return;
    case 'start-of-another-call': {
      // The handshake can be replayed, the token cannot be moved.
      const token = streamToken(OLD_TOKEN, `CA${'0'.repeat(32)}`, now);
      await start(startMessage(callSid, { [STREAM_TOKEN_PARAMETER]: token }));
      return;
    }
  }
}

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
