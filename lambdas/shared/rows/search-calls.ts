/** Finds calls by when they were answered, or began, the newest first. */
import pMap from 'p-map';
import type { PartyIndex } from '../ports/party.ts';
import type { CallIndex, DayEntry, ListedCall } from '../ports/table.ts';
import { type CallEntry, callEntry } from '../rules/call/call-entry.ts';
import { recordingsOf } from '../rules/call/story.ts';
import { beganAt, callShardsOfDay, daysBack, placeInDay, shardsOfDay, startOfDay } from '../rules/table/by-day.ts';
import { partyPartition } from '../rules/table/party.ts';
import { type Instant, toIso } from '../rules/values/instant.ts';

export interface CallSpan {
  readonly from: Instant;
  /** ISO time, or a place in the index; not included. */
  readonly before: string;
}

export interface SearchCalls extends CallSpan {
  readonly limit: number;
  readonly fits: (entry: CallEntry) => boolean;
}

export interface FoundCalls {
  readonly found: readonly CallEntry[];
  /** There may be more, before this place. */
  readonly next?: string;
}

export interface CallsWatch {
  /** Asked after each batch of rows and each day; once it says no, what was found so far is the answer. */
  readonly mayGoOn: () => boolean;
  /** Told of rows that cannot be read; the call is shown without them. */
  readonly onUnreadable: (callSid: string, item: string) => void;
}

/** Where calls stand, the newest first: in partitions that are read side by side. */
interface Stretch {
  /** All its places are behind this one. */
  readonly start: string;
  readonly partitions: readonly string[];
  readonly entriesOf: (partition: string, before: string, limit: number) => Promise<readonly DayEntry[]>;
  /** A call of whose rows this says no is not among them. */
  readonly holds?: (listed: ListedCall) => boolean;
}

/** All calls, day by day. */
export const callsByDay = (index: CallIndex, { from, before }: CallSpan): readonly Stretch[] =>
  daysBack(from, before).map((day) => ({
    start: startOfDay(day),
    partitions: [...callShardsOfDay(day), ...shardsOfDay(day)],
    entriesOf: (shard, before, limit) => index.entriesOfDay({ shard, from: toIso(from), before, limit }),
  }));

/** The calls of one party, whose rows must say the same. */
export const callsOfParty = (parties: PartyIndex, { from }: CallSpan, party: string): readonly Stretch[] => [
  {
    start: toIso(from),
    partitions: [partyPartition(party)],
    entriesOf: (partition, before, limit) => parties.entriesOfParty({ partition, from: toIso(from), before, limit }),
    holds: ({ rows }) => rows.some((row) => row.kind === 'call' && row.party === party),
  },
];

/** Entries of one partition in each request: of 16 partitions, more than most pages take. */
const ENTRIES = 25;
/** Entries whose rows are read before they are looked at, at most. */
const BATCH = 100;
/** Rows read concurrently. */
const AT_ONCE = { concurrency: 20 };

/**
 * A call stands in the index by its own row and by each of its recordings, in partitions of their own. It is shown at one place alone:
 * that of its row, or of its oldest recording where the row has none. So it appears once, whichever way the pages are cut.
 */
export async function searchCalls(
  index: Pick<CallIndex, 'readListed'>,
  stretches: readonly Stretch[],
  { from, before, limit, fits }: SearchCalls,
  { mayGoOn, onUnreadable }: CallsWatch,
): Promise<FoundCalls> {
  const found: CallEntry[] = [];
  const known = new Map<string, ListedCall>();
  for (const stretch of stretches) {
    const { start, holds } = stretch;
    const entries = newestFirst(stretch, before);
    for (;;) {
      // A call has two entries as a rule.
      const batch = await take(entries, Math.min(BATCH, 2 * (limit - found.length) + 2));
      const last = batch.at(-1);
      if (!last) break;
      await readInto(known, index, batch, onUnreadable);
      for (const { callSid, place } of batch) {
        const listed = known.get(callSid);
        if (!listed || place !== placeOf(listed) || holds?.(listed) === false) continue;
        const entry = callEntry(callSid, listed.rows);
        if (!entry || !fits(entry)) continue;
        found.push(entry);
        if (found.length === limit) return { found, next: place };
      }
      if (!mayGoOn()) return { found, next: last.place };
    }
    // Behind the last one there is nothing to go on with.
    if (start > toIso(from) && !mayGoOn()) return { found, next: start };
  }
  return { found };
}

async function readInto(
  known: Map<string, ListedCall>,
  index: Pick<CallIndex, 'readListed'>,
  batch: readonly DayEntry[],
  onUnreadable: CallsWatch['onUnreadable'],
): Promise<void> {
  const unread = [...new Set(batch.map(({ callSid }) => callSid))].filter((callSid) => !known.has(callSid));
  await pMap(
    unread,
    async (callSid) => {
      const listed = await index.readListed(callSid);
      for (const item of listed.unreadable) onUnreadable(callSid, item);
      known.set(callSid, listed);
    },
    AT_ONCE,
  );
}

/** Where a call is shown. */
function placeOf({ place, rows }: ListedCall): string | undefined {
  if (place !== undefined) return place;
  const places = recordingsOf(rows).map((row) => placeInDay(beganAt(row), row.recordingSid));
  return places.sort()[0];
}

/** Merges the partitions, each of which is read in pages. */
async function* newestFirst({ partitions, entriesOf }: Stretch, before: string): AsyncGenerator<DayEntry, void> {
  const parts = partitions.map((partition) => ({ partition, before, ahead: [] as DayEntry[], isEnd: false }));
  for (;;) {
    const empty = parts.filter(({ ahead, isEnd }) => ahead.length === 0 && !isEnd);
    await Promise.all(
      empty.map(async (part) => {
        const page = await entriesOf(part.partition, part.before, ENTRIES);
        part.ahead = [...page];
        part.isEnd = page.length < ENTRIES;
        part.before = page.at(-1)?.place ?? part.before;
      }),
    );
    const [newest] = parts
      .filter(({ ahead }) => ahead.length > 0)
      .sort((one, other) => (placeAhead(one) < placeAhead(other) ? 1 : -1));
    const entry = newest?.ahead.shift();
    if (!entry) return;
    yield entry;
  }
}

const placeAhead = ({ ahead }: { readonly ahead: readonly DayEntry[] }): string => ahead[0]?.place ?? '';

/** The next few of `entries`; fewer at their end. */
async function take<Value>(entries: AsyncGenerator<Value, void>, count: number): Promise<Value[]> {
  const taken: Value[] = [];
  while (taken.length < count) {
    const { value, done } = await entries.next();
    if (done) break;
    taken.push(value as Value);
  }
  return taken;
}
