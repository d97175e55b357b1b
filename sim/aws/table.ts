/**
 * A model of the table, filling the port of the steps.
 *
 * Every operation takes effect at one instant, at the call; only its reply is asynchronous. Rows are frozen on their way
 * in, so that nobody can change what is stored. The index of what is due lags behind by `indexDelayMs`, as a global secondary index may.
 */
import type { Clock, DueCandidate, DueCursor, DuePage, Table } from '../../lambdas/shared/ports.ts';
import { dueShard } from '../../lambdas/shared/rules/due-shard.ts';
import type { Instant } from '../../lambdas/shared/rules/instant.ts';
import type { Row, RowKey, RowOf } from '../../lambdas/shared/rules/rows.ts';

export interface TableModelOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Rows on one page of the index. */
  readonly pageSize?: number;
}

interface IndexEntry {
  readonly shard: string;
  readonly due: Instant;
  readonly candidate: DueCandidate;
}

interface IndexUpdate {
  readonly at: Instant;
  readonly key: string;
  readonly entry: IndexEntry | undefined;
}

export class TableModel implements Table {
  /** How far the index lags behind, in milliseconds; `Infinity` freezes it as it is. */
  indexDelayMs = 0;

  readonly #clock: Pick<Clock, 'now'>;
  readonly #pageSize: number;
  readonly #rows = new Map<string, Row>();
  readonly #index = new Map<string, IndexEntry>();
  #underWay: IndexUpdate[] = [];

  constructor({ clock, pageSize = 100 }: TableModelOptions) {
    this.#clock = clock;
    this.#pageSize = pageSize;
  }

  /** All rows, in the order of their keys: for a judge. */
  rows(): readonly Row[] {
    return [...this.#rows].sort(([a], [b]) => compare(a, b)).map(([, row]) => row);
  }

  async read<Key extends RowKey>(key: Key): Promise<RowOf<Key> | undefined> {
    return this.#rows.get(keyText(key)) as RowOf<Key> | undefined;
  }

  async readCall(callSid: string): Promise<readonly Row[]> {
    return this.rows().filter((row) => row.kind !== 'reconcile' && row.callSid === callSid);
  }

  async write(row: Row, expected: number | undefined): Promise<'written' | 'conflict'> {
    const key = keyText(row);
    if (this.#rows.get(key)?.version !== expected) return 'conflict';
    this.#rows.set(key, frozen(row));
    this.#underWay.push({ at: this.#clock.now(), key, entry: indexEntry(row) });
    return 'written';
  }

  async due(shard: string, until: Instant, cursor?: DueCursor): Promise<DuePage> {
    this.#bringIndexForward();
    const after = cursor as [Instant, string] | undefined;
    const entries = [...this.#index]
      .filter(([, entry]) => entry.shard === shard && entry.due <= until)
      .sort(([a, { due: dueA }], [b, { due: dueB }]) => dueA - dueB || compare(a, b))
      .filter(([key, { due }]) => !after || due > after[0] || (due === after[0] && key > after[1]));
    const page = entries.slice(0, this.#pageSize);
    const last = page.at(-1);
    return {
      candidates: page.map(([, { candidate }]) => candidate),
      // As DynamoDB, which names a next page wherever the limit ended this one, even if nothing follows.
      ...(last && page.length === this.#pageSize && { next: [last[1].due, last[0]] }),
    };
  }

  #bringIndexForward(): void {
    const visible = this.#clock.now() - this.indexDelayMs;
    const arrived = this.#underWay.filter(({ at }) => at <= visible);
    this.#underWay = this.#underWay.filter(({ at }) => at > visible);
    for (const { key, entry } of arrived) {
      if (entry) this.#index.set(key, entry);
      else this.#index.delete(key);
    }
  }
}

function keyText(key: RowKey): string {
  switch (key.kind) {
    case 'call':
      return `${key.callSid} CALL`;
    case 'recording':
      return `${key.callSid} RECORDING#${key.recordingSid}`;
    case 'reconcile':
      return 'SERVICE RECONCILE';
  }
}

function indexEntry(row: Row): IndexEntry | undefined {
  if (row.kind === 'reconcile' || !row.waiting) return undefined;
  const { next, due } = row.waiting;
  const { callSid } = row;
  if (row.kind === 'call') return { shard: dueShard(next, callSid), due, candidate: { next, callSid } };
  const { recordingSid } = row;
  return { shard: dueShard(next, recordingSid), due, candidate: { next, callSid, recordingSid } };
}

function frozen<Value extends object>(value: Value): Value {
  for (const field of Object.values(value)) if (typeof field === 'object' && field !== null) frozen(field);
  return Object.freeze(value);
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
