import type { FunctionModel } from '../template/model.ts';
import type { ExecutionEnvironment } from './environment.ts';

/** Until a function's first environment has shown how long a start takes. */
const START_MILLISECONDS = 100;

export interface PoolOptions {
  readonly model: FunctionModel;
  /** Environments at a time. */
  readonly limit: number;
  readonly idleMilliseconds: number;
  readonly startEnvironment: () => ExecutionEnvironment;
  /** Called whenever an environment may have to be started. */
  readonly onDemand: () => void;
}

interface WaitingEvent {
  /** Given undefined, the event fails. */
  readonly take: (environment: ExecutionEnvironment | undefined) => void;
  /** It has waited long enough to be worth an environment of its own. */
  impatient: boolean;
}

/** The environments of one function, and the events that wait for one. */
export class Pool {
  readonly #options: PoolOptions;
  /** Every living environment. */
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #idle: { readonly environment: ExecutionEnvironment; readonly reaper: NodeJS.Timeout }[] = [];
  /** Events that no environment has taken yet, the longest waiting first. */
  readonly #waiting: WaitingEvent[] = [];
  /** How long the last start took. */
  #startMilliseconds = START_MILLISECONDS;
  #busy = 0;
  starting = 0;
  invocations = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get environments(): readonly ExecutionEnvironment[] {
    return [...this.#all];
  }

  /**
   * Lambda starts an environment for an event at once. Here an event first waits for a busy one, as long as a start takes:
   * a start takes a processor from those that work, and a young process is several times slower than one in use. Under a
   * load that two processors can just bear, starts at once would make each event dearer, and so call for more starts.
   */
  take(): Promise<ExecutionEnvironment | undefined> {
    this.invocations += 1;
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      clearTimeout(kept.reaper);
      if (!kept.environment.alive) continue;
      this.#busy += 1;
      return Promise.resolve(kept.environment);
    }
    return new Promise((resolve) => {
      const event: WaitingEvent = { take: resolve, impatient: false };
      const grow = () => {
        event.impatient = true;
        this.#options.onDemand();
      };
      this.#waiting.push(event);
      if (this.#busy + this.starting === 0) grow();
      else setTimeout(grow, this.#startMilliseconds);
    });
  }

  /** Takes back an environment that is through with its event, or has died of it. */
  giveBack(environment: ExecutionEnvironment): void {
    this.#busy -= 1;
    if (environment.alive) this.#handOver(environment);
    else this.#options.onDemand();
  }

  /** Whether an event waits for an environment that is not being started yet, and may be. */
  get wantsStart(): boolean {
    // Those before it in the line take the environments that are starting already.
    const isWorthIt = this.#waiting[this.starting]?.impatient === true;
    return isWorthIt && this.starting + this.#busy < this.#options.limit;
  }

  start(): void {
    this.starting += 1;
    const environment = this.#options.startEnvironment();
    this.#all.add(environment);
    void environment.exited.then(() => this.#all.delete(environment));
    const begun = performance.now();
    void environment.initialized.then(() => {
      this.#startMilliseconds = performance.now() - begun;
      this.starting -= 1;
      this.#handOver(environment);
    });
  }

  /** Gives an environment that has nothing to do to the next event, or keeps it for a while. */
  #handOver(environment: ExecutionEnvironment): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#busy += 1;
      next.take(environment);
    } else if (environment.alive) {
      const reaper = setTimeout(() => environment.kill(), this.#options.idleMilliseconds);
      reaper.unref();
      this.#idle.push({ environment, reaper });
    }
    this.#options.onDemand();
  }

  kill(): void {
    for (const environment of this.#all) environment.kill();
  }

  async close(): Promise<void> {
    for (const { take: fail } of this.#waiting.splice(0)) fail(undefined);
    for (const { reaper } of this.#idle) clearTimeout(reaper);
    const exits = this.environments.map(({ exited }) => exited);
    this.kill();
    await Promise.all(exits);
  }
}
