import { flagExtraRecordings } from '../../../../lambdas/shared/rows/extra-recordings.ts';
import { CALL, callRow, callSid, recordingRow, recordingSid } from '../../support/fixtures.ts';
import { NOON } from '../../support/time.ts';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});

const row = (digit: string, notedAt: number) => recordingRow({ recordingSid: recordingSid(digit), notedAt });
const extras = async () =>
  (await world.table.readCall(CALL)).flatMap((one) =>
    one.kind === 'recording' && one.extra ? [one.recordingSid] : [],
  );

test('a single recording is none', async () => {
  await world.given(callRow({ recordingSid: recordingSid('1') }), row('1', NOON));
  await flagExtraRecordings(world, CALL);
  expect(await extras()).toEqual([]);
});

test('every recording but the one that the call names is', async () => {
  await world.given(
    callRow({ recordingSid: recordingSid('2') }),
    row('1', NOON),
    row('2', NOON + 1),
    row('3', NOON + 2),
  );
  await flagExtraRecordings(world, CALL);
  expect(await extras()).toEqual([recordingSid('1'), recordingSid('3')]);
  expect(world.log.counts.ExtraRecording).toBe(2);
});

test('every recording but the oldest is, where the call names none, or is not known', async () => {
  await world.given(row('1', NOON + 5), row('2', NOON));
  await flagExtraRecordings(world, CALL);
  expect(await extras()).toEqual([recordingSid('1')]);
});

test('is flagged, and counted for no alarm, where this recorder never had the call: it was imported', async () => {
  await world.given(row('1', NOON), row('2', NOON + 1), row('3', NOON + 2));
  await flagExtraRecordings(world, CALL);
  expect(await extras()).toHaveLength(2);
  expect(world.log.counts).toEqual({});
});

test('is flagged and told once', async () => {
  await world.given(callRow({ recordingSid: recordingSid('1') }), row('1', NOON), row('2', NOON));
  await flagExtraRecordings(world, CALL);
  await flagExtraRecordings(world, CALL);
  expect(world.log.counts.ExtraRecording).toBe(1);
  expect(world.log.events()).toEqual(['recording_extra']);
});

test('is kept as it is otherwise: it is still to be copied', async () => {
  await world.given(callRow({ recordingSid: recordingSid('1') }), row('1', NOON), row('2', NOON));
  await flagExtraRecordings(world, CALL);
  const {
    version: _version,
    writer: _writer,
    pendingEvents,
    extra,
    ...rest
  } = await world.recording(recordingSid('2'));
  const { version: _before, writer: _first, ...before } = row('2', NOON);
  expect(rest).toEqual(before);
  expect(extra).toBe(true);
  expect(pendingEvents?.map(({ kind }) => kind)).toEqual(['recording-extra']);
});

test('is not one of another call', async () => {
  await world.given(
    callRow(),
    row('1', NOON),
    recordingRow({ callSid: callSid('2'), recordingSid: recordingSid('2') }),
  );
  await flagExtraRecordings(world, CALL);
  expect(world.log.lines).toEqual([]);
});
