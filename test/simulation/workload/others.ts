/** What other applications of the account, and another stage of the recorder, do to a call. */
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { markedCallbackUrl } from '../../../lambdas/shared/rules/webhook/callback-mark.ts';
import type { Actor, Recording, RecordingOptions } from '../../../sim/twilio/state.ts';
import type { Draw } from '../faults/drawn.ts';
import type { Draws } from '../faults/draws.ts';
import { ACCOUNT_SID, CALLED_ELSEWHERE, PUBLIC_URL } from '../world/deployment.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { World } from '../world/world.ts';
import { CALLER, OLD_TOKEN } from './parties.ts';

/** A recording that another application of the account makes of the call, such as the one behind a `<Redirect>`. */
export interface OtherRecording {
  /** From when the recorder is asked for the call; below zero: before it. */
  readonly afterMs: number;
  /** Ends before the call does, where it is given. */
  readonly forMs: number | undefined;
  /** Over REST it looks as ours do. */
  readonly source: 'DialVerb' | 'StartCallRecordingAPI' | 'StartCallRecordingTwiML';
  readonly channels: 1 | 2;
  /** It stops whatever records the call first. */
  readonly stopsOthers: boolean;
  /** Who it is, and where Twilio reports on its recording: nowhere, to itself, or to the recorder, without a mark. */
  readonly by: 'application' | 'stage b' | 'application that names our callback';
}

export interface Pause {
  readonly afterMs: number;
  /** Up to the end of the call, where it is not given. */
  readonly forMs: number | undefined;
  readonly behavior: 'silence' | 'skip';
}

const STAGE_B: Actor = 'recorder b';
const STAGE_B_URL = 'https://stage-b.test';

export function drawOtherRecording(draws: Draws): OtherRecording {
  return {
    afterMs: draws.pick('other recording at', [-5 * MINUTE, -3000, 0, 500, 1000, 1200, 2000, 5000, 20_000]),
    forMs: draws.chance('other recording ends', 0.4)
      ? draws.pick('other recording for', [2 * SECOND, 10 * SECOND])
      : undefined,
    source: draws.pick('other recording over', [
      ...(['StartCallRecordingAPI', 'StartCallRecordingAPI', 'StartCallRecordingAPI'] as const),
      ...(['DialVerb', 'StartCallRecordingTwiML'] as const),
    ]),
    channels: draws.pick('other recording in', [1, 2]),
    stopsOthers: draws.chance('other recording stops', 0.3),
    by: draws.pick('other recording by', [
      'application',
      'application',
      'stage b',
      'application that names our callback',
    ]),
  };
}

export function drawPause(draws: Draws): Pause {
  return {
    afterMs: draws.pick('pause at', [1100, 1500, 3 * SECOND, 10 * SECOND]),
    forMs: draws.chance('pause ends', 0.6) ? draws.pick('pause for', [500, 5 * SECOND, MINUTE]) : undefined,
    behavior: draws.pick('pause with', ['silence', 'skip']),
  };
}

/** A second stage is a recorder like ours: over REST, on two channels, with a callback of its own. */
const STAGE_B_RECORDS: Pick<RecordingOptions, 'channels' | 'track' | 'source' | 'actor'> = {
  ...{ channels: 2, track: 'both', source: 'StartCallRecordingAPI', actor: STAGE_B },
};
const EVENTS = ['in-progress', 'completed', 'absent'];
const callbackTo = (url: string) => ({ url, method: 'POST', events: EVENTS }) as const;

function optionsOf({ by, source, channels }: OtherRecording, callSid: string): RecordingOptions {
  switch (by) {
    case 'application':
      return { channels, track: 'both', source, actor: 'application', callback: null };
    case 'application that names our callback': {
      const callback = callbackTo(PUBLIC_URL + HTTP_PATHS.recordingCallback);
      return { channels, track: 'both', source, actor: 'application', callback };
    }
    case 'stage b': {
      const url = markedCallbackUrl(STAGE_B_URL + HTTP_PATHS.recordingCallback, OLD_TOKEN, callSid);
      return { ...STAGE_B_RECORDS, callback: callbackTo(url) };
    }
  }
}

export function recordOtherwise(other: OtherRecording, callSid: string, world: World, scheduler: Scheduler): void {
  const { twilio } = world;
  const lead = Math.max(other.afterMs, 0);
  scheduler.after(lead, () => {
    const running = runningOf(callSid, world);
    if (other.stopsOthers) {
      for (const { sid } of running) twilio.apply({ kind: 'recording-stopped', recordingSid: sid });
    }
    const recordingSid = twilio.apply({ kind: 'recording-started', callSid, options: optionsOf(other, callSid) }).sid;
    if (recordingSid === undefined) return;
    for (const draw of drawsOf(other, running)) world.note(draw);
    if (other.forMs === undefined) return;
    scheduler.after(other.forMs, () => void twilio.apply({ kind: 'recording-stopped', recordingSid }));
  });
}

function drawsOf({ by, source, channels, stopsOthers }: OtherRecording, running: readonly Recording[]): Draw[] {
  const draws: Draw[] = [];
  const ours = running.length > 0;
  if (by === 'stage b') draws.push('a second stage that records the same call');
  if (by === 'application that names our callback') draws.push("another's recording that calls back to us");
  if (stopsOthers && ours) draws.push("another's recording in the place of ours, which it stops");
  if (by === 'application' && source === 'StartCallRecordingAPI') {
    const kind = channels === 1 ? 'mono' : 'dual';
    draws.push(`another's ${kind} recording over REST, ${ours ? 'while ours runs' : 'before ours'}`);
  }
  return draws;
}

/** Pauses whatever records the call at that moment, and resumes it. */
export function pauseRecordings(pause: Pause, callSid: string, world: World, scheduler: Scheduler): void {
  scheduler.after(pause.afterMs, () => {
    const running = runningOf(callSid, world);
    if (running.length === 0) return;
    for (const { sid } of running) update(world, sid, { Status: 'paused', PauseBehavior: pause.behavior });
    world.note(pause.behavior === 'silence' ? 'a pause, and silence' : 'a pause, and nothing in its place');
    if (pause.forMs === undefined) {
      world.note('a pause up to the end of the call');
      return;
    }
    scheduler.after(pause.forMs, () => {
      for (const { sid } of running) update(world, sid, { Status: 'in-progress' });
    });
  });
}

function update({ twilio }: World, recordingSid: string, form: Readonly<Record<string, string>>): void {
  const { credentials, recordings } = twilio.state;
  const recording = recordings.get(recordingSid);
  twilio.apply({
    kind: 'rest',
    method: 'POST',
    target: `/2010-04-01/Accounts/${ACCOUNT_SID}/Calls/${recording?.callSid}/Recordings/${recordingSid}.json`,
    authorization: `Basic ${Buffer.from(`${ACCOUNT_SID}:${credentials.authToken}`).toString('base64')}`,
    body: new URLSearchParams(form).toString(),
  });
}

const runningOf = (callSid: string, { twilio }: World): readonly Recording[] =>
  [...twilio.state.recordings.values()].filter((one) => one.callSid === callSid && one.status === 'in-progress');

/** A call that never comes to the recorder. */
export function playStranger(
  { recordings, stageB }: { readonly recordings: number; readonly stageB: boolean },
  world: World,
  scheduler: Scheduler,
): void {
  const { twilio, strangers } = world;
  const arrived = { kind: 'call-arrived', from: CALLER, to: CALLED_ELSEWHERE, registrationDelay: 0 } as const;
  const callSid = twilio.apply(arrived).sid ?? '';
  strangers.add(callSid);
  twilio.apply({ kind: 'call-answered', callSid });
  const callback = callbackTo(markedCallbackUrl(STAGE_B_URL + HTTP_PATHS.recordingCallback, OLD_TOKEN, callSid));
  const options: RecordingOptions = stageB
    ? { ...STAGE_B_RECORDS, callback }
    : { channels: 1, track: 'both', source: 'StartCallRecordingAPI', callback: null };
  world.note(stageB ? 'a second stage that records its own call' : "another's recording of another call");
  for (let count = 0; count < recordings; count++) {
    scheduler.after(count * SECOND, () => void twilio.apply({ kind: 'recording-started', callSid, options }));
  }
  scheduler.after(MINUTE, () => twilio.apply({ kind: 'call-ended', callSid, status: 'completed' }));
}
