import { fromItem, readPendingEvents, toItem } from '../../../../lambdas/shared/adapters/aws/table-items.ts';
import { CALL, callRow, RECORDING, recordingRow } from '../../support/fixtures.ts';
import { NOON } from '../../support/time.ts';

const sort = `RECORDING#${RECORDING}`;

test('rows come back as they were', () => {
  for (const row of [callRow(), recordingRow()]) expect(fromItem(toItem(row))).toEqual(row);
});

const EVENT = { id: 'x', kind: 'recording-started', at: 1, facts: { startTime: '2026-03-01', at: 5 } } as const;

test('rows with pending events come back as they were, and stand in the index by the oldest', () => {
  const later = { ...EVENT, id: 'y', at: 2 };
  for (const row of [callRow({ pendingEvents: [EVENT] }), recordingRow({ pendingEvents: [EVENT, later] })]) {
    const item = toItem(row);
    expect(fromItem(item)).toEqual(row);
    expect(item).toMatchObject({
      untold: [{ id: 'x' }, ...(row.kind === 'call' ? [] : [{ id: 'y' }])],
      untoldSince: '1970-01-01T00:00:00.001Z',
      untoldShard: 'untold#1',
    });
  }
  expect(toItem(recordingRow())).not.toHaveProperty('untoldShard');
});

test.each([[undefined], [null], ['x'], [[]], [[{ ...EVENT, at: 'x' }, 7]]])(
  'a row whose stored events are %j is none the worse for it',
  (untold) => {
    expect(fromItem({ ...toItem(recordingRow()), untold })).toEqual(recordingRow());
  },
);

test('calls and recordings stand in the index by day, each in partitions of its own', () => {
  const answered = callRow({ answeredAt: NOON, startedAt: NOON + 1 });
  expect(toItem(answered)).toMatchObject({ day: 'C#2026-03-01#1', place: `2026-03-01T12:00:00.000Z#${CALL}` });
  expect(toItem(recordingRow())).toMatchObject({
    day: '2026-03-01#1',
    place: `2026-03-01T12:00:00.000Z#${RECORDING}`,
  });
  const { startedAt: _unknown, ...timeless } = callRow();
  expect(toItem(timeless)).not.toHaveProperty('day');
});

describe('an item that people or older versions have left', () => {
  test.each([undefined, null, 'three', 1.5])('with %p attempts has had none yet: a count can go on', (attempts) => {
    expect(fromItem({ ...toItem(recordingRow()), attempts })).toMatchObject({ attempts: 0 });
    expect(fromItem({ ...toItem(callRow()), attempts })).toMatchObject({ attempts: 0 });
  });

  test('with a due date that is none is refused, and does not wait for nothing', () => {
    expect(() => fromItem({ ...toItem(recordingRow()), due: 'tomorrow' })).toThrow(
      `The table's item ${sort} has a field that is no instant.`,
    );
  });

  test('with another date that is none is refused', () => {
    expect(() => fromItem({ ...toItem(recordingRow()), notedAt: 7 })).toThrow('has a field that is no instant');
  });

  test.each(['kind', 'version', 'writer'])('without its %s is no row of ours', (name) => {
    const { [name]: _dropped, ...item } = toItem(recordingRow());
    expect(() => fromItem(item)).toThrow('is not a row of this version');
  });

  test('without a state is refused', () => {
    const { state: _dropped, ...item } = toItem(callRow());
    expect(() => fromItem(item)).toThrow("The table's item CALL has no state.");
  });
});

test('pending events are read as far as they can be announced', () => {
  const bad = [
    null,
    'x',
    {},
    { ...EVENT, id: 1 },
    { ...EVENT, kind: 'x' },
    { ...EVENT, at: undefined },
    { ...EVENT, facts: 1 },
  ];
  expect(readPendingEvents([...bad, EVENT])).toEqual([EVENT]);
  expect(readPendingEvents(undefined)).toEqual([]);
  expect(readPendingEvents({ 0: EVENT })).toEqual([]);
});
