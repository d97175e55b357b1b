import { changeRow } from '../../../../lambdas/shared/rows/change-row.ts';
import type { CallRow, Draft } from '../../../../lambdas/shared/rules/table/rows.ts';
import { always, breakPort, nth, Outage } from '../../support/faults.ts';
import { CALL, callRow } from '../../support/fixtures.ts';
import { fc } from '../../support/properties.ts';
import { makeWorld, type World } from '../../support/world.ts';

const KEY = { kind: 'call', callSid: CALL } as const;
const addAttempt = (row: CallRow | undefined): Draft<CallRow> | undefined =>
  row && { ...row, attempts: row.attempts + 1 };

let world: World;
beforeEach(() => {
  world = makeWorld();
});

test('makes a row where there is none', async () => {
  const { row, changed } = await changeRow(world, KEY, (known) => (known ? undefined : callRow()));
  expect(changed).toBe(true);
  expect(row).toMatchObject({ version: 1, writer: 'id-1' });
  expect(await world.call()).toEqual(row);
});

test('counts the versions, and says who wrote', async () => {
  await world.given(callRow({ version: 7 }));
  const { row } = await changeRow(world, KEY, addAttempt);
  expect(row).toMatchObject({ attempts: 1, version: 8, writer: 'id-1' });
});

describe('what a change makes happen', () => {
  const giveUp = (row: CallRow | undefined) => row && { ...row, state: 'unrecordable' as const, reason: 'call-over' };

  test('is noted by the same write', async () => {
    await world.given(callRow({ version: 7 }));
    world.clock.advance(5);
    const { row } = await changeRow(world, KEY, giveUp);
    expect(row?.pendingEvents).toEqual([
      {
        id: `${CALL}:call-unrecordable:8`,
        kind: 'call-unrecordable',
        at: world.clock.now(),
        facts: { reason: 'call-over', attempts: 0 },
      },
    ]);
    expect(await world.call()).toEqual(row);
  });

  test('is judged by the row that is replaced, not by one that was read before a conflict', async () => {
    await world.given(callRow());
    let others = 1;
    await changeRow(world, KEY, (known) => {
      if (others-- > 0 && known)
        void world.table.write({ ...giveUp(known), version: 2, writer: 'other' } as CallRow, 1);
      return giveUp(known);
    });
    expect(await world.call()).not.toHaveProperty('pendingEvents');
  });

  test('is not noted where events are off', async () => {
    await world.given(callRow());
    Object.defineProperty(world.table, 'addsPendingEvents', { value: false });
    const { row } = await changeRow(world, KEY, giveUp);
    expect(row).toMatchObject({ state: 'unrecordable', version: 2 });
    expect(row).not.toHaveProperty('pendingEvents');
  });
});

test('leaves a row alone where the rule says so', async () => {
  await world.given(callRow());
  expect(await changeRow(world, KEY, () => undefined)).toEqual({ row: callRow(), changed: false });
  expect(await changeRow(makeWorld(), KEY, () => undefined)).toEqual({ row: undefined, changed: false });
});

test('applies the rule again to what somebody else has written meanwhile', async () => {
  await world.given(callRow());
  let others = 2;
  const { row } = await changeRow(world, KEY, (known) => {
    if (others > 0 && known) {
      others -= 1;
      void world.table.write({ ...known, attempts: known.attempts + 10, version: known.version + 1 }, known.version);
    }
    return addAttempt(known);
  });
  expect(row).toMatchObject({ attempts: 21, version: 4 });
});

test('does not overwrite what came into being meanwhile', async () => {
  const { row, changed } = await changeRow(world, KEY, (known) => {
    if (!known) void world.table.write(callRow({ state: 'recording' }), undefined);
    return known ? undefined : callRow();
  });
  expect(changed).toBe(false);
  expect(row).toEqual(callRow({ state: 'recording' }));
});

test('knows its own write again, which the client repeated after a lost reply', async () => {
  await world.given(callRow());
  const write = world.table.write.bind(world.table);
  // As the SDK does: the first request takes effect, its reply is lost, the second meets its own condition.
  world.table.write = async (row, expected) => {
    await write(row, expected);
    return write(row, expected);
  };
  let applied = 0;
  const { row, changed } = await changeRow(world, KEY, (known) => {
    applied += 1;
    return addAttempt(known);
  });
  expect({ changed, applied }).toEqual({ changed: true, applied: 1 });
  expect(row).toMatchObject({ attempts: 1, version: 2 });
});

test('gives up on a row that stays contended, without having written', async () => {
  await world.given(callRow());
  await expect(
    changeRow(world, KEY, (known) => {
      if (known) void world.table.write({ ...known, version: known.version + 1, writer: 'other' }, known.version);
      return addAttempt(known);
    }),
  ).rejects.toThrow('contended');
  expect((await world.call()).attempts).toBe(0);
});

test.each(['read', 'write'] as const)('hands on the error of a %s', async (method) => {
  await world.given(callRow());
  breakPort(world.table, method, always);
  await expect(changeRow(world, KEY, addAttempt)).rejects.toThrow(Outage);
});

test('hands on the error of the read after a conflict', async () => {
  await world.given(callRow());
  breakPort(world.table, 'read', nth(2));
  const conflicting = changeRow(world, KEY, (known) => {
    if (known) void world.table.write({ ...known, version: known.version + 1, writer: 'other' }, known.version);
    return addAttempt(known);
  });
  await expect(conflicting).rejects.toThrow(Outage);
});

test('loses no change, however several changes interleave', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, writers) => {
      const shared = makeWorld();
      await shared.given(callRow());
      const table = {
        ...shared,
        table: {
          read: scheduler.scheduleFunction(shared.table.read.bind(shared.table)),
          write: scheduler.scheduleFunction(shared.table.write.bind(shared.table)),
          addsPendingEvents: true,
        } as unknown as World['table'],
      };
      const changes = Promise.all(Array.from({ length: writers }, () => changeRow(table, KEY, addAttempt)));
      await scheduler.waitFor(changes);
      expect(await shared.call()).toMatchObject({ attempts: writers, version: 1 + writers });
    }),
  );
});
