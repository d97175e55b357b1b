/**
 * The audio of one call. Every 20 ms the line takes what the caller says and what the caller hears, and hands both to
 * its listeners: streams and recordings.
 */

import { saturate, type Voice } from '../audio/voice.ts';
import { SAMPLE_RATE } from '../audio/wav.ts';
import { FRAME_MILLISECONDS, type Ticker } from './ticker.ts';

export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MILLISECONDS) / 1000;

/** `inbound`: the caller's voice. `outbound`: what the caller hears. Valid only during the call: they are reused. */
export type FrameListener = (inbound: Int16Array, outbound: Int16Array) => void;

type Queued =
  | { readonly kind: 'voice'; readonly voice: Voice }
  | { readonly kind: 'mark'; readonly reached: () => void };

export class Line {
  readonly #listeners = new Set<FrameListener>();
  readonly #queue: Queued[] = [];
  readonly #inbound = new Int16Array(FRAME_SAMPLES);
  readonly #outbound = new Int16Array(FRAME_SAMPLES);
  readonly #fromParty = new Int16Array(FRAME_SAMPLES);
  readonly #caller: Voice;
  #party: Voice | null = null;
  #callerSpeaks = true;
  readonly #leave: () => void;

  constructor(ticker: Ticker, caller: Voice) {
    this.#caller = caller;
    this.#leave = ticker.add(() => this.#onFrame());
  }

  /** Hears every frame, until the result is called. */
  listen(listener: FrameListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Queues sound for the caller to hear. */
  play(voice: Voice): void {
    this.#queue.push({ kind: 'voice', voice });
  }

  /** Runs `reached` once everything queued before has been heard, or was cleared away. */
  mark(reached: () => void): void {
    this.#queue.push({ kind: 'mark', reached });
  }

  /** Throws away what is queued; marks in it are reached at once. */
  clear(): void {
    for (const queued of this.#queue.splice(0)) {
      if (queued.kind === 'mark') queued.reached();
      else queued.voice.close();
    }
  }

  /** Somebody else on the line: heard by the caller on top of what is played. */
  connect(party: Voice): void {
    this.disconnect();
    this.#party = party;
  }

  disconnect(): void {
    this.#party?.close();
    this.#party = null;
  }

  /** Whether the caller has said everything, and the other party too. */
  isQuiet(): boolean {
    return !this.#callerSpeaks && this.#party === null;
  }

  /** Resolves after so many milliseconds of the line's time; rejects with the reason of an aborted signal. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = Math.ceil(milliseconds / FRAME_MILLISECONDS);
      const stop = (): void => {
        silence();
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      const silence = this.listen(() => {
        left -= 1;
        if (left > 0) return;
        silence();
        signal.removeEventListener('abort', stop);
        resolve();
      });
    });
  }

  close(): void {
    this.#leave();
    this.clear();
    this.disconnect();
    this.#caller.close();
    this.#listeners.clear();
  }

  #onFrame(): void {
    const said = this.#caller.read(this.#inbound, 0);
    this.#callerSpeaks = said === FRAME_SAMPLES;
    this.#inbound.fill(0, said);
    this.#fillFromQueue();
    if (this.#party) this.#mixIn(this.#party);
    for (const listener of this.#listeners) listener(this.#inbound, this.#outbound);
  }

  #fillFromQueue(): void {
    let filled = 0;
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      if (head.kind === 'mark') {
        this.#queue.shift();
        head.reached();
        continue;
      }
      if (filled === FRAME_SAMPLES) return;
      filled += head.voice.read(this.#outbound, filled);
      if (filled < FRAME_SAMPLES && this.#queue[0] === head) {
        head.voice.close();
        this.#queue.shift();
      }
    }
    this.#outbound.fill(0, filled);
  }

  #mixIn(party: Voice): void {
    const spoken = party.read(this.#fromParty, 0);
    for (let index = 0; index < spoken; index += 1) {
      this.#outbound[index] = saturate((this.#outbound[index] ?? 0) + (this.#fromParty[index] ?? 0));
    }
    if (spoken < FRAME_SAMPLES) this.disconnect();
  }
}
