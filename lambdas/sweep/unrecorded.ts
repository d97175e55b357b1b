/** Measures how long the oldest call that should be recorded has gone unrecorded, for the alarm that no silent failure escapes. */
import { pMapSettled } from 'p-map';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { unrecordedSince } from '../shared/rules/call/call.ts';
import { dueShards } from '../shared/rules/table/due-shard.ts';
import { type Instant, SECOND } from '../shared/rules/values/instant.ts';
import { EVER } from './backlog.ts';

type MeasureDependencies = Pick<StepPorts, 'table' | 'clock' | 'log'>;

/** Rows read concurrently in each partition. */
const AT_ONCE = { concurrency: 10 };

/**
 * Reads a page of each partition, the first to be due. In a healthy hour that is all of them; where there are more, the outage that made
 * them shows in any hundred.
 *
 * @param failures what fails is added here; zero is written only where nothing failed
 */
export async function measureUnrecorded(deps: MeasureDependencies, failures: unknown[]): Promise<void> {
  const shards = [...dueShards('stream'), ...dueShards('start')];
  const found = await Promise.all(shards.map((shard) => unrecordedIn(deps, shard)));
  const failed = found.flatMap((one) => one.failures);
  failures.push(...failed);
  const now = deps.clock.now();
  const oldest = Math.min(now, ...found.flatMap(({ since }) => since));
  if (oldest < now || failed.length === 0) deps.log.measure('OldestUnrecordedSeconds', (now - oldest) / SECOND);
}

async function unrecordedIn({ table, clock }: MeasureDependencies, shard: string) {
  const failures: unknown[] = [];
  const since: Instant[] = [];
  try {
    // A call that is not due, because it is tried again and again, is unrecorded all the same.
    const { candidates } = await table.due(shard, EVER);
    const rows = await pMapSettled(
      candidates,
      // The index may be stale, and has no dates of the call: the row itself tells.
      ({ callSid }) => table.read({ kind: 'call', callSid }),
      AT_ONCE,
    );
    for (const row of rows) {
      if (row.status === 'rejected') failures.push(row.reason);
      else if (row.value) since.push(unrecordedSince(row.value) ?? clock.now());
    }
  } catch (error) {
    failures.push(error);
  }
  return { since, failures };
}
