/**
 * The audio of one call. Every 20 ms the line takes what the caller says and what the caller hears, and hands both to
 * whoever listens: streams and recordings.
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

export interface Line {
  /** Hears every frame, until the result is called. */
  listen(listener: FrameListener): () => void;
  /** Queues sound for the caller to hear. */
  play(voice: Voice): void;
  /** Runs `reached` once everything queued before has been heard, or was cleared away. */
  mark(reached: () => void): void;
  /** Throws away what is queued; marks in it are reached at once. */
  clear(): void;
  /** Somebody else on the line: heard by the caller on top of what is played. */
  connect(party: Voice): void;
  disconnect(): void;
  /** Whether the caller has said everything, and the other party too. */
  isQuiet(): boolean;
  /** Resolves after so many milliseconds of the line's time; rejects with the reason of an aborted signal. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function openLine(ticker: Ticker, caller: Voice): Line {
  const listeners = new Set<FrameListener>();
  const queue: Queued[] = [];
  const inbound = new Int16Array(FRAME_SAMPLES);
  const outbound = new Int16Array(FRAME_SAMPLES);
  const fromParty = new Int16Array(FRAME_SAMPLES);
  let party: Voice | null = null;
  let callerSpeaks = true;

  function fillFromQueue(): void {
    let filled = 0;
    for (let head = queue[0]; head; head = queue[0]) {
      if (head.kind === 'mark') {
        queue.shift();
        head.reached();
        continue;
      }
      if (filled === FRAME_SAMPLES) return;
      filled += head.voice.read(outbound, filled);
      if (filled < FRAME_SAMPLES && queue[0] === head) {
        head.voice.close();
        queue.shift();
      }
    }
    outbound.fill(0, filled);
  }

  function onFrame(): void {
    const said = caller.read(inbound, 0);
    callerSpeaks = said === FRAME_SAMPLES;
    inbound.fill(0, said);
    fillFromQueue();
    if (party) {
      const spoken = party.read(fromParty, 0);
      for (let index = 0; index < spoken; index += 1) {
        outbound[index] = saturate((outbound[index] ?? 0) + (fromParty[index] ?? 0));
      }
      if (spoken < FRAME_SAMPLES) disconnect();
    }
    for (const listener of listeners) listener(inbound, outbound);
  }

  function disconnect(): void {
    party?.close();
    party = null;
  }

  function clear(): void {
    for (const queued of queue.splice(0)) {
      if (queued.kind === 'mark') queued.reached();
      else queued.voice.close();
    }
  }

  const leave = ticker.add(onFrame);
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    play: (voice) => queue.push({ kind: 'voice', voice }),
    mark: (reached) => queue.push({ kind: 'mark', reached }),
    clear,
    connect(other) {
      disconnect();
      party = other;
    },
    disconnect,
    isQuiet: () => !callerSpeaks && party === null,
    wait(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        let left = Math.ceil(milliseconds / FRAME_MILLISECONDS);
        const stop = (): void => {
          listeners.delete(count);
          reject(signal.reason);
        };
        const count = (): void => {
          left -= 1;
          if (left > 0) return;
          listeners.delete(count);
          signal.removeEventListener('abort', stop);
          resolve();
        };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
        listeners.add(count);
      });
    },
    close() {
      leave();
      clear();
      disconnect();
      caller.close();
      listeners.clear();
    },
  };
}
