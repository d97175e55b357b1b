/** The life of one call: it rings, its TwiML is fetched and executed, it ends. */

import { callParameters } from '../../../sim/twilio/calls.ts';
import type { Instructions } from '../../../sim/twilio/outcome.ts';
import { hum, type Voice } from '../audio/voice.ts';
import { sendWebhook } from '../server/webhook.ts';
import { Line } from './line.ts';
import type { Stream } from './stream.ts';
import { parseTwiml, TwimlError, type XmlElement } from './twiml.ts';
import { rejection, type VerbContext, type World } from './verb-context.ts';
import { runVerb } from './verbs.ts';

export interface CallOptions {
  readonly callSid: string;
  readonly instructions: Instructions;
  /** What the person on the telephone says. */
  readonly caller: Voice;
  /** An outbound call is answered before its TwiML is fetched, an incoming one by its first verb. */
  readonly outbound: boolean;
  /** Resolves when the other side of an outbound call answers; without it, it does after a while. */
  readonly otherSide?: Promise<void>;
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

/** A call in progress. */
export class LiveCall {
  readonly line: Line;
  readonly ended: Promise<void>;
  /** Stays open for a call that nobody answers. */
  readonly answered: Promise<void>;
  readonly #world: World;
  readonly #options: CallOptions;
  readonly #streams = new Map<string, Stream>();
  #interrupt = new AbortController();
  #redirected: Instructions | null = null;
  #over = false;
  #answered = false;
  #tellAnswered: () => void;

  constructor(world: World, options: CallOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.answered, this.#tellAnswered] = [promise, resolve];
    this.#world = world;
    this.#options = options;
    this.line = new Line(world.ticker, options.caller);
    this.ended = this.#live();
  }

  hangUp(): void {
    this.#over = true;
    this.#interrupt.abort(new Interrupted('hung up'));
  }

  /** Leaves what is being executed for other instructions. */
  redirect(instructions: Instructions): void {
    this.#redirected = instructions;
    this.#interrupt.abort(new Interrupted('redirected'));
  }

  async #live(): Promise<void> {
    const world = this.#world;
    const { callSid, onEnd } = this.#options;
    try {
      await this.#execute();
    } catch (error) {
      if (!(error instanceof Interrupted)) world.warn(callSid, 11_200, `the call broke off: ${messageOf(error)}`);
    } finally {
      for (const stream of this.#streams.values()) stream.stop();
      world.act({ kind: 'call-ended', callSid, status: this.#answered ? 'completed' : 'failed' });
      this.line.close();
      onEnd();
    }
  }

  async #execute(): Promise<void> {
    const { callSid, outbound, instructions, otherSide } = this.#options;
    if (outbound) {
      const { signal } = this.#interrupt;
      this.#world.act({ kind: 'call-ringing', callSid });
      await this.line.wait(RING_MILLISECONDS, signal);
      if (otherSide) await Promise.race([otherSide, rejection(signal)]);
      this.#answer();
    }
    let next: Instructions | null = instructions;
    for (let first = true; next; first = false) {
      try {
        next = await this.#runDocument(next, first);
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        next = this.#over ? null : this.#redirected;
        this.#interrupt = new AbortController();
      }
    }
  }

  #answer(): void {
    if (this.#answered) return;
    this.#answered = true;
    const { callSid, hangUpAfterMs } = this.#options;
    this.#world.act({ kind: 'call-answered', callSid });
    this.#tellAnswered();
    if (hangUpAfterMs !== undefined) this.#world.clock.after(hangUpAfterMs, () => this.hangUp());
  }

  /** Executes one document; answers where the next comes from. */
  async #runDocument(instructions: Instructions, first: boolean): Promise<Instructions | null> {
    const { signal } = this.#interrupt;
    const { callSid, talkMs } = this.#options;
    const world = this.#world;
    const base = 'url' in instructions ? instructions.url : '';
    const context: VerbContext = { world, callSid, line: this.line, streams: this.#streams, signal, talkMs, base };
    const response = await fetchResponse(world, callSid, instructions, signal);
    signal.throwIfAborted();
    if (!response) {
      this.#answer();
      this.line.play(hum(APOLOGY_MILLISECONDS));
      await this.line.wait(APOLOGY_MILLISECONDS, signal);
      return null;
    }
    for (const [index, verb] of response.children.entries()) {
      if (first && index === 0 && verb.name === 'Reject') {
        const status = verb.attributes.get('reason') === 'busy' ? 'busy' : 'no-answer';
        world.act({ kind: 'call-ended', callSid, status });
        return null;
      }
      this.#answer();
      world.emit({ kind: 'verb', callSid, verb: verb.name });
      const next = await runVerb(verb, context);
      if (next === 'hang-up') return null;
      if (next !== 'next-verb') return next;
    }
    return null;
  }
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
