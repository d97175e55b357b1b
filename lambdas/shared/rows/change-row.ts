/** Changes one row by a pure rule, under optimistic concurrency. */
import type { Clock, Randomness } from '../ports/clock.ts';
import type { Table } from '../ports/table.ts';
import { withPendingEvents } from '../rules/table/events.ts';
import type { Draft, Row, RowKey, RowOf } from '../rules/table/rows.ts';

const ATTEMPTS_MAX = 8;

export interface Change<R> {
  /** The row as it stands now; `undefined` where there is none and the rule made none. */
  readonly row: R | undefined;
  readonly changed: boolean;
}

export interface ChangeDependencies {
  readonly table: Table;
  readonly randomness: Pick<Randomness, 'id'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Reads the row, applies `rule`, writes under the condition that the version is unchanged, and repeats on a conflict.
 *
 * A write whose reply was lost is repeated by the SDK and then fails its own condition: the writer's name in the row
 * tells that it was ours. The same write adds the events of the change to the row.
 *
 * @param rule gets the row or `undefined`; returns the next row, or `undefined` to leave it as it is. It may be called
 *   several times.
 * @throws where the row stays contended; the caller's message is then delivered again.
 */
export async function changeRow<Key extends RowKey>(
  { table, randomness, clock }: ChangeDependencies,
  key: Key,
  rule: (row: RowOf<Key> | undefined) => Draft<RowOf<Key>> | undefined,
): Promise<Change<RowOf<Key>>> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const row = await table.read(key);
    const draft = rule(row);
    if (draft === undefined) return { row, changed: false };
    const version = (row?.version ?? 0) + 1;
    const withEvents = table.addsPendingEvents
      ? withPendingEvents<Draft<Row>>(row, draft as Draft<Row>, version, clock.now())
      : draft;
    const next = { ...withEvents, version, writer: randomness.id() } as unknown as RowOf<Key>;
    if ((await table.write(next as Row, row?.version)) === 'written') return { row: next, changed: true };
    const found = await table.read(key);
    if (found?.writer === next.writer) return { row: found, changed: true };
  }
  throw new Error(`The row stayed contended over ${ATTEMPTS_MAX} attempts.`);
}
