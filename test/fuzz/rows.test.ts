/** Items of the table as older versions, people and accidents may leave them. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { recordingCopy } from '../../lambdas/recording-copy/recording-copy.ts';
import { recordingDelete } from '../../lambdas/recording-delete/recording-delete.ts';
import { fromItem, toItem } from '../../lambdas/shared/adapters/aws/table-items.ts';
import type { RecordingState } from '../../lambdas/shared/rules/table/row-parts.ts';
import type { CallRow, RecordingRow, Row } from '../../lambdas/shared/rules/table/rows.ts';
import { HOUR } from '../../lambdas/shared/rules/values/instant.ts';
import { sweep } from '../../lambdas/sweep/sweep.ts';
import { CALL, callRow, RECORDING, recordingRow, twilioRecording } from '../lambdas/support/fixtures.ts';
import { fc } from '../lambdas/support/properties.ts';
import { audioOf, NOT_FOUND } from '../lambdas/support/scripted-twilio.ts';
import { NOON } from '../lambdas/support/time.ts';
import { WAV, wavFile } from '../lambdas/support/wav.ts';
import { KEEP_AT_TWILIO_MS, makeWorld } from '../lambdas/support/world.ts';
import { jsonish, text } from './arbitraries.ts';

const instant = fc.integer({ min: 0, max: NOON + 10_000 * HOUR });
const states = fc.constantFrom<RecordingState>(
  ...(['in-progress', 'absent', 'failed', 'completed', 'fallback', 'stored', 'deleting', 'deleted'] as const),
);
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const recordingRows: fc.Arbitrary<RecordingRow> = fc
  .record({
    state: states,
    extra: optional(fc.boolean()),
    source: optional(text),
    channels: optional(fc.nat(2)),
    durationSeconds: optional(fc.nat()),
    startTime: optional(instant),
    waiting: optional(fc.record({ next: fc.constantFrom('copy' as const, 'delete' as const), due: instant })),
    claim: optional(fc.record({ owner: text, until: instant })),
    reason: optional(text),
    completedAt: optional(instant),
    slips: optional(fc.array(text, { minLength: 1, maxLength: 3 })),
    accepted: optional(fc.record({ reason: text, at: instant })),
  })
  .map((over) => recordingRow(withoutUndefined(over) as Partial<RecordingRow>));
const callRows: fc.Arbitrary<CallRow> = fc
  .record({
    state: fc.constantFrom('noted' as const, 'posting' as const, 'recording' as const, 'unrecordable' as const),
    reason: optional(text),
    claim: optional(fc.record({ owner: text, until: instant })),
    attempts: fc.nat(),
  })
  .map((over) => callRow(withoutUndefined(over) as Partial<CallRow>));

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** As it lies in the table: to DynamoDB and back. */
const kept = (row: Row) => unmarshall(marshall(toItem(row), { removeUndefinedValues: true }));

test('every row comes back as it was', () => {
  fc.assert(
    fc.property(fc.oneof<fc.Arbitrary<Row>[]>(recordingRows, callRows), (row) => {
      const { waiting, ...rest } = { waiting: undefined, ...row };
      const expected = waiting === undefined && row.kind === 'recording' ? withoutWaiting(row) : row;
      expect(fromItem(kept(row))).toEqual(expected);
      expect(rest).toBeDefined();
    }),
    { numRuns: 1000 },
  );
});

const withoutWaiting = ({ waiting: _none, ...row }: RecordingRow) => row;

/** An item with fields dropped, or changed to anything. */
const damaged = fc
  .record({
    row: fc.oneof<fc.Arbitrary<Row>[]>(recordingRows, callRows),
    dropped: fc.array(fc.nat(20), { maxLength: 3 }),
    changed: fc.array(fc.tuple(fc.nat(20), jsonish), { maxLength: 3 }),
  })
  .map(({ row, dropped, changed }) => {
    const item = kept(row);
    // Of its keys DynamoDB sees to it that they are there, and are text.
    const names = Object.keys(item).filter((name) => name !== 'callSid' && name !== 'item');
    for (const [place, value] of changed) item[names[place % names.length] ?? 'kind'] = value;
    for (const place of dropped) delete item[names[place % names.length] ?? 'kind'];
    return item;
  });

test('a damaged item is read, or refused with words that say which it is, and nothing else happens', () => {
  const tally = { read: 0, refused: 0 };
  fc.assert(
    fc.property(damaged, (item) => {
      try {
        const row = fromItem(item);
        tally.read += 1;
        expect(['call', 'recording', 'reconcile']).toContain(row.kind);
        expect(Number.isFinite(row.version)).toBe(true);
      } catch (error) {
        tally.refused += 1;
        expect((error as Error).message).toMatch(/^The table's item .*(row of this version|no instant|no state)\.$/s);
      }
    }),
    { numRuns: 2000 },
  );
  expect(tally.read).toBeGreaterThan(200);
  expect(tally.refused).toBeGreaterThan(200);
});

const FILE = wavFile();
const KEY = `recordings/${CALL}/${RECORDING}.wav`;

/** A world in which everything is well with the recording but its row. */
async function worldWith(row: RecordingRow) {
  const world = makeWorld();
  await world.store.put(KEY, audioOf(FILE).bytes, WAV);
  const head = await world.store.head(KEY);
  world.twilio.answer('deleteRecording', { kind: 'deleted' });
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording() });
  world.twilio.answer('openAudio', () => audioOf(FILE));
  world.twilio.answer('startRecording', NOT_FOUND);
  await world.table.write(row, undefined);
  return { world, head };
}

/** The proof of a copy, with some of it missing or wrong. */
const storedish = fc.record(
  {
    bucket: fc.constant('b'),
    key: fc.oneof(fc.constant(KEY), text),
    bytes: fc.oneof(fc.constant(FILE.length), fc.nat(), fc.constant(Number.NaN)),
    checksum: fc.oneof(fc.constant('right'), text),
    storedAt: fc.oneof(instant, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
  },
  { requiredKeys: [] },
);

test('however little is left of a row, nothing is deleted without whole proof that is 24 hours old', async () => {
  await fc.assert(
    fc.asyncProperty(states, optional(storedish), fc.nat(60 * HOUR), async (state, given, age) => {
      const { head } = await worldWith(recordingRow());
      const stored = given && { ...given, ...(given.checksum === 'right' && { checksum: head?.checksum }) };
      const row = { ...recordingRow({ state }), ...(stored && { stored }) } as unknown as RecordingRow;
      const { world } = await worldWith(row);
      world.clock.advance(age);
      const now = world.clock.now();
      // A step that cannot make sense of its row fails: its message comes again, and then lies where it alarms.
      await recordingDelete(world, { callSid: CALL, recordingSid: RECORDING }).catch(() => undefined);
      const proven =
        (state === 'stored' || state === 'deleting') &&
        stored?.key === KEY &&
        stored.bytes === FILE.length &&
        stored.checksum === head?.checksum &&
        now - (stored.storedAt ?? Number.NaN) >= KEEP_AT_TWILIO_MS &&
        now - (head?.lastModified ?? Number.NaN) >= KEEP_AT_TWILIO_MS;
      expect(world.twilio.methods().includes('deleteRecording')).toBe(proven);
    }),
    { numRuns: 1500 },
  );
});

test('a row of an older shape, without what newer ones have, is copied all the same', async () => {
  const fields = fc.subarray([
    'attempts',
    'completedAt',
    'durationSeconds',
    'channels',
    'source',
    'next',
    'due',
  ] as const);
  await fc.assert(
    fc.asyncProperty(fields, fc.constantFrom('completed', 'fallback'), async (missing, state) => {
      const item = kept(recordingRow({ state: state as RecordingState }));
      for (const name of missing) delete item[name];
      const { world } = await worldWith(fromItem(item) as RecordingRow);
      await recordingCopy(world, { callSid: CALL, recordingSid: RECORDING }, 1, 'message');
      expect(await world.recording()).toMatchObject({ state: 'stored', stored: { bytes: FILE.length } });
      // And what it has become can be written.
      expect(fromItem(kept(await world.recording()))).toMatchObject({ state: 'stored' });
    }),
    { numRuns: 50 },
  );
});

test('an older row that cannot be copied yet waits with a pause that can be written', async () => {
  const { attempts: _none, ...item } = kept(recordingRow());
  const { world } = await worldWith(fromItem(item) as RecordingRow);
  world.twilio.answer('openAudio', NOT_FOUND);
  await recordingCopy(world, { callSid: CALL, recordingSid: RECORDING }, 1, 'message');
  expect(fromItem(kept(await world.recording()))).toMatchObject({ state: 'fallback', attempts: 1 });
});

test('a sweep takes what is due, whatever else a row has lost', async () => {
  const { attempts: _none, twilioUrl: _lost, ...row } = recordingRow({ waiting: { next: 'copy', due: NOON - 1 } });
  const { world } = await worldWith(row as RecordingRow);
  await sweep(world);
  expect(world.copyQueue.size).toBe(1);
});
