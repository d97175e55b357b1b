/** Twilio at the port: every request is kept, and answered by a script. */
import type { Clock } from '../../../lambdas/shared/ports/clock.ts';
import type { OpenedAudio, Refusal, TwilioRest } from '../../../lambdas/shared/ports/twilio.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { ACCOUNT, API_URL } from './fixtures.ts';
import { inChunks } from './wav.ts';

type Method = Exclude<keyof TwilioRest, 'urlOf'>;
type Arguments<M extends Method> = Parameters<TwilioRest[M]>;
type Answer<M extends Method> = Awaited<ReturnType<TwilioRest[M]>>;
/** An answer, or what makes it from the request; what it throws is thrown at the step. */
export type Script<M extends Method> = Answer<M> | ((...request: Arguments<M>) => Answer<M> | Promise<Answer<M>>);

export interface KeptRequest {
  readonly at: Instant;
  readonly method: Method;
  readonly request: readonly unknown[];
}

export class ScriptedTwilio implements TwilioRest {
  readonly requests: KeptRequest[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #scripts = new Map<Method, Script<Method>[]>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Answers the next requests one by one; the last script serves all further ones. */
  answer<M extends Method>(method: M, ...scripts: Script<M>[]): void {
    this.#scripts.set(method, scripts as unknown as Script<Method>[]);
  }

  /** The requests' methods in order. */
  methods(): Method[] {
    return this.requests.map(({ method }) => method);
  }

  timesOf(method: Method): Instant[] {
    return this.requests.filter((request) => request.method === method).map(({ at }) => at);
  }

  startRecording = (...request: Arguments<'startRecording'>) => this.#reply('startRecording', request);
  recordingsOfCall = (...request: Arguments<'recordingsOfCall'>) => this.#reply('recordingsOfCall', request);
  callProgress = (...request: Arguments<'callProgress'>) => this.#reply('callProgress', request);
  call = (...request: Arguments<'call'>) => this.#reply('call', request);
  placeCall = (...request: Arguments<'placeCall'>) => this.#reply('placeCall', request);
  callsSince = (...request: Arguments<'callsSince'>) => this.#reply('callsSince', request);
  numbers = (...request: Arguments<'numbers'>) => this.#reply('numbers', request);
  recording = (...request: Arguments<'recording'>) => this.#reply('recording', request);
  recordingsSince = (...request: Arguments<'recordingsSince'>) => this.#reply('recordingsSince', request);
  deleteRecording = (...request: Arguments<'deleteRecording'>) => this.#reply('deleteRecording', request);
  openAudio = (...request: Arguments<'openAudio'>) => this.#reply('openAudio', request);
  urlOf = (accountSid: string, recordingSid: string): string =>
    `${API_URL}/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}`;

  async #reply<M extends Method>(method: M, request: Arguments<M>): Promise<Answer<M>> {
    this.requests.push({ at: this.#clock.now(), method, request });
    const scripts = this.#scripts.get(method) as unknown as Script<M>[] | undefined;
    const script = scripts && scripts.length > 1 ? scripts.shift() : scripts?.[0];
    if (script === undefined) throw new Error(`The test has no answer to ${method} for ${ACCOUNT}.`);
    return typeof script === 'function' ? script(...request) : script;
  }
}

const refusal = (kind: Refusal['kind'], status?: number, code?: number): Refusal => ({
  kind,
  ...(status !== undefined && { status }),
  ...(code !== undefined && { code }),
  reason: status === undefined ? 'ECONNRESET' : `status ${status}${code === undefined ? '' : ` code ${code}`}`,
});

/** What Twilio, or the way to it, answers when it does not do what was asked. */
export const NOT_FOUND = refusal('not-found', 404, 20404);
export const NOT_ELIGIBLE = refusal('not-eligible', 400, 21220);
export const TOO_MANY = refusal('later', 429, 20429);
export const SERVER_ERROR = refusal('doubtful', 503);
export const LOST_REPLY = refusal('doubtful');
export const UNAUTHORIZED = refusal('refused', 401, 20003);
export const BAD_REQUEST = refusal('refused', 400, 20001);

/** Audio as Twilio opens it. */
export const audioOf = (bytes: Uint8Array, over: Partial<OpenedAudio> = {}): OpenedAudio => ({
  kind: 'opened',
  contentType: 'audio/x-wav',
  contentLength: bytes.length,
  bytes: inChunks(bytes, [1000, 1001, 20_000]),
  close: () => undefined,
  ...over,
});
