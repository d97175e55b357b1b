/** What is killed: environments of functions, and emulators. */
import type { LocalAws } from '../../emulators/aws.ts';
import type { CrashableService } from '../../emulators/emulator-process.ts';
import { type Draws, pauseByChance, pauseUnless } from './draws.ts';
import { killOf, type Rates } from './fault-schedule.ts';

/** Ends environments in the middle of their work, as a crash or a lost host would. */
export function createKiller(
  draws: Draws,
  rates: Rates,
  onKill: (step: string, event: unknown) => void = () => undefined,
) {
  const invocations = new Map<string, number>();
  const kills = new Map<string, number>();
  const pending = new Set<NodeJS.Timeout>();
  let calm = false;
  return {
    /** To be told of each invocation; answers what is to be called when it is through. */
    onInvoke(step: string, kill: () => void, event?: unknown): (() => void) | undefined {
      const n = (invocations.get(step) ?? 0) + 1;
      invocations.set(step, n);
      const milliseconds = calm ? undefined : killOf(draws, rates, step, n);
      if (milliseconds === undefined) return undefined;
      const timer = setTimeout(() => {
        pending.delete(timer);
        kills.set(step, (kills.get(step) ?? 0) + 1);
        onKill(step, event);
        kill();
      }, milliseconds);
      pending.add(timer);
      return () => {
        pending.delete(timer);
        clearTimeout(timer);
      };
    },
    /** Kills by step so far: only those that met an environment at work. */
    counts: (): ReadonlyMap<string, number> => kills,
    /** Kills no further. */
    calm() {
      calm = true;
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}

/** Emulators that keep what they have answered for, also when they are killed. */
const SERVICES: readonly CrashableService[] = ['dynamodb', 's3', 'sqs'];

interface CrashesOptions {
  readonly draws: Draws;
  readonly rates: Rates;
  readonly onCrash: (service: CrashableService) => void;
  /** It serves again. */
  readonly onBack: (service: CrashableService) => void;
  readonly onProblem: (problem: string) => void;
}

/**
 * Kills emulators now and then: the platform's own requests, such as those that read the queues, fail as well.
 *
 * @returns how to end that; resolves once whatever was killed last is back
 */
export function beginCrashes(aws: Pick<LocalAws, 'crash'>, options: CrashesOptions): () => Promise<void> {
  const ending = new AbortController();
  const running = SERVICES.map((service) => crashNowAndThen(aws, service, options, ending.signal));
  return async () => {
    ending.abort();
    await Promise.all(running);
  };
}

async function crashNowAndThen(
  aws: Pick<LocalAws, 'crash'>,
  service: CrashableService,
  { draws, rates, onCrash, onBack, onProblem }: CrashesOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 1; ; n += 1) {
    await pauseUnless(signal, pauseByChance(draws('crash', service, n), rates.secondsBetweenCrashes * 1000));
    if (signal.aborted) return;
    onCrash(service);
    try {
      await aws.crash(service);
      onBack(service);
    } catch (error) {
      return onProblem(`${service} did not come back: ${error instanceof Error ? error.message : error}`);
    }
  }
}
