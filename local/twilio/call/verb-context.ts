/** What verbs have in common: what they know of the server and of their call, and how they read what they are given. */
import type { Instructions } from '../../../sim/twilio/outcome.ts';
import { parseRecordingOptions } from '../../../sim/twilio/rest/parameters.ts';
import type { Call, RecordingOptions, RecordingSource, TwilioCredentials } from '../../../sim/twilio/state.ts';
import type { Voice } from '../audio/voice.ts';
import type { EffectContext } from '../server/effects.ts';
import type { AfterFailedHandshake } from '../server/options.ts';
import type { Line } from './line.ts';
import type { Stream } from './stream.ts';
import type { Ticker } from './ticker.ts';
import type { XmlElement } from './twiml.ts';

/** What a call needs of the server around it. */
export interface World extends Pick<EffectContext, 'clock' | 'act' | 'emit' | 'warn' | 'token'> {
  readonly ticker: Ticker;
  readonly credentials: TwilioCredentials;
  readonly afterFailedHandshake: AfterFailedHandshake;
  call(sid: string): Call | undefined;
  /** What the simulated callee of a `<Dial>` says. */
  openCallee(): Voice;
  /** Calls `onHangUp` when REST ends the dialled call; the result ends the watch. */
  watchDialled(callSid: string, onHangUp: () => void): () => void;
}

export interface VerbContext {
  readonly world: World;
  readonly callSid: string;
  readonly line: Line;
  /** Streams that are open, by name or else by SID. */
  readonly streams: Map<string, Stream>;
  /** Aborts when the call is hung up or redirected. */
  readonly signal: AbortSignal;
  readonly talkMs: number | undefined;
  /** Address of the document; relative ones are resolved against it. */
  readonly base: string;
}

/** What comes after a verb: other instructions end the document. */
export type AfterVerb = 'next-verb' | 'hang-up' | Instructions;

/** Twilio's warning for what it does not know in a document. */
const NOT_SIMULATED = 12_200;

/** Instructions from an address in the document, with what the verb has to report. */
export function followUp(
  verb: XmlElement,
  context: VerbContext,
  address: string,
  parameters: Readonly<Record<string, string>> = {},
): Instructions {
  const method = verb.attributes.get('method')?.toUpperCase() === 'GET' ? 'GET' : 'POST';
  return { url: resolveUrl(address, context), method, parameters };
}

/** An address of the document as an absolute one, with its fragment; the empty one is the document itself. */
export function resolveUrl(address: string, { base }: VerbContext): string {
  if (address === '') return base;
  return base !== '' && URL.canParse(address, base) && !URL.canParse(address) ? new URL(address, base).href : address;
}

export function passOver(verb: XmlElement, { world, callSid }: VerbContext): AfterVerb {
  world.warn(callSid, NOT_SIMULATED, `<${verb.name}> is not simulated here and was passed over`);
  return 'next-verb';
}

/** What a verb or noun asks to record; undefined, with a warning, where Twilio would refuse it. */
export function recordingOptions(
  element: XmlElement,
  context: VerbContext,
  source: RecordingSource,
  channels?: 'mono' | 'dual',
): RecordingOptions | undefined {
  const form = recordingForm(element, context);
  if (channels !== undefined) form.set('RecordingChannels', channels);
  const options = parseRecordingOptions(form);
  if (!('status' in options)) return { ...options, source };
  context.world.warn(context.callSid, NOT_SIMULATED, `<${element.name}>: ${JSON.stringify(options.body)}`);
  return undefined;
}

/** The attributes of a noun that records, under the names of the REST API's parameters. */
function recordingForm(noun: XmlElement, context: VerbContext): URLSearchParams {
  const names = {
    channels: 'RecordingChannels',
    track: 'RecordingTrack',
    recordingTrack: 'RecordingTrack',
    trim: 'Trim',
    recordingStatusCallback: 'RecordingStatusCallback',
    recordingStatusCallbackMethod: 'RecordingStatusCallbackMethod',
    recordingStatusCallbackEvent: 'RecordingStatusCallbackEvent',
  };
  const form = new URLSearchParams();
  for (const [attribute, name] of Object.entries(names)) {
    const value = noun.attributes.get(attribute);
    if (value === undefined) continue;
    form.set(name, attribute === 'recordingStatusCallback' ? resolveUrl(value, context) : value);
  }
  return form;
}

export function seconds(verb: XmlElement, attribute: string, fallback: number): number {
  const value = Number(verb.attributes.get(attribute) ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : fallback;
}

/** Rejects once the signal aborts; without an abort it never settles. */
export function rejection(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
