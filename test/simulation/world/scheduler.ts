/** Virtual time: what happens is a list of instants, and nothing else happens. */
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';

interface Planned {
  readonly at: Instant;
  readonly order: number;
  /** `undefined`: it was called off. */
  act: (() => void) | undefined;
}

/** Calls off what was planned. */
export type CallOff = () => void;

export class Scheduler {
  now: Instant;
  #order = 0;
  /** A binary heap, earliest first; equal instants keep the order in which they were planned. */
  readonly #heap: Planned[] = [];

  constructor(now: Instant) {
    this.now = now;
  }

  at(instant: Instant, act: () => void): CallOff {
    const heap = this.#heap;
    const planned: Planned = { at: Math.max(instant, this.now), order: this.#order++, act };
    heap.push(planned);
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#earlier(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
    return () => {
      planned.act = undefined;
    };
  }

  after(milliseconds: number, act: () => void): CallOff {
    return this.at(this.now + milliseconds, act);
  }

  next(): Instant | undefined {
    while (this.#heap[0] && !this.#heap[0].act) this.#take();
    return this.#heap[0]?.at;
  }

  /** Lets the earliest happen, and then everything that waits for it, up to its next request. */
  async step(): Promise<void> {
    if (this.next() === undefined) return;
    const first = this.#take();
    if (!first) return;
    this.now = first.at;
    first.act?.();
    // All promises that can settle do so before the check phase of the event loop.
    await new Promise<void>((done) => process.nextTick(done));
  }

  #take(): Planned | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last && heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    const heap = this.#heap;
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && this.#earlier(child, least)) least = child;
      }
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #earlier(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (!one || !other) return false;
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (!one || !other) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
