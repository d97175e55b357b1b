/** What Twilio does with the TwiML that answers a call: it is asked for once or twice, and a recording that it starts runs from then on. */
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { parseRecordingOptions } from '../../../sim/twilio/rest/parameters.ts';
import type { RecordingOptions } from '../../../sim/twilio/state.ts';
import type { Draws } from '../faults/draws.ts';
import { ACCOUNT_SID, SALES_FILE } from '../world/deployment.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { RECORDER } from '../world/twilio-world.ts';
import type { World } from '../world/world.ts';
import { drawsOfVoiceUrl, type VoiceUrl, voiceUrlOf } from './voice-url.ts';

export interface TwimlPlan {
  /** Twilio asks for it twice at once, and carries out what it was answered last. */
  readonly askedTwice: boolean;
  /** So long afterwards an application leads the call back, and the TwiML is asked for and carried out once more. */
  readonly againAfterMs: number | undefined;
  /** Until the recording begins. */
  readonly startsAfterMs: number;
  /** Twilio starts none. */
  readonly fails: boolean;
  /** What Twilio calls the source of such a recording, which is in none of its lists. */
  readonly source: 'StartCallRecordingTwiML' | 'StartCallRecordingAPI';
}

export const PLAIN_TWIML: TwimlPlan = {
  ...{ askedTwice: false, againAfterMs: undefined, startsAfterMs: 0, fails: false },
  source: 'StartCallRecordingTwiML',
};

export const drawTwiml = (draws: Draws): TwimlPlan => ({
  askedTwice: draws.chance('asked twice', 0.1),
  againAfterMs: draws.chance('carried out again', 0.1)
    ? draws.pick('again after', [SECOND, 20 * SECOND, 40 * SECOND, 3 * MINUTE])
    : undefined,
  startsAfterMs: draws.pick('twiml starts after', [0, 0, 300, 2000]),
  fails: draws.chance('twiml fails', 0.1),
  source: draws.pick('source by twiml', ['StartCallRecordingTwiML', 'StartCallRecordingAPI']),
});

/** A call, as far as its TwiML is concerned. */
interface Asked {
  readonly voiceUrl: VoiceUrl;
  readonly twiml: TwimlPlan;
}

/** Twilio asks what to do with the call. @returns the TwiML; `undefined` where there was no answer. */
export async function askForTwiml(
  { voiceUrl, twiml }: Asked,
  callSid: string,
  world: World,
): Promise<string | undefined> {
  const { twilio } = world;
  const { from = '', to = '' } = twilio.state.calls.get(callSid) ?? {};
  const parameters = { AccountSid: ACCOUNT_SID, CallSid: callSid, Direction: 'inbound', From: from, To: to };
  const url = voiceUrlOf(voiceUrl);
  for (const draw of drawsOfVoiceUrl(voiceUrl)) world.note(draw);
  const { record, disclaimer, withoutStream = world.configuration.withoutStream } = voiceUrl;
  world.wishes.set(callSid, {
    isWanted: record !== 'off',
    withoutStream,
    disclaimer: disclaimer === 'sales' ? 'sales' : 'own',
    heard: world.wishes.get(callSid)?.heard ?? new Set(),
  });
  const twice = twiml.askedTwice;
  const ask = () => world.webhook({ url, parameters, signature: twilio.sign(url, parameters) });
  const first = await ask();
  if (twice && first) world.note('TwiML that is asked for twice');
  const answer = first && !twice ? first : ((await ask()) ?? first);
  return answer?.status === 200 ? answer.body : undefined;
}

/** The recording that TwiML starts; `undefined` where it starts none. What it does not say is as Twilio has it by default. */
export function recordingIn(twiml: string): Pick<RecordingOptions, 'channels' | 'track' | 'callback'> | undefined {
  const [, noun] = /<Start><Recording ([^>]*)\/><\/Start><Play>[^<]+<\/Play>/.exec(twiml) ?? [];
  if (noun === undefined) return undefined;
  const form = new URLSearchParams();
  for (const [, name = '', value = ''] of noun.matchAll(/(\w+)="([^"]*)"/g)) {
    const prefix = name.startsWith('recording') ? '' : 'Recording';
    form.set(
      name === 'trim' ? 'Trim' : prefix + name.charAt(0).toUpperCase() + name.slice(1),
      value.replaceAll('&amp;', '&'),
    );
  }
  const options = parseRecordingOptions(form);
  if ('status' in options) throw new Error(`Twilio refuses the TwiML: ${JSON.stringify(options.body)}`);
  return options;
}

/** The call is in progress, and has this TwiML. */
export function carryOut(twiml: string, plan: TwimlPlan, callSid: string, world: World, scheduler: Scheduler): void {
  const options = recordingIn(twiml);
  if (!options) return;
  const wish = world.wishes.get(callSid);
  if (wish) {
    wish.hasNoStream = true;
    wish.heard.add(twiml.includes(SALES_FILE) ? 'sales' : 'own');
  }
  const isKnown = world.table.rows().some((row) => row.kind === 'call' && row.callSid === callSid);
  // Both at once, a call that could not be noted and a recording that Twilio does not start, is noticed at the end of the call.
  if (plan.fails && isKnown) {
    world.note('a recording that TwiML does not start');
    return;
  }
  // Nor are all of its callbacks lost then: nothing else would tell of a recording whose call came by a number of somebody else.
  if (!isKnown) world.unreachableFor.delete(callSid);
  scheduler.after(plan.startsAfterMs, () => {
    const started = { ...options, source: plan.source, actor: RECORDER };
    const { status } = world.twilio.apply({ kind: 'recording-started', callSid, options: started });
    if (status === 201) world.note('a recording that TwiML starts');
  });
}

/** An application leads the call back to `/voice`. */
export function carryOutAgain(call: Asked, callSid: string, world: World, scheduler: Scheduler): void {
  const { againAfterMs } = call.twiml;
  if (againAfterMs === undefined) return;
  scheduler.after(againAfterMs, async () => {
    const isLive = () => world.twilio.state.calls.get(callSid)?.status === 'in-progress';
    const twiml = isLive() ? await askForTwiml(call, callSid, world) : undefined;
    if (twiml === undefined || !isLive()) return;
    world.note('TwiML that is carried out twice');
    carryOut(twiml, { ...call.twiml, fails: false }, callSid, world, scheduler);
  });
}
