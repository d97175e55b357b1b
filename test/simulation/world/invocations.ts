/** Lambda: an environment for each invocation, used again afterwards, ended where it dies or runs out of time. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Draws } from '../faults/draws.ts';
import type { FaultPlan } from '../faults/faults.ts';
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
  readonly #options: InvocationsOptions;
  readonly #occurrences = new Map<string, number>();
  readonly #idle = new Map<Step, Environment[]>();
  #environments = 0;

  constructor(options: InvocationsOptions) {
    this.#options = options;
  }

  /** One invocation: `undefined` where the environment died or ran out of time, `'failed'` where the step threw. */
  run<Result>(
    step: Step,
    forged: boolean,
    run: (environment: Environment) => Promise<Result>,
  ): Promise<Result | 'failed' | undefined> {
    const { scheduler, watch } = this.#options;
    const environment = this.#idle.get(step)?.pop() ?? this.#start(step);
    environment.forged = forged;
    return new Promise((resolve) => {
      let over = false;
      const end = (result: Result | 'failed' | undefined) => {
        if (over) return;
        over = true;
        environment.onDeath = undefined;
        if (environment.alive) this.#release(environment);
        resolve(result);
      };
      environment.onDeath = () => end(undefined);
      scheduler.after(TIMEOUT_SECONDS[step] * SECOND, () => {
        if (!over) environment.die();
      });
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
