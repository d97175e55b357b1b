/** The import over models of table, queue and Twilio: its order, its pace, its memory, and what can go wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImportProgress, noProgress, settledCount } from '../../cli/import/ledger.ts';
import { listAtTwilio } from '../../cli/import/listing.ts';
import { forgetImport, recallImport, rememberImport } from '../../cli/import/memory.ts';
import { reportAsJson, reportAsText } from '../../cli/import/report.ts';
import { ImportRun } from '../../cli/import/run.ts';
import { survey } from '../../cli/import/survey.ts';
import { Pace } from '../../cli/place/pace.ts';
import type { PassedOver, TwilioRecording } from '../../lambdas/shared/ports/twilio.ts';
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';
import { HOUR, SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import { ACCOUNT, callSid, recordingRow, recordingSid, twilioRecording } from '../lambdas/support/fixtures.ts';
import { SERVER_ERROR, TOO_MANY, UNAUTHORIZED } from '../lambdas/support/scripted-twilio.ts';
import { NOON } from '../lambdas/support/time.ts';
import { makeWorld, type World } from '../lambdas/support/world.ts';
import { temporaryDirectory } from '../local/support.ts';

const RANGE = { from: NOON - 24 * HOUR, to: NOON };
const PAGE = 3;
const place = { options: ' --stack sales' };
let world: World;
let remembered: ImportProgress | undefined;
let shown: number[];
beforeEach(() => {
  world = makeWorld();
  remembered = undefined;
  shown = [];
});

/** The `index`-th newest, an hour older each, unless `over` says otherwise. */
const recorded = (index: number, over: Partial<TwilioRecording> = {}): TwilioRecording =>
  twilioRecording({
    callSid: callSid(index.toString(16)),
    recordingSid: recordingSid(index.toString(16)),
    createdAt: NOON - (index + 1) * HOUR,
    ...over,
  });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => recorded(index));

/** Twilio lists these, newest first, in pages of three, from and up to whole seconds, both included. */
function lists(recordings: readonly TwilioRecording[], passedOver: readonly PassedOver[] = []): void {
  world.twilio.answer('recordingsSince', (from, page, until = Number.POSITIVE_INFINITY) => {
    const inTime = ({ createdAt = 0 }: { createdAt?: number }) =>
      createdAt >= from && Math.floor(createdAt / SECOND) <= Math.floor(until / SECOND);
    const matching = recordings.filter(inTime);
    const start = Number(page ?? 0);
    const over = start === 0 ? passedOver.filter(inTime) : [];
    return {
      kind: 'page',
      recordings: matching.slice(start, start + PAGE),
      unreadable: over.length,
      ...(over.length > 0 && { passedOver: over }),
      ...(start + PAGE < matching.length && { next: String(start + PAGE) }),
    };
  });
}

interface Started {
  readonly deleteAtTwilio?: boolean;
  readonly wait?: boolean;
  readonly inFlight?: number;
  readonly perSecond?: number;
  readonly progress?: ImportProgress;
}

function start(options: Started = {}): Promise<ImportProgress> {
  const { deleteAtTwilio = false, wait = true, inFlight = 50, perSecond = 1000, progress } = options;
  const pace = new Pace(world.clock, perSecond);
  const begun = progress ?? noProgress(world.clock.now());
  const deps = {
    ...{ ...world, place, pace, accountSid: ACCOUNT, show: (settled: number) => void shown.push(settled) },
    remember: (reached: ImportProgress) => {
      remembered = reached;
    },
  };
  const pages = listAtTwilio({ ...world, pace, place }, RANGE, begun.position);
  return new ImportRun(deps, { deleteAtTwilio, wait, inFlight }, begun).run(pages);
}

/** What `recording-copy` would do with the queue's messages, whenever more than a moment passes. */
function copies(outcome: (row: RecordingRow) => Partial<RecordingRow> | undefined = () => ({ state: 'stored' })): void {
  const { clock } = world;
  const sleep = clock.sleep.bind(clock);
  clock.sleep = async (milliseconds) => {
    await sleep(milliseconds);
    if (milliseconds < 100) return;
    for (const row of world.table.rows()) {
      if (row.kind !== 'recording' || (row.state !== 'completed' && row.state !== 'fallback')) continue;
      const change = outcome(row);
      if (change) await world.table.write({ ...row, ...change, version: row.version + 1 }, row.version);
    }
  };
}

const sent = () => world.copyQueue.contents().map(({ message }) => message.recordingSid);
const counts = (over: Partial<ImportProgress['counts']>) => ({
  ...noProgress(0).counts,
  ...over,
});

test('a list whose next page is named in a way that cannot be read ends the import, after what it has', async () => {
  world.twilio.answer('recordingsSince', { kind: 'page', recordings: numbered(2), unreadable: 0, isCut: true });
  copies();
  await expect(start()).rejects.toThrow("Twilio's list goes on, but does not say where. Try again later.");
  expect(new Set(sent()).size).toBe(2);
});

describe('an import', () => {
  test('notes each recording, sends for its copy, and ends when all are stored', async () => {
    lists(numbered(7));
    copies();
    const end = await start();
    expect(end).toMatchObject({ counts: counts({ stored: 7 }), left: [] });
    expect(world.table.rows()).toHaveLength(7);
    expect(new Set(sent()).size).toBe(7);
    expect(shown.at(-1)).toBe(7);
  });

  test.each([
    [false, 'other'],
    [true, 'recorder'],
  ])('with deletion at Twilio %s: they are made by %s', async (deleteAtTwilio, madeBy) => {
    lists(numbered(1));
    copies();
    await start({ deleteAtTwilio });
    expect(await world.recording(recordingSid('0'), callSid('0'))).toMatchObject({ madeBy, source: expect.anything() });
  });

  test('makes those its own that were imported to be kept, once it is told to', async () => {
    const stored = recordingRow({ ...recorded(0), state: 'stored', madeBy: 'other', notedAt: NOON - HOUR });
    const { waiting: _none, ...row } = stored;
    await world.given(row);
    lists(numbered(1));
    expect(await start({ deleteAtTwilio: true })).toMatchObject({ counts: counts({ known: 1 }) });
    expect(await world.recording(recordingSid('0'), callSid('0'))).toMatchObject({
      madeBy: 'recorder',
      waiting: { next: 'delete' },
    });
  });

  test('passes over what is stored, and what has no audio', async () => {
    await world.given(recordingRow({ ...recorded(0), state: 'stored', notedAt: NOON - HOUR }));
    lists([recorded(0), recorded(1, { status: 'absent' }), recorded(2, { status: 'failed' })]);
    expect(await start()).toMatchObject({ counts: counts({ known: 1, 'no-audio': 2 }), left: [] });
    expect(sent()).toEqual([]);
  });

  test('names what is left at Twilio, and why', async () => {
    const over = { createdAt: NOON - HOUR };
    lists(
      [recorded(1, { status: 'in-progress' }), recorded(2, { status: 'processing' })],
      [
        { ...over, recordingSid: recordingSid('a'), why: 'no-call' },
        { ...over, recordingSid: recordingSid('b'), why: 'unreadable' },
      ],
    );
    const { left } = await start();
    expect(left).toEqual([
      { recordingSid: recordingSid('a'), why: 'no-call' },
      { recordingSid: recordingSid('b'), why: 'unreadable' },
      { recordingSid: recordingSid('1'), callSid: callSid('1'), why: 'not-completed', reason: 'in-progress' },
      { recordingSid: recordingSid('2'), callSid: callSid('2'), why: 'not-completed', reason: 'processing' },
    ]);
    expect(world.table.rows()).toEqual([]);
  });

  test('takes the range as it was given: its end belongs to the next', async () => {
    lists([
      recorded(0, { createdAt: RANGE.to }),
      recorded(1, { createdAt: RANGE.to - SECOND }),
      recorded(2, { createdAt: RANGE.from }),
      recorded(3, { createdAt: RANGE.from - SECOND }),
    ]);
    copies();
    await start();
    expect(world.table.rows()).toMatchObject([
      { recordingSid: recordingSid('1') },
      { recordingSid: recordingSid('2') },
    ]);
  });

  test('without waiting ends when the last is queued', async () => {
    lists(numbered(7));
    expect(await start({ wait: false })).toMatchObject({ counts: counts({ queued: 7 }) });
    expect(sent()).toHaveLength(7);
  });
});

describe('its pace', () => {
  test('keeps no more recordings queued than it may, with and without waiting', async () => {
    lists(numbered(15));
    let most = 0;
    copies((row) => {
      const open = world.table.rows().filter((one) => one.kind === 'recording' && one.state === 'completed').length;
      most = Math.max(most, open);
      return { state: 'stored', ...(row.claim && { claim: row.claim }) };
    });
    await start({ inFlight: 4, wait: false });
    expect(world.table.rows()).toHaveLength(15);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('does not wait for its slowest recording before it begins others', async () => {
    lists(numbered(12));
    const { table } = world;
    const write = table.write.bind(table);
    const othersAreWritten = Promise.withResolvers<void>();
    table.write = async (row, version) => {
      if (row.kind === 'recording' && row.recordingSid === recordingSid('0')) await othersAreWritten.promise;
      const written = await write(row, version);
      if (world.table.rows().length === 11) othersAreWritten.resolve();
      return written;
    };
    expect(await start({ wait: false })).toMatchObject({ counts: counts({ queued: 12 }) });
  });

  test('begins no more a second than it may', async () => {
    lists(numbered(10));
    copies();
    const begun = world.clock.now();
    await start({ perSecond: 2, wait: false });
    // Ten recordings and four pages.
    expect(world.clock.now() - begun).toBeGreaterThanOrEqual(6.5 * SECOND);
  });

  test('waits longer and longer while Twilio answers 429, and repeats the page', async () => {
    const page = { kind: 'page', recordings: [], unreadable: 0 } as const;
    world.twilio.answer('recordingsSince', TOO_MANY, TOO_MANY, SERVER_ERROR, TOO_MANY, page);
    await start();
    const times = world.twilio.timesOf('recordingsSince').map((at) => (at - NOON) / SECOND);
    expect(times).toEqual([0, 1, 3, 7, 15]);
  });

  test('is slowed down too where it is the copies that Twilio answers 429', async () => {
    lists(numbered(6));
    copies((row) =>
      row.attempts === 0
        ? { state: 'fallback', attempts: 1, reason: 'audio: status 429 code 20429' }
        : { state: 'stored' },
    );
    const begun = world.clock.now();
    expect(await start({ inFlight: 3 })).toMatchObject({ counts: counts({ stored: 6 }) });
    expect(world.clock.now() - begun).toBeGreaterThan(4 * SECOND);
  });
});

describe('it gives up', () => {
  test.each([
    [
      'at once where Twilio refuses',
      UNAUTHORIZED,
      /status 401.*"npm run recorder -- credentials check --stack sales".*continues from here/,
      1,
    ],
    ['after minutes where Twilio does not answer', SERVER_ERROR, /status 503.*Try again later/, 9],
  ])('%s', async (_, refusal, message, requests) => {
    world.twilio.answer('recordingsSince', refusal);
    await expect(start()).rejects.toThrow(message);
    expect(world.twilio.requests).toHaveLength(requests);
  });

  test('a copy that keeps failing, names it, and takes the others', async () => {
    lists(numbered(3));
    copies((row) =>
      row.recordingSid === recordingSid('1')
        ? { state: 'fallback', attempts: row.attempts + 1, reason: 'error: AccessDenied' }
        : { state: 'stored' },
    );
    expect(await start()).toMatchObject({
      counts: counts({ stored: 2 }),
      left: [
        { recordingSid: recordingSid('1'), callSid: callSid('1'), why: 'fallback', reason: 'error: AccessDenied' },
      ],
    });
  });

  test('and gives one that failed before as many attempts as any', async () => {
    await world.given(recordingRow({ ...recorded(0), state: 'fallback', attempts: 20 }));
    lists(numbered(1));
    let looks = 0;
    copies(() => {
      looks += 1;
      return looks < 3 ? undefined : { state: 'stored' };
    });
    expect(await start()).toMatchObject({ counts: counts({ stored: 1 }), left: [] });
  });

  test('where nothing is copied at all', async () => {
    lists(numbered(2));
    await expect(start()).rejects.toThrow(
      /Nothing was copied for 15 minutes: run "npm run recorder -- doctor --stack sales"/,
    );
    expect(remembered).toMatchObject({ counts: counts({}) });
  });

  test('but not while a long recording is being copied', async () => {
    lists(numbered(1));
    const begun = world.clock.now();
    copies(() => {
      const now = world.clock.now();
      if (now - begun > HOUR) return { state: 'stored' };
      return { claim: { owner: 'copier', until: now + SECOND } };
    });
    expect(await start()).toMatchObject({ counts: counts({ stored: 1 }) });
  });
});

describe('a run that was broken off', () => {
  /** Breaks off at the `request`-th request to the table. */
  function breakOff(request: number): void {
    const { table } = world;
    const write = table.write.bind(table);
    let requests = 0;
    table.write = async (...args) => {
      requests += 1;
      if (requests === request) throw new Error('killed');
      return write(...args);
    };
  }

  test.each([1, 4, 9, 12])('at write %i goes on, and counts all as its own', async (request) => {
    const recordings = numbered(12).map((one, index) => ({
      ...one,
      createdAt: NOON - Math.ceil((index + 1) / 5) * HOUR,
    }));
    lists(recordings);
    copies();
    breakOff(request);
    await expect(start({ inFlight: 2 })).rejects.toThrow('killed');
    world.clock.advance(HOUR);
    const progress = JSON.parse(JSON.stringify(remembered));
    const end = await start({ inFlight: 8, progress });
    expect(end).toMatchObject({ counts: counts({ stored: 12 }), left: [] });
    expect(world.table.rows()).toHaveLength(12);
  });

  test('does not look again at what is settled', async () => {
    lists(numbered(12));
    copies();
    breakOff(12);
    await expect(start({ inFlight: 1 })).rejects.toThrow('killed');
    const before = settledCount(remembered ?? noProgress(0));
    expect(before).toBeGreaterThan(0);
    world.copyQueue = makeWorld().copyQueue;
    await start({ progress: remembered ?? noProgress(0) });
    expect(sent().length).toBeLessThanOrEqual(12 - before);
  });

  test('remembers nothing that a list in another order would pass over', async () => {
    const [first, second, third, ...rest] = numbered(6);
    lists([third, first, second, ...rest].filter((one) => one !== undefined).toReversed());
    copies();
    const end = await start();
    expect(settledCount(end)).toBe(6);
    expect(settledCount(remembered ?? noProgress(0))).toBeLessThan(6);
  });
});

describe('its memory', () => {
  const file = join(temporaryDirectory(), 'deep', 'imports.json');
  test('keeps imports apart, and forgets', () => {
    const progress = { ...noProgress(NOON), position: { createdAt: NOON, recordingSids: [recordingSid('1')] } };
    expect(recallImport(file, 'a')).toBeUndefined();
    rememberImport(file, 'a', progress);
    rememberImport(file, 'b', noProgress(1));
    expect(recallImport(file, 'a')).toEqual(progress);
    forgetImport(file, 'a');
    forgetImport(file, 'never');
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toEqual(['b']);
  });
  test('that cannot be read says what to do', () => {
    writeFileSync(file, '{');
    expect(() => recallImport(file, 'a')).toThrow(
      /cannot be read.*out of the way: "mv \S+imports.json \S+imports.json.old"/,
    );
  });
});

test('the survey counts without changing anything', async () => {
  await world.given(recordingRow({ ...recorded(0), state: 'stored', stored: storedAudio() }));
  lists(
    [
      recorded(0),
      recorded(1, { durationSeconds: 90 }),
      recorded(2, { status: 'absent' }),
      recorded(3, { status: 'paused' }),
    ],
    [{ createdAt: NOON - HOUR, recordingSid: recordingSid('a'), why: 'no-call' }],
  );
  const pace = new Pace(world.clock, 1000);
  const found = await survey(listAtTwilio({ ...world, pace, place }, RANGE, undefined), world.table, () => undefined);
  expect(found).toEqual({
    ...{ count: 5, toCopy: 1, known: 1, noAudio: 1, notCompleted: 1, noCall: 1, unreadable: 0, unnamed: 0 },
    seconds: 90,
  });
  expect(world.table.rows()).toHaveLength(1);
});

test('the report names twenty of what was left, and all of it as JSON', () => {
  const left = Array.from({ length: 25 }, (_, index) => ({ recordingSid: `RE${index}`, why: 'no-call' as const }));
  const progress = { ...noProgress(NOON), counts: counts({ stored: 3, queued: 1 }), left, unnamed: 2 };
  const report = { accountSid: ACCOUNT, ...RANGE, deleteAtTwilio: false, resumed: true, progress };
  const text = reportAsText(report, '"list"');
  expect(text).toMatch(/^29 recordings of ACa+, created from 2026-02-28T12:00:00.000Z up to .* \(continued\):/);
  expect(text).toMatch(/27 left at Twilio only\n {4}RE0: it belongs to no call/);
  expect(text).toMatch(/RE19.*\n.*… and 5 more: --json names them all\n {4}2 entries/);
  expect(reportAsJson(report)).toMatchObject({
    found: 29,
    stored: 3,
    queued: 1,
    known: 0,
    withoutAudio: 0,
    left,
    unnamed: 2,
  });
});

function storedAudio() {
  const audio = { bucket: 'b', key: 'k', bytes: 1, checksum: 'c', contentType: 'audio/x-wav' };
  return { ...audio, storedAt: NOON };
}
