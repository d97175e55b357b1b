/** Row 18: what one call costs when many are due at once: requests counted, CPU time of the steps over a table in memory. */

import { reconcile } from '../lambdas/reconcile/reconcile.ts';
import { recordingDelete } from '../lambdas/recording-delete/recording-delete.ts';
import { sweep } from '../lambdas/sweep/sweep.ts';
import type { BenchContext, Group } from './group.ts';
import { growthWorld } from './growth-world.ts';
import { atMost, type Measurement, measured, spread } from './measurement.ts';

export const growth: Group = { name: 'growth', rows: [18], run };

const SIZES = [10, 100, 1000, 10_000] as const;
/** Requests that every run makes, however little is due, are too many for few calls: growth is told against this size. */
const COMPARED_WITH = 100;

interface Cost {
  readonly requests: number;
  readonly microseconds: number;
}

type Step = 'sweep' | 'recording-delete' | 'reconcile';

async function run({ quick, tell }: BenchContext): Promise<readonly Measurement[]> {
  const sizes = quick ? SIZES.slice(0, 2) : SIZES;
  const largest = sizes.at(-1) ?? 0;
  const rounds = quick ? 1 : 15;
  // What the engine learns at first is no growth.
  await round(quick ? 100 : 3000);
  const costs = new Map<string, Cost[]>();
  for (let index = 0; index < rounds; index += 1) {
    if (index === 0) tell(`${sizes.join(', ')} calls due at once`);
    for (const size of sizes) {
      // As many calls in all for each size, so that each is measured as long.
      const repeats = Math.max(1, Math.round((quick ? 200 : 10_000) / size));
      const sums = new Map<Step, Cost>();
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        for (const [step, { requests, microseconds }] of await round(size)) {
          const before = sums.get(step) ?? { requests: 0, microseconds: 0 };
          sums.set(step, { requests: before.requests + requests, microseconds: before.microseconds + microseconds });
        }
      }
      for (const [step, sum] of sums) {
        const perCall = size * repeats;
        const key = `${step} ${size}`;
        const cost = { requests: sum.requests / perCall, microseconds: sum.microseconds / perCall };
        costs.set(key, [...(costs.get(key) ?? []), cost]);
      }
    }
  }
  const of = (step: Step, size: number) => costs.get(`${step} ${size}`) ?? [];
  const compared = quick ? 10 : COMPARED_WITH;
  return (['sweep', 'recording-delete', 'reconcile'] as const).flatMap((step) =>
    (['requests', 'microseconds'] as const).map((kind) => {
      const values = (size: number) => of(step, size).map((cost) => cost[kind]);
      const text = (size: number) => `${spread(values(size)).median.toFixed(kind === 'requests' ? 3 : 0)}`;
      const unit = kind === 'requests' ? 'requests' : 'µs';
      const ratios = values(largest).map((value, index) => value / (values(compared)[index] ?? Number.NaN));
      return measured({
        row: 18,
        of: `${step}, ${unit} a call`,
        baseline: `${text(compared)} at ${compared}`,
        ours: `${text(largest)} at ${largest}`,
        ratio: spread(ratios),
        goal: atMost(1.1),
        note: sizes.map((size) => `${size}: ${text(size)}`).join(', '),
      });
    }),
  );
}

/** One table with so many calls whose Twilio copies are due: swept, deleted, and compared with Twilio's list. */
async function round(size: number): Promise<ReadonlyMap<Step, Cost>> {
  const world = growthWorld(size);
  const cost = async (act: () => Promise<unknown>): Promise<Cost> => {
    const requests = world.requests();
    const before = process.cpuUsage();
    await act();
    const { user, system } = process.cpuUsage(before);
    return { requests: world.requests() - requests, microseconds: user + system };
  };
  const swept = await cost(() => sweep(world.dependencies));
  const messages = world.takeDeletions();
  if (messages.length !== size) throw new Error(`Of ${size} deletions ${messages.length} were queued.`);
  const compared = await cost(() => reconcile(world.dependencies));
  const deleted = await cost(async () => {
    for (const message of messages) await recordingDelete(world.dependencies, message);
  });
  if (world.deleted() !== size) throw new Error(`Of ${size} copies ${world.deleted()} were deleted.`);
  return new Map<Step, Cost>([
    ['sweep', swept],
    ['reconcile', compared],
    ['recording-delete', deleted],
  ]);
}
