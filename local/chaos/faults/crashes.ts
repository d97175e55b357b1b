import { setTimeout as pause } from 'node:timers/promises';
import type { CrashableService, LocalAws } from '../../emulators/aws.ts';
import { type Draws, pauseByChance } from './draws.ts';
import type { Rates } from './fault-schedule.ts';

/** Emulators that keep what they have answered for, also when they are killed. */
const SERVICES: readonly CrashableService[] = ['dynamodb', 's3', 'sqs'];

export interface CrashesOptions {
  readonly draws: Draws;
  readonly rates: Rates;
  readonly onCrash: (service: CrashableService) => void;
  readonly onProblem: (problem: string) => void;
}

export interface Crashes {
  /** Ends them; resolves once whatever was killed last is back. */
  calm(): Promise<void>;
}

/** Kills emulators now and then: the platform's own requests, such as those that read the queues, fail as well. */
export function beginCrashes(aws: Pick<LocalAws, 'crash'>, options: CrashesOptions): Crashes {
  const ending = new AbortController();
  const running = SERVICES.map((service) => crashNowAndThen(aws, service, options, ending.signal));
  return {
    async calm() {
      ending.abort();
      await Promise.all(running);
    },
  };
}

async function crashNowAndThen(
  aws: Pick<LocalAws, 'crash'>,
  service: CrashableService,
  { draws, rates, onCrash, onProblem }: CrashesOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 1; ; n += 1) {
    const milliseconds = pauseByChance(draws('crash', service, n), rates.secondsBetweenCrashes * 1000);
    await pause(milliseconds, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    onCrash(service);
    try {
      await aws.crash(service);
    } catch (error) {
      return onProblem(`${service} did not come back: ${error instanceof Error ? error.message : error}`);
    }
  }
}
