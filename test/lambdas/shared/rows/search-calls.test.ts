/** Searches by day over an index in memory, whose entries are those that the adapter gives the rows. */
import fc from 'fast-check';
import { toItem } from '../../../../lambdas/shared/adapters/aws/table-items.ts';
import type { CallIndex, DayEntry } from '../../../../lambdas/shared/ports/table.ts';
import { callsByDay, searchCalls } from '../../../../lambdas/shared/rows/search-calls.ts';
import type { CallRow, RecordingRow } from '../../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, toIso } from '../../../../lambdas/shared/rules/values/instant.ts';
import { callRow, recordingRow } from '../../support/fixtures.ts';
import { NOON } from '../../support/time.ts';

interface Known {
  readonly call?: CallRow | undefined;
  /** Written before calls had entries of their own. */
  readonly isOld?: boolean;
  readonly recordings: readonly RecordingRow[];
}

class IndexInMemory implements CallIndex {
  queries = 0;
  reads: string[] = [];
  unreadable: readonly string[] = [];
  readonly #calls: readonly Known[];

  constructor(calls: readonly Known[]) {
    this.#calls = calls;
  }

  async entriesOfDay({ shard, from, before, limit }: Parameters<CallIndex['entriesOfDay']>[0]) {
    this.queries += 1;
    return this.#calls
      .flatMap(({ call, isOld, recordings }) => [...(call && !isOld ? [call] : []), ...recordings])
      .map(toItem)
      .filter(({ day, place }) => day === shard && String(place) >= from && String(place) < before)
      .map((item): DayEntry => ({ callSid: String(item.callSid), place: String(item.place) }))
      .sort((one, other) => (one.place < other.place ? 1 : -1))
      .slice(0, limit);
  }

  async readListed(callSid: string) {
    this.reads.push(callSid);
    const known = this.#calls.find(({ call, recordings }) => (call ?? recordings[0])?.callSid === callSid);
    const { call, isOld, recordings = [] } = known ?? {};
    const place = call && !isOld ? String(toItem(call).place) : undefined;
    return { rows: [...(call ? [call] : []), ...recordings], place, unreadable: this.unreadable };
  }
}

const sid = (prefix: string, number: number) => prefix + number.toString(16).padStart(32, '0');
const at = (hours: number) => NOON - hours * HOUR;

/** The `number`-th call, answered so many hours before noon, recorded two seconds later. */
const call = (number: number, hours: number, over: Partial<Known> = {}): Known => {
  const callSid = sid('CA', number);
  const own = { callSid, recordingSid: sid('RE', number), startTime: at(hours) + 2000 };
  return { call: callRow({ callSid, answeredAt: at(hours) }), recordings: [recordingRow(own)], ...over };
};

const WATCH = { mayGoOn: () => true, onUnreadable: () => undefined };

async function allPages(
  index: CallIndex,
  limit: number,
  watch = WATCH,
  fits: (callSid: string) => boolean = () => true,
) {
  const pages: string[][] = [];
  let before = toIso(NOON + HOUR);
  for (;;) {
    const asked = { from: at(72), before, limit, fits: (entry: { callSid: string }) => fits(entry.callSid) };
    const { found, next } = await searchCalls(index, callsByDay(index, asked), asked, watch);
    pages.push(found.map(({ callSid }) => callSid));
    if (next === undefined) return pages;
    expect(next < before).toBe(true);
    before = next;
  }
}

test('has each call once, the newest first, whichever way the pages are cut', async () => {
  const kind = fc.constantFrom('called', 'old', 'without a row', 'without a recording', 'twice recorded');
  const calls = fc.array(fc.tuple(kind, fc.integer({ min: 0, max: 70 * 3600 })), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: 1, max: 30 }), async (drawn, limit) => {
      const known = drawn.map(([what, seconds], number): Known => {
        const made = call(number, seconds / 3600);
        const [first] = made.recordings;
        if (what === 'old') return { ...made, isOld: true };
        if (what === 'without a row') return { recordings: made.recordings };
        if (what === 'without a recording' || !first) return { call: made.call, recordings: [] };
        if (what === 'called') return made;
        const second = { ...first, recordingSid: sid('RE', 1000 + number), startTime: at(seconds / 3600) + HOUR / 2 };
        return { ...made, recordings: [first, second] };
      });
      const pages = await allPages(new IndexInMemory(known), limit);
      expect(pages.flat().sort()).toEqual(known.map((_, number) => sid('CA', number)).sort());
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
      // Second to second: calls of one second have no order that matters.
      const began = pages.flat().map((callSid) => drawn[Number.parseInt(callSid.slice(2), 16)]?.[1] ?? 0);
      const slack = 2;
      began.forEach((seconds, position) => {
        if (position > 0) expect(seconds).toBeGreaterThanOrEqual((began[position - 1] ?? 0) - slack);
      });
    }),
    { numRuns: 60 },
  );
});

test('a call that is older than these entries is shown by the oldest of its recordings', async () => {
  const old = call(1, 1, { isOld: true });
  const [first] = old.recordings;
  const later = first && { ...first, recordingSid: sid('RE', 7), startTime: at(0.5) };
  const index = new IndexInMemory([{ ...old, recordings: later ? [later, ...old.recordings] : [] }, call(2, 0.75)]);
  expect(await allPages(index, 10)).toEqual([[sid('CA', 2), sid('CA', 1)]]);
});

test('reads the rows of a call once, though it stands in the index twice', async () => {
  const index = new IndexInMemory([call(1, 1), call(2, 2), call(3, 30)]);
  expect(await allPages(index, 50)).toEqual([[1, 2, 3].map((number) => sid('CA', number))]);
  expect(index.reads.sort()).toEqual([1, 2, 3].map((number) => sid('CA', number)));
});

test('asks for a page of a full day no more often than for one of a quiet day', async () => {
  const many = Array.from({ length: 3000 }, (_, number) => call(number, 1 + number / 300));
  const queriesFor = async (calls: readonly Known[]) => {
    const index = new IndexInMemory(calls);
    const asked = { from: at(72), before: toIso(NOON), limit: 50, fits: () => true };
    await searchCalls(index, callsByDay(index, asked), asked, WATCH);
    return [index.queries, index.reads.length];
  };
  expect(await queriesFor(many)).toEqual(await queriesFor(many.slice(0, 60)));
});

test('a filter that fits little goes on to the next batch of rows', async () => {
  const many = Array.from({ length: 400 }, (_, number) => call(number, 1 + number / 100));
  const rare = (callSid: string) => Number.parseInt(callSid.slice(2), 16) % 100 === 99;
  const pages = await allPages(new IndexInMemory(many), 3, WATCH, rare);
  expect(pages).toEqual([[99, 199, 299].map((number) => sid('CA', number)), [sid('CA', 399)]]);
});

test('ends with what it has found once it may not go on, and continues from there', async () => {
  const many = Array.from({ length: 90 }, (_, number) => call(number, 1 + number));
  let asked = 0;
  const watch = { ...WATCH, mayGoOn: () => ++asked % 2 === 0 };
  const pages = await allPages(new IndexInMemory(many.slice(0, 70)), 200, watch);
  expect(pages.length).toBeGreaterThan(2);
  expect(pages.flat()).toEqual(many.slice(0, 70).map((_, number) => sid('CA', number)));
});

test('tells of rows that cannot be read, and shows the call without them', async () => {
  const index = new IndexInMemory([call(1, 1)]);
  index.unreadable = ['RECORDING#x'];
  const told: string[][] = [];
  const watch = { ...WATCH, onUnreadable: (...of: string[]) => void told.push(of) };
  expect(await allPages(index, 5, watch)).toEqual([[sid('CA', 1)]]);
  expect(told).toEqual([[sid('CA', 1), 'RECORDING#x']]);
});
