/** TwiML verbs, executed as Twilio does (https://www.twilio.com/docs/voice/twiml). */
import { fetchSound } from '../audio/sound.ts';
import { hum } from '../audio/voice.ts';
import { dial } from './dial.ts';
import { openStream, type Stream, type StreamOptions } from './stream.ts';
import type { XmlElement } from './twiml.ts';
import {
  type AfterVerb,
  followUp,
  passOver,
  recordingOptions,
  rejection,
  resolveUrl,
  seconds,
  type VerbContext,
} from './verb-context.ts';

const SPEECH_MILLISECONDS_PER_CHARACTER = 65;

const VERBS = new Map<string, (verb: XmlElement, context: VerbContext) => AfterVerb | Promise<AfterVerb>>([
  ['Connect', connect],
  ['Start', start],
  ['Stop', stop],
  ['Dial', dial],
  ['Say', say],
  ['Play', play],
  ['Pause', (verb, context) => pause(seconds(verb, 'length', 1), context)],
  ['Gather', gather],
  ['Redirect', (verb, context) => followUp(verb, context, verb.text)],
  ['Hangup', () => 'hang-up'],
]);

export async function runVerb(verb: XmlElement, context: VerbContext): Promise<AfterVerb> {
  return await (VERBS.get(verb.name) ?? passOver)(verb, context);
}

/** `<Connect><Stream>`: the next verb runs when the application closes the socket. */
async function connect(verb: XmlElement, context: VerbContext): Promise<AfterVerb> {
  const noun = verb.children.find(({ name }) => name === 'Stream');
  if (!noun) return passOver(verb, context);
  const stream = openNoun(noun, context, true);
  const stopped = (): void => stream.stop();
  context.signal.addEventListener('abort', stopped, { once: true });
  await Promise.race([stream.closed, rejection(context.signal)]);
  context.signal.removeEventListener('abort', stopped);
  if (!stream.opened() && context.world.afterFailedHandshake === 'hang-up') return 'hang-up';
  const action = verb.attributes.get('action');
  return action === undefined ? 'next-verb' : followUp(verb, context, action);
}

/** `<Start>`: streams and recordings that run beside the verbs that follow. */
function start(verb: XmlElement, context: VerbContext): AfterVerb {
  for (const noun of verb.children) {
    if (noun.name === 'Stream') openNoun(noun, context, false);
    else if (noun.name === 'Recording') startRecording(noun, context);
    else passOver(noun, context);
  }
  return 'next-verb';
}

function stop(verb: XmlElement, context: VerbContext): AfterVerb {
  for (const noun of verb.children) {
    const name = noun.attributes.get('name') ?? '';
    const stream = noun.name === 'Stream' ? context.streams.get(name) : undefined;
    if (stream) stream.stop();
    else passOver(noun, context);
  }
  return 'next-verb';
}

function openNoun(noun: XmlElement, context: VerbContext, bidirectional: boolean): Stream {
  const { world, callSid, line, streams } = context;
  const streamSid = `MZ${world.token()}`;
  const track = noun.attributes.get('track');
  const parameters = noun.children.filter(({ name }) => name === 'Parameter');
  const stream = openStream({
    ...{ streamSid, callSid, line, bidirectional },
    url: noun.attributes.get('url') ?? '',
    accountSid: world.credentials.accountSid,
    authToken: world.credentials.authToken,
    tracks: bidirectional || !track ? ['inbound'] : (TRACKS[track] ?? ['inbound']),
    parameters: new Map(
      parameters.map(({ attributes }) => [attributes.get('name') ?? '', attributes.get('value') ?? '']),
    ),
    emit: world.emit,
    warn: (code, message) => world.warn(callSid, code, message),
    report: reporter(noun, streamSid, context),
  });
  const name = noun.attributes.get('name') ?? streamSid;
  streams.set(name, stream);
  void stream.closed.then(() => streams.delete(name));
  return stream;
}

/** Sends the `statusCallback` of a `<Stream>`. */
function reporter(noun: XmlElement, streamSid: string, context: VerbContext): StreamOptions['report'] {
  const { world, callSid } = context;
  const address = noun.attributes.get('statusCallback');
  if (address === undefined) return () => undefined;
  const method = noun.attributes.get('statusCallbackMethod')?.toUpperCase() === 'GET' ? 'GET' : 'POST';
  const callback = { url: resolveUrl(address, context), method } as const;
  return (event, error) =>
    void world.act({
      kind: 'stream-status',
      callSid,
      streamSid,
      event,
      callback,
      ...(error !== undefined && { error }),
    });
}

const TRACKS: Readonly<Record<string, readonly ('inbound' | 'outbound')[]>> = {
  inbound_track: ['inbound'],
  outbound_track: ['outbound'],
  both_tracks: ['inbound', 'outbound'],
};

function startRecording(noun: XmlElement, context: VerbContext): void {
  const { world, callSid } = context;
  const options = recordingOptions(noun, context, 'StartCallRecordingTwiML');
  if (options !== undefined) world.act({ kind: 'recording-started', callSid, options });
}

/** Speech of plausible length; a hum stands for the words. */
async function say(verb: XmlElement, { line, signal }: VerbContext): Promise<AfterVerb> {
  for (let left = times(verb); left > 0; left -= 1) {
    const milliseconds = Math.max(500, verb.text.length * SPEECH_MILLISECONDS_PER_CHARACTER);
    line.play(hum(milliseconds));
    await line.wait(milliseconds, signal);
  }
  return 'next-verb';
}

async function play(verb: XmlElement, context: VerbContext): Promise<AfterVerb> {
  const { world, callSid, line, signal } = context;
  if (verb.text === '') return passOver(verb, context);
  const url = resolveUrl(verb.text, context);
  const sound = await fetchSound(url, signal);
  if ('problem' in sound) {
    world.warn(callSid, sound.code, `${url}: ${sound.problem}`);
    return 'next-verb';
  }
  for (let left = times(verb); left > 0; left -= 1) {
    line.play(sound.voice());
    await line.wait(sound.milliseconds, signal);
  }
  world.emit({ kind: 'played', callSid, url });
  return 'next-verb';
}

async function pause(length: number, { line, signal }: VerbContext): Promise<AfterVerb> {
  await line.wait(length * 1000, signal);
  return 'next-verb';
}

/** The simulated caller presses nothing: what is inside is heard, then the time to press runs out. */
async function gather(verb: XmlElement, context: VerbContext): Promise<AfterVerb> {
  for (const nested of verb.children) await runVerb(nested, context);
  await pause(seconds(verb, 'timeout', 5), context);
  const action = verb.attributes.get('action');
  const always = verb.attributes.get('actionOnEmptyResult') === 'true';
  return always && action !== undefined ? followUp(verb, context, action) : 'next-verb';
}

/** `loop`: 0 means for ever, for which 1000 times stand. */
function times(verb: XmlElement): number {
  const loop = seconds(verb, 'loop', 1);
  return loop === 0 ? 1000 : loop;
}
