/** Lets a scenario happen. It judges nothing. */
import { ACCOUNT_SID, CALLED, CALLED_ELSEWHERE } from '../world/deployment.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { Webhook } from '../world/twilio-world.ts';
import type { World } from '../world/world.ts';
import { configure } from './configurations.ts';
import { forge } from './forgeries.ts';
import { importRecordings } from './imports.ts';
import { pauseRecordings, playStranger, recordOtherwise } from './others.ts';
import { NEW_TOKEN, OLD_TOKEN } from './parties.ts';
import type { CallPlan, Scenario } from './scenario.ts';
import { nounIn, openStream } from './streams.ts';
import { askForTwiml, carryOut, carryOutAgain, recordingIn } from './twiml.ts';

/** Is told of each callback that was delivered. Anyone who has it can send it again: its signature stays valid. */
export type Delivered = (webhook: Webhook) => void;

export function play(scenario: Scenario, world: World, scheduler: Scheduler): void {
  for (const call of scenario.calls) scheduler.at(call.at, () => void playCall(call, world, scheduler));
  configure(scenario, world, scheduler);
  const { stranger, imported } = scenario;
  if (stranger) scheduler.at(stranger.at, () => playStranger(stranger, world, scheduler));
  if (imported) {
    const from = scheduler.now;
    scheduler.at(imported.at, () => void importRecordings(imported.deleteAtTwilio, from, world, scheduler));
  }
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
  const { registrationMs: registrationDelay, earlyRefusal, recordingsFail } = plan;
  const leadMs = Math.max(0, -(plan.otherRecording?.afterMs ?? 0));
  // What an application answers first comes to a number of its own.
  const to = plan.foreign || leadMs > 0 ? CALLED_ELSEWHERE : CALLED;
  const arrived = { kind: 'call-arrived', from: plan.caller, to } as const;
  const callSid = twilio.apply({ ...arrived, registrationDelay, earlyRefusal, recordingsFail }).sid ?? '';
  if (plan.callbacksLost) world.unreachableFor.add(callSid);
  for (const forgery of plan.forgeries) void forge(forgery, callSid, world, scheduler.now);
  if (leadMs === 0) return answerCall(plan, callSid, world, scheduler);
  // An application has answered and records the call already. Then it hands the call on.
  twilio.apply({ kind: 'call-answered', callSid });
  if (plan.otherRecording) recordOtherwise(plan.otherRecording, callSid, world, scheduler);
  scheduler.after(leadMs, () => void answerCall({ ...plan, otherRecording: undefined }, callSid, world, scheduler));
}

async function answerCall(plan: CallPlan, callSid: string, world: World, scheduler: Scheduler): Promise<void> {
  const { twilio } = world;
  const twiml = plan.foreign ? '' : await twimlOf(plan, callSid, world);
  if (twiml === undefined) {
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
  if (plan.pause) pauseRecordings(plan.pause, callSid, world, scheduler);
  if (plan.foreign) noteForeign(callSid, world);
  if (recordingIn(twiml)) {
    carryOut(twiml, plan.twiml, callSid, world, scheduler);
    carryOutAgain(plan, callSid, world, scheduler);
    return;
  }
  const noun = plan.foreign ? {} : nounIn(twiml);
  if (noun === 'no-stream') return;
  const stream = { plan, callSid, connectionId, ...noun };
  scheduler.after(plan.streamAfterMs, () => void openStream(stream, world, scheduler));
}

async function twimlOf(plan: CallPlan, callSid: string, world: World): Promise<string | undefined> {
  if (!plan.voiceFails) return askForTwiml(plan, callSid, world);
  world.note('a voice URL that does not answer');
  return undefined;
}

/** The call is the recorder's where foreign streams are recorded, and nobody's otherwise. */
function noteForeign(callSid: string, world: World): void {
  switch (world.configuration.foreignStreams) {
    case 'refuse':
      world.note('a foreign stream, refused');
      world.strangers.add(callSid);
      return;
    case 'record-with-disclaimer':
      world.note('a foreign stream, recorded with the disclaimer');
      return;
    case 'record-only':
      world.note('a foreign stream, recorded');
      return;
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
