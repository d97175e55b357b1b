/** `<Dial>`: a simulated callee answers, talks, and hangs up. */
import type { XmlElement } from './twiml.ts';
import { type AfterVerb, followUp, passOver, recordingOptions, seconds, type VerbContext } from './verb-context.ts';

const RING_MILLISECONDS = 500;
/** How often the line is asked whether both have finished talking; also the silence before the callee hangs up. */
const PATIENCE_MILLISECONDS = 500;
/** Twilio's limit of a dialled call. */
const TIME_LIMIT_SECONDS = 14_400;

export async function dial(verb: XmlElement, context: VerbContext): Promise<AfterVerb> {
  const { world, callSid, line } = context;
  const noun = verb.children.find(({ name }) => name === 'Number' || name === 'Client' || name === 'Sip');
  const to = noun?.text ?? verb.text;
  if (to === '') return passOver(verb, context);
  const from = verb.attributes.get('callerId') ?? world.call(callSid)?.from ?? '';
  const dialled = world.act({ kind: 'call-dialled', parentCallSid: callSid, from, to }).sid ?? '';
  const hungUp = new AbortController();
  const unwatch = world.watchDialled(dialled, () => hungUp.abort(new Error('the dialled call was ended')));
  const signal = AbortSignal.any([context.signal, hungUp.signal]);
  let answeredAt: number | null = null;
  let recordingSid: string | undefined;
  try {
    world.act({ kind: 'call-ringing', callSid: dialled });
    await line.wait(RING_MILLISECONDS, signal);
    world.act({ kind: 'call-answered', callSid: dialled });
    answeredAt = world.clock.now();
    recordingSid = startRecording(verb, context);
    line.connect(world.openCallee());
    await talk(context, signal, seconds(verb, 'timeLimit', TIME_LIMIT_SECONDS));
  } catch (error) {
    if (!hungUp.signal.aborted || context.signal.aborted) throw error;
  } finally {
    unwatch();
    line.disconnect();
    if (recordingSid !== undefined) world.act({ kind: 'recording-stopped', recordingSid });
    world.act({ kind: 'call-ended', callSid: dialled, status: answeredAt === null ? 'no-answer' : 'completed' });
  }
  const action = verb.attributes.get('action');
  if (action === undefined) return 'next-verb';
  const duration = answeredAt === null ? 0 : Math.round((world.clock.now() - answeredAt) / 1000);
  return followUp(verb, context, action, {
    DialCallSid: dialled,
    DialCallStatus: world.call(dialled)?.status ?? 'completed',
    DialCallDuration: String(duration),
    DialBridged: String(answeredAt !== null),
  });
}

async function talk({ line, talkMs }: VerbContext, signal: AbortSignal, limitSeconds: number): Promise<void> {
  const limit = limitSeconds * 1000;
  if (talkMs !== undefined) return await line.wait(Math.min(talkMs, limit), signal);
  for (let talked = 0; talked < limit; talked += PATIENCE_MILLISECONDS) {
    if (line.isQuiet()) break;
    await line.wait(PATIENCE_MILLISECONDS, signal);
  }
  await line.wait(PATIENCE_MILLISECONDS, signal);
}

/** `record="record-from-answer"` and its like: an application that records by itself goes on doing so. */
function startRecording(verb: XmlElement, context: VerbContext): string | undefined {
  const { world, callSid } = context;
  const record = verb.attributes.get('record') ?? 'do-not-record';
  if (record === 'do-not-record' || record === 'false') return undefined;
  const options = recordingOptions(verb, context, 'DialVerb', record.endsWith('-dual') ? 'dual' : 'mono');
  return options && world.act({ kind: 'recording-started', callSid, options }).sid;
}
