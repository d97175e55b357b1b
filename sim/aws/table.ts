/**
 * A model of the table, filling the port of the steps.
 *
 * Every operation takes effect at one instant, at the call; only its reply is asynchronous. Rows are frozen on their way
 * in, so that nobody can change what is stored. The indexes of what is due and of pending events lag behind by `indexDelayMs`, as
 * global secondary indexes may.
 */
import type { Clock } from '../../lambdas/shared/ports/clock.ts';
import type { PartyRemoval } from '../../lambdas/shared/ports/party.ts';
import type {
  DueCandidate,
  DueCursor,
  DuePage,
  EventRowKey,
  PendingEventsPage,
  Table,
} from '../../lambdas/shared/ports/table.ts';
import { dueShard, pendingEventsShard } from '../../lambdas/shared/rules/table/due-shard.ts';
import { isOfService, type Row, type RowKey, type RowOf } from '../../lambdas/shared/rules/table/rows.ts';
import type { Instant } from '../../lambdas/shared/rules/values/instant.ts';

export interface TableModelOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Rows on one page of the index. */
  readonly pageSize?: number;
  /** Whether the rows note events; yes, unless told otherwise. */
  readonly addsPendingEvents?: boolean;
}

/** Where a row stands in an index, and what the index shows of it. */
interface IndexEntry<Shown> {
  readonly shard: string;
  readonly since: Instant;
  readonly shown: Shown;
}

interface IndexUpdate<Shown> {
  readonly at: Instant;
  readonly key: string;
  readonly entry: IndexEntry<Shown> | undefined;
}

/** A sparse global secondary index. */
class Index<Shown> {
  readonly #entries = new Map<string, IndexEntry<Shown>>();
  #underWay: IndexUpdate<Shown>[] = [];

  update(update: IndexUpdate<Shown>): void {
    this.#underWay.push(update);
  }

  /** One page of a shard, as the index stood at `visible`. */
  page(visible: Instant, shard: string, until: Instant, size: number, cursor: DueCursor | undefined) {
    this.#bringForward(visible);
    const after = cursor as [Instant, string] | undefined;
    const entries = [...this.#entries]
      .filter(([, entry]) => entry.shard === shard && entry.since <= until)
      .sort(([a, { since: sinceA }], [b, { since: sinceB }]) => sinceA - sinceB || compare(a, b))
      .filter(([key, { since }]) => !after || since > after[0] || (since === after[0] && key > after[1]));
    const page = entries.slice(0, size);
    const last = page.at(-1);
    return {
      shown: page.map(([, { shown }]) => shown),
      // As DynamoDB, which names a next page wherever the limit ended this one, even if nothing follows.
      ...(last && page.length === size && { next: [last[1].since, last[0]] }),
    };
  }

  #bringForward(visible: Instant): void {
    const arrived = this.#underWay.filter(({ at }) => at <= visible);
    this.#underWay = this.#underWay.filter(({ at }) => at > visible);
    for (const { key, entry } of arrived) {
      if (entry) this.#entries.set(key, entry);
      else this.#entries.delete(key);
    }
  }
}

export class TableModel implements Table, PartyRemoval {
  readonly addsPendingEvents: boolean;
  /** How far the indexes lag behind, in milliseconds; `Infinity` freezes them as they are. */
  indexDelayMs = 0;

  readonly #clock: Pick<Clock, 'now'>;
  readonly #pageSize: number;
  readonly #rows = new Map<string, Row>();
  readonly #dueIndex = new Index<DueCandidate>();
  readonly #pendingEventsIndex = new Index<EventRowKey>();

  constructor({ clock, pageSize = 100, addsPendingEvents = true }: TableModelOptions) {
    this.addsPendingEvents = addsPendingEvents;
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
    return this.rows().filter((row) => !isOfService(row) && row.callSid === callSid);
  }

  async write(row: Row, expected: number | undefined): Promise<'written' | 'conflict'> {
    const key = keyText(row);
    if (this.#rows.get(key)?.version !== expected) return 'conflict';
    this.#rows.set(key, frozen(row));
    const at = this.#clock.now();
    this.#dueIndex.update({ at, key, entry: dueEntry(row) });
    this.#pendingEventsIndex.update({ at, key, entry: pendingEventsEntry(row) });
    return 'written';
  }

  /** As an erasure takes it away. */
  async remove({ party, callSid }: Parameters<PartyRemoval['remove']>[0]): Promise<void> {
    for (const [key, row] of this.#rows) {
      if (row.kind === 'party' && row.party === party && row.call === callSid) this.#rows.delete(key);
    }
  }

  async due(shard: string, until: Instant, cursor?: DueCursor): Promise<DuePage> {
    const { shown, ...rest } = this.#dueIndex.page(this.#visible(), shard, until, this.#pageSize, cursor);
    return { candidates: shown, ...rest };
  }

  async pendingEvents(shard: string, cursor?: DueCursor): Promise<PendingEventsPage> {
    const ever = Number.POSITIVE_INFINITY;
    const { shown, ...rest } = this.#pendingEventsIndex.page(this.#visible(), shard, ever, this.#pageSize, cursor);
    return { keys: shown, ...rest };
  }

  readonly #visible = (): Instant => this.#clock.now() - this.indexDelayMs;
}

export function keyText(key: RowKey): string {
  switch (key.kind) {
    case 'call':
      return `${key.callSid} CALL`;
    case 'recording':
      return `${key.callSid} RECORDING#${key.recordingSid}`;
    case 'hold':
      return `${key.callSid} HOLD`;
    case 'erasure':
      return `${key.callSid} ERASURE#${key.id}`;
    case 'reconcile':
      return 'SERVICE RECONCILE';
    case 'watch':
      return `SERVICE WATCH#${key.at}#${key.id}`;
    case 'party':
      return `PARTY#${key.party} ${key.at}#${key.call}`;
  }
}

function dueEntry(row: Row): IndexEntry<DueCandidate> | undefined {
  if (isOfService(row) || row.kind === 'hold' || !row.waiting) return undefined;
  const { next, due: since } = row.waiting;
  const { callSid } = row;
  if (row.kind === 'call') return { shard: dueShard(next, callSid), since, shown: { next, callSid } };
  if (row.kind === 'erasure')
    return { shard: dueShard(next, callSid), since, shown: { next, callSid, erasure: row.id } };
  const { recordingSid, completedAt } = row;
  const shown = { next, callSid, recordingSid, ...(completedAt !== undefined && { completedAt }) };
  return { shard: dueShard(next, recordingSid), since, shown };
}

function pendingEventsEntry(row: Row): IndexEntry<EventRowKey> | undefined {
  if (isOfService(row) || !row.pendingEvents?.[0]) return undefined;
  const { at: since } = row.pendingEvents[0];
  const { kind, callSid } = row;
  if (kind === 'erasure') return { shard: pendingEventsShard(callSid), since, shown: { kind, callSid, id: row.id } };
  if (kind !== 'recording') return { shard: pendingEventsShard(callSid), since, shown: { kind, callSid } };
  const { recordingSid } = row;
  return { shard: pendingEventsShard(recordingSid), since, shown: { kind, callSid, recordingSid } };
}

function frozen<Value extends object>(value: Value): Value {
  for (const field of Object.values(value)) if (typeof field === 'object' && field !== null) frozen(field);
  return Object.freeze(value);
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
