/** `recordings import` over the model of Twilio, whatever a filter by time means there: the time of day, or the day alone. */
import { noProgress } from '../../cli/import/ledger.ts';
import { type ListedPage, listAtTwilio, type Position } from '../../cli/import/listing.ts';
import { ImportRun } from '../../cli/import/run.ts';
import { Pace } from '../../cli/place/pace.ts';
import { HOUR, MINUTE } from '../../lambdas/shared/rules/values/instant.ts';
import { NOON } from '../lambdas/support/time.ts';
import { makeWorld } from '../lambdas/support/world.ts';
import { type AtModel, restOverModel } from '../sim/twilio/rest-over-model.ts';

const place = { options: ' --stack sales' };
/** From one evening to the next afternoon. */
const RANGE = { from: NOON - 18 * HOUR, to: NOON + 4 * HOUR };
const WITHIN = [NOON - 17 * HOUR, NOON - 11 * HOUR, NOON - HOUR, NOON, NOON + 3 * HOUR];
const OUTSIDE = [NOON - 30 * HOUR, NOON - 18 * HOUR - MINUTE, NOON + 4 * HOUR, NOON + 20 * HOUR];

const SETTINGS = (['time', 'day'] as const).flatMap((filtersBy) =>
  (['newest-first', 'oldest-first'] as const).map((listOrder) => ({ filtersBy, listOrder, largestPage: 2 })),
);

describe.each(SETTINGS)('where a filter means the $filtersBy and lists are $listOrder', (settings) => {
  let twilio: AtModel;
  let wanted: readonly string[];
  beforeEach(() => {
    twilio = restOverModel(settings);
    for (const at of OUTSIDE) twilio.recorded(at);
    wanted = WITHIN.map((at) => twilio.recorded(at));
  });

  const list = (position?: Position) => {
    const { clock } = makeWorld();
    return listAtTwilio({ twilio: twilio.rest, pace: new Pace(clock, 1000), place }, RANGE, position);
  };

  test('all of the range is found, and nothing else', async () => {
    const found = (await all(list())).map(({ recordingSid }) => recordingSid);
    expect(found.sort()).toEqual([...wanted].sort());
  });

  test('an import that was broken off anywhere goes on with all that is left', async () => {
    const inOrder = [...wanted].reverse();
    for (const [index, recordingSid] of inOrder.entries()) {
      const createdAt = WITHIN.at(-1 - index) ?? 0;
      const left = (await all(list({ createdAt, recordingSids: [recordingSid] }))).map((one) => one.recordingSid);
      expect(left.sort()).toEqual(inOrder.slice(index + 1).sort());
    }
  });

  test('an import that is killed half-way and run again queues each', async () => {
    const world = makeWorld();
    const pace = new Pace(world.clock, 1000);
    let remembered = noProgress(NOON);
    const run = () =>
      new ImportRun(
        {
          ...{ ...world, twilio: twilio.rest, place, pace, accountSid: twilio.accountSid, show: () => undefined },
          remember: (progress) => {
            remembered = progress;
          },
        },
        { deleteAtTwilio: false, wait: false, inFlight: 50 },
        remembered,
      );
    const killed = (async function* () {
      yield* taken(list(), 1);
      throw new Error('killed');
    })();
    await expect(run().run(killed)).rejects.toThrow('killed');
    await run().run(list(remembered.position));
    const queued = new Set(world.copyQueue.contents().map(({ message }) => message.recordingSid));
    expect([...queued].sort()).toEqual([...wanted].sort());
  });
});

async function all(pages: AsyncIterable<ListedPage>) {
  const entries: ListedPage['entries'][number][] = [];
  for await (const page of pages) entries.push(...page.entries);
  return entries;
}

async function* taken(pages: AsyncIterable<ListedPage>, count: number): AsyncGenerator<ListedPage> {
  let left = count;
  for await (const page of pages) {
    if (page.entries.length === 0) continue;
    if (left === 0) return;
    left -= 1;
    yield page;
  }
}
