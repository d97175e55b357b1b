/** Queues with places, and gauges by the second: what the load profile is made of. */

export interface Job {
  readonly ready: number;
  readonly call: number;
}

/** A binary heap: the least first. */
class Heap<Value> {
  readonly #values: Value[] = [];
  readonly #keyOf: (value: Value) => number;

  constructor(keyOf: (value: Value) => number) {
    this.#keyOf = keyOf;
  }

  get least(): Value | undefined {
    return this.#values[0];
  }

  push(value: Value): void {
    const values = this.#values;
    let at = values.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#key(parent) <= this.#key(at)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Value | undefined {
    const values = this.#values;
    const least = values[0];
    const last = values.pop();
    if (values.length > 0 && last !== undefined) {
      values[0] = last;
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        let child = left;
        if (right < values.length && this.#key(right) < this.#key(left)) child = right;
        if (child >= values.length || this.#key(at) <= this.#key(child)) break;
        this.#swap(at, child);
        at = child;
      }
    }
    return least;
  }

  #key(at: number): number {
    return this.#keyOf(this.#values[at] as Value);
  }

  #swap(a: number, b: number): void {
    const values = this.#values;
    [values[a], values[b]] = [values[b] as Value, values[a] as Value];
  }
}

/** A queue whose jobs run in the order in which they get ready, so many at a time. */
export class Places {
  readonly #free: Heap<number>;

  constructor(places: number) {
    this.#free = new Heap((time) => time);
    for (let place = 0; place < places; place += 1) this.#free.push(0);
  }

  /** Jobs that run once. @returns when each ended. */
  run(
    ready: Float64Array,
    secondsOf: (begun: number, call: number) => number,
    onRun: (begun: number, ended: number) => void,
  ): Float64Array {
    const ends = new Float64Array(ready.length);
    const jobs = Array.from(ready, (at, call): Job => ({ ready: at, call }));
    this.runAgain(jobs, (begun, call) => {
      const ended = begun + secondsOf(begun, call);
      ends[call] = ended;
      onRun(begun, ended);
      return { ended };
    });
    return ends;
  }

  /** Jobs that may come back, at `again`. */
  runAgain(jobs: readonly Job[], act: (begun: number, call: number) => { ended: number; again?: number }): void {
    const first = jobs.toSorted((a, b) => a.ready - b.ready);
    const back = new Heap<Job>(({ ready }) => ready);
    for (let at = 0; at < first.length || back.least !== undefined; ) {
      const [fresh, returned] = [first[at], back.least];
      const takesReturned = returned !== undefined && (fresh === undefined || returned.ready < fresh.ready);
      const job = takesReturned ? back.pop() : fresh;
      if (!takesReturned) at += 1;
      if (job === undefined) break;
      const begun = Math.max(job.ready, this.#free.pop() ?? 0);
      const { ended, again } = act(begun, job.call);
      this.#free.push(ended);
      if (again !== undefined) back.push({ ready: again, call: job.call });
    }
  }
}

/** A quantity for each second: counted at an instant, or held for a while. */
export class Gauge {
  readonly #seconds: Float64Array;

  constructor(seconds: number) {
    this.#seconds = new Float64Array(seconds);
  }

  count(at: number, amount: number): void {
    this.#add(Math.floor(at), amount);
  }

  /** So much for as long as it lasts: a mean over each second. */
  spread(from: number, seconds: number, amount: number): void {
    const until = from + seconds;
    for (let second = Math.floor(from); second < until; second += 1) {
      this.#add(second, amount * (Math.min(until, second + 1) - Math.max(from, second)));
    }
  }

  perSecond(): Float64Array {
    return this.#seconds;
  }

  peak(): number {
    return this.#seconds.reduce((highest, value) => Math.max(highest, value), 0);
  }

  /** The mean of each second of it. */
  busiestMinute(): number {
    let most = 0;
    for (let from = 0; from < this.#seconds.length; from += 60) {
      const sum = this.#seconds.subarray(from, from + 60).reduce((all, value) => all + value, 0);
      most = Math.max(most, sum / 60);
    }
    return most;
  }

  /** Seconds above a limit, and by how much in all. */
  above(limit: number): { readonly seconds: number; readonly sum: number } {
    let [seconds, sum] = [0, 0];
    for (const value of this.#seconds) {
      if (value <= limit) continue;
      seconds += 1;
      sum += value - limit;
    }
    return { seconds, sum };
  }

  /** What lies beyond the last second is a backlog that has outgrown the days: its waits tell of it. */
  #add(second: number, amount: number): void {
    if (second < this.#seconds.length) this.#seconds[second] = (this.#seconds[second] ?? 0) + amount;
  }
}

/** Work that is taken up at a rate, whatever it is made of. @returns how much is left at each second */
export function fluid(gauge: Gauge, perSecond: number): Float64Array {
  let left = 0;
  return gauge.perSecond().map((added) => {
    left = Math.max(0, left + added - perSecond);
    return left;
  });
}
