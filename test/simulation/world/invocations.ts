/** Lambda: an environment for each invocation, used again afterwards, ended where it dies or runs out of time. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Draws } from '../faults/draws.ts';
import type { FaultPlan } from '../faults/faults.ts';
import type { Signals } from '../watch/signals.ts';
import { TIMEOUT_SECONDS } from './deployment.ts';
import { Environment, type Hooks } from './environments.ts';
import type { Scheduler } from './scheduler.ts';

export interface InvocationsOptions {
  readonly scheduler: Scheduler;
  readonly draws: Draws;
  readonly plan: FaultPlan;
  readonly watch: Hooks;
  /** Clocks of environments differ from the true time by up to this much. */
  readonly skewMs: number;
}

export class Invocations {
  /** Steps whose function fails whatever it is given, such as one whose code does not load. */
  readonly broken = new Set<Step>();
  /** Steps for which Lambda has no environment left. */
  readonly throttled = new Set<Step>();
  readonly #options: InvocationsOptions;
  readonly #signals: Signals;
  readonly #occurrences = new Map<string, number>();
  readonly #idle = new Map<Step, Environment[]>();
  #environments = 0;

  constructor(options: InvocationsOptions, signals: Signals) {
    this.#options = options;
    this.#signals = signals;
  }

  /** One invocation: `undefined` where the environment died or ran out of time, `'failed'` where the step threw. */
  run<Result>(
    step: Step,
    forged: boolean,
    run: (environment: Environment) => Promise<Result>,
  ): Promise<Result | 'failed' | undefined> {
    const { scheduler, watch } = this.#options;
    const begun = scheduler.now;
    if (this.throttled.has(step)) {
      this.#signals.throttled(step, begun);
      return Promise.resolve('failed');
    }
    if (this.broken.has(step)) {
      this.#signals.invoked(step, begun, begun, true, undefined);
      return Promise.resolve('failed');
    }
    const environment = this.#idle.get(step)?.pop() ?? this.#start(step);
    Object.assign(environment, { forged, notes: [], acted: false });
    return new Promise((resolve) => {
      let over = false;
      const end = (result: Result | 'failed' | undefined) => {
        if (over) return;
        over = true;
        notInTime();
        environment.onDeath = undefined;
        const { alive, notes } = environment;
        this.#signals.invoked(step, begun, scheduler.now, !alive || result === 'failed', alive ? notes : undefined);
        if (alive) this.#release(environment);
        resolve(result);
      };
      environment.onDeath = () => end(undefined);
      const notInTime = scheduler.after(TIMEOUT_SECONDS[step] * SECOND, () => environment.die());
      run(environment).then(end, (error: Error) => {
        watch.trace(() => `${environment.name} throws ${error.stack}`);
        end('failed');
      });
    });
  }

  #start(step: Step): Environment {
    const { draws, skewMs, plan, scheduler, watch } = this.#options;
    this.#environments += 1;
    const skew = Math.round((draws.fraction('skew') * 2 - 1) * skewMs);
    return new Environment(step, this.#environments, skew, { scheduler, draws, plan, hooks: watch }, this.#occurrences);
  }

  #release(environment: Environment): void {
    const idle = this.#idle.get(environment.step) ?? [];
    idle.push(environment);
    this.#idle.set(environment.step, idle);
  }
}
