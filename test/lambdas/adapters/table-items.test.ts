import { fromItem, toItem } from '../../../lambdas/shared/adapters/table-items.ts';
import { callRow, RECORDING, recordingRow } from '../support/fixtures.ts';

const sort = `RECORDING#${RECORDING}`;

test('rows come back as they were', () => {
  for (const row of [callRow(), recordingRow()]) expect(fromItem(toItem(row))).toEqual(row);
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
