/** Row 18: what one call costs when many are due at once: requests counted, CPU time of the steps over a table in memory. */

import { reconcile } from '../../lambdas/reconcile/reconcile.ts';
import { recordingDelete } from '../../lambdas/recording-delete/recording-delete.ts';
import { sweep } from '../../lambdas/sweep/sweep.ts';
import type { BenchContext, Group } from '../group.ts';
import { atMost, interleave, type Measurement, measured, pairedRatios, spread } from '../report/measurement.ts';
import { type GrowthWorld, growthWorld } from './growth-world.ts';

export const growth: Group = { name: 'growth', rows: [18], run };

const SIZES = [10, 100, 1000, 10_000] as const;
/** Requests that every run makes, however little is due, are too many for few calls: growth is told against this size. */
const COMPARED_WITH = 100;

/** For a call. */
interface Cost {
  readonly requests: number;
  readonly microseconds: number;
}

type Step = 'sweep' | 'recording-delete' | 'reconcile';

async function run({ quick, tell }: BenchContext): Promise<readonly Measurement[]> {
  const sizes = quick ? SIZES.slice(0, 2) : SIZES;
  const largest = sizes.at(-1) ?? 0;
  // What the engine learns at first is no growth.
  await runTables(quick ? 100 : 3000, 1);
  tell(`${sizes.join(', ')} calls due at once`);
  const perRound = quick ? 200 : 10_000;
  const round = (size: number) => () => runTables(size, Math.max(1, Math.round(perRound / size)));
  const costs = await interleave(quick ? 1 : 15, Object.fromEntries(sizes.map((size) => [size, round(size)])));
  const compared = quick ? 10 : COMPARED_WITH;
  return (['sweep', 'recording-delete', 'reconcile'] as const).flatMap((step) =>
    (['requests', 'microseconds'] as const).map((kind) => {
      const values = (size: number) => (costs[size] ?? []).map((cost) => cost[step][kind]);
      const text = (size: number) => `${spread(values(size)).median.toFixed(kind === 'requests' ? 3 : 0)}`;
      const unit = kind === 'requests' ? 'requests' : 'µs';
      return measured({
        row: 18,
        of: `${step}, ${unit} a call`,
        baseline: `${text(compared)} at ${compared}`,
        ours: `${text(largest)} at ${largest}`,
        ratio: pairedRatios(values(largest), values(compared)),
        goal: atMost(1.1),
        note: sizes.map((size) => `${size}: ${text(size)}`).join(', '),
      });
    }),
  );
}

/**
 * Tables with so many calls each, whose Twilio copies are due: swept, compared with Twilio's list, deleted.
 *
 * All tables are made before the first is measured. Whatever their size, as many rows lie in memory, and the same number of
 * calls is gone through: neither the processor's caches nor the collection of garbage tell one size from another.
 */
async function runTables(size: number, repeats: number): Promise<{ readonly [step in Step]: Cost }> {
  const calls = size * repeats;
  const worlds = Array.from({ length: repeats }, () => growthWorld(size));
  const measure = async (act: (world: GrowthWorld) => Promise<unknown>): Promise<Cost> => {
    const requests = () => worlds.reduce((sum, world) => sum + world.requests(), 0);
    const earlier = requests();
    const before = process.cpuUsage();
    for (const world of worlds) await act(world);
    const { user, system } = process.cpuUsage(before);
    return { requests: (requests() - earlier) / calls, microseconds: (user + system) / calls };
  };
  const swept = await measure(({ dependencies }) => sweep(dependencies));
  const deletions = new Map(worlds.map((world) => [world, world.takeDeletions()]));
  const queued = worlds.find((world) => deletions.get(world)?.length !== size);
  if (queued) throw new Error(`Of ${size} deletions ${deletions.get(queued)?.length} were queued.`);
  const compared = await measure(({ dependencies }) => reconcile(dependencies));
  const deleted = await measure(async (world) => {
    for (const message of deletions.get(world) ?? []) await recordingDelete(world.dependencies, message);
  });
  const left = worlds.find((world) => world.deleted() !== size);
  if (left) throw new Error(`Of ${size} copies ${left.deleted()} were deleted.`);
  return { sweep: swept, reconcile: compared, 'recording-delete': deleted };
}
