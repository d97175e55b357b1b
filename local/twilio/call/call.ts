/** The life of one call: it rings, its TwiML is fetched and executed, it ends. */

import { callParameters } from '../../../sim/twilio/calls.ts';
import type { Instructions } from '../../../sim/twilio/outcome.ts';
import { hum, type Voice } from '../audio/voice.ts';
import { sendWebhook } from '../server/webhook.ts';
import { type Line, openLine } from './line.ts';
import type { Stream } from './stream.ts';
import { parseTwiml, TwimlError, type XmlElement } from './twiml.ts';
import type { VerbContext } from './verb-context.ts';
import { runVerb } from './verbs.ts';
import type { World } from './world.ts';

/** A call in progress. */
export interface LiveCall {
  readonly line: Line;
  readonly ended: Promise<void>;
  hangUp(): void;
  /** Leaves what is being executed for other instructions. */
  redirect(instructions: Instructions): void;
}

export interface CallOptions {
  readonly callSid: string;
  readonly instructions: Instructions;
  /** What the person on the telephone says. */
  readonly caller: Voice;
  /** An outbound call is answered before its TwiML is fetched, an incoming one by its first verb. */
  readonly outbound: boolean;
  readonly hangUpAfterMs?: number | undefined;
  readonly talkMs?: number | undefined;
  /** After everything else, with the call over. */
  readonly onEnd: () => void;
}

const RING_MILLISECONDS = 500;
/** How long "an application error has occurred" takes to say. */
const APOLOGY_MILLISECONDS = 2000;

/** Thrown into whatever a call is doing when it is hung up or redirected. */
class Interrupted extends Error {}

export function startCall(world: World, options: CallOptions): LiveCall {
  const { callSid } = options;
  const line = openLine(world.ticker, options.caller);
  const streams = new Map<string, Stream>();
  let interrupt = new AbortController();
  let redirected: Instructions | null = null;
  let over = false;
  let answered = false;

  function hangUp(): void {
    over = true;
    interrupt.abort(new Interrupted('hung up'));
  }
  function answer(): void {
    if (answered) return;
    answered = true;
    world.act({ kind: 'call-answered', callSid });
    if (options.hangUpAfterMs !== undefined) world.clock.after(options.hangUpAfterMs, hangUp);
  }
  /** Executes one document; answers where the next comes from. */
  async function step(instructions: Instructions, first: boolean): Promise<Instructions | null> {
    const { signal } = interrupt;
    const context: VerbContext = {
      ...{ world, callSid, line, streams, signal, talkMs: options.talkMs, answer },
      base: 'url' in instructions ? instructions.url : '',
    };
    const response = await fetchResponse(world, callSid, instructions, signal);
    signal.throwIfAborted();
    if (!response) {
      answer();
      line.play(hum(APOLOGY_MILLISECONDS));
      await line.wait(APOLOGY_MILLISECONDS, signal);
      return null;
    }
    for (const [index, verb] of response.children.entries()) {
      if (first && index === 0 && verb.name === 'Reject') {
        const status = verb.attributes.get('reason') === 'busy' ? 'busy' : 'no-answer';
        world.act({ kind: 'call-ended', callSid, status });
        return null;
      }
      answer();
      world.emit({ kind: 'verb', callSid, verb: verb.name });
      const next = await runVerb(verb, context);
      if (next === 'hang-up') return null;
      if (next !== 'next-verb') return next;
    }
    return null;
  }
  async function live(): Promise<void> {
    if (options.outbound) {
      world.act({ kind: 'call-ringing', callSid });
      await line.wait(RING_MILLISECONDS, interrupt.signal);
      answer();
    }
    let next: Instructions | null = options.instructions;
    for (let first = true; next; first = false) {
      try {
        next = await step(next, first);
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        next = over ? null : redirected;
        interrupt = new AbortController();
      }
    }
  }
  const ended = live()
    .catch((error: unknown) => {
      if (!(error instanceof Interrupted)) world.warn(callSid, 11_200, `the call broke off: ${messageOf(error)}`);
    })
    .finally(() => {
      for (const stream of streams.values()) stream.stop();
      world.act({ kind: 'call-ended', callSid, status: answered ? 'completed' : 'failed' });
      line.close();
      options.onEnd();
    });
  return {
    line,
    ended,
    hangUp,
    redirect(instructions) {
      redirected = instructions;
      interrupt.abort(new Interrupted('redirected'));
    },
  };
}

/** The call's TwiML; null, with a warning, where there is none to be had. */
async function fetchResponse(
  world: World,
  callSid: string,
  instructions: Instructions,
  signal: AbortSignal,
): Promise<XmlElement | null> {
  if ('twiml' in instructions) return parseOrWarn(world, callSid, instructions.twiml);
  const call = world.call(callSid);
  const { url, method, parameters } = { parameters: {}, ...instructions };
  const result = await sendWebhook({
    ...{ url, method, signal },
    parameters: { ...(call ? callParameters(call) : {}), ...parameters },
    authToken: world.credentials.authToken,
    idempotencyToken: world.token(),
  });
  if (result.kind === 'failure') {
    if (result.reason !== 'aborted') world.warn(callSid, 11_200, `${url}: ${result.message}`);
    return null;
  }
  world.emit({ kind: 'twiml-fetched', callSid, url, status: result.status });
  if (result.status >= 300) {
    world.warn(callSid, 11_200, `${url} answered ${result.status}`);
    return null;
  }
  if (!/^(text\/xml|application\/xml|text\/html)\b/i.test(result.contentType)) {
    world.warn(callSid, 12_300, `${url} answered with the content type ${result.contentType || '(none)'}`);
    return null;
  }
  return parseOrWarn(world, callSid, result.body);
}

function parseOrWarn(world: World, callSid: string, twiml: string): XmlElement | null {
  try {
    return parseTwiml(twiml);
  } catch (error) {
    if (!(error instanceof TwimlError)) throw error;
    world.warn(callSid, error.code, error.message);
    return null;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
