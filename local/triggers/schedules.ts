import { randomUUID } from 'node:crypto';
import type { InvocationResult } from '../lambda/environment.ts';
import { TemplateError } from '../template/assembly.ts';
import type { ScheduleModel } from '../template/model.ts';

export interface SchedulesOptions {
  readonly schedules: readonly ScheduleModel[];
  readonly invoke: (functionId: string, event: unknown) => Promise<InvocationResult>;
  readonly region: string;
  readonly accountId: string;
  /** How many times as fast as the template says; 1 unless somebody is waiting. */
  readonly speed?: number | undefined;
  readonly onProblem: (problem: string) => void;
  readonly now?: () => Date;
}

/**
 * Runs the template's schedules. Each runs once at the beginning, so that work which a stop left behind is taken up,
 * and then at its rate. A run that is due while the last one is still under way is left out.
 */
export function startSchedules(options: SchedulesOptions) {
  const { now = () => new Date() } = options;
  let stopped = false;
  const runs: (() => Promise<void>)[] = [];
  const timers = options.schedules
    .filter(({ enabled }) => enabled)
    .map((schedule) => {
      const milliseconds = intervalMilliseconds(schedule) / (options.speed ?? 1);
      let busy = false;
      const run = async () => {
        if (busy) return;
        busy = true;
        const event = schedule.input ?? scheduledEvent(schedule, options, now());
        const result = await options.invoke(schedule.functionId, event);
        busy = false;
        // What is cut off by a stop runs again at the next start.
        if (!result.ok && !stopped) options.onProblem(`${schedule.logicalId} failed: ${result.error.errorMessage}`);
      };
      runs.push(run);
      void run();
      return setInterval(() => void run(), milliseconds);
    });
  return {
    /** Runs each of them now, but those that are under way. */
    async runAll(): Promise<void> {
      await Promise.all(runs.map((run) => run()));
    },
    /** Runs nothing further. Events under way end by themselves. */
    stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
    },
  };
}

const UNIT_MILLISECONDS: { readonly [unit: string]: number } = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The pause between two runs of `rate(N minutes|hours|days)`. */
export function intervalMilliseconds({ expression, logicalId }: ScheduleModel): number {
  const [, count, unit] = expression.match(/^rate\((\d+) (minute|hour|day)s?\)$/) ?? [];
  const milliseconds = Number(count) * (UNIT_MILLISECONDS[unit ?? ''] ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds > 0) return milliseconds;
  throw new TemplateError(logicalId, `local mode knows schedules of the form rate(5 minutes), not ${expression}.`);
}

function scheduledEvent(schedule: ScheduleModel, { region, accountId }: SchedulesOptions, time: Date): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: accountId,
    time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [schedule.arn],
    detail: {},
  };
}
