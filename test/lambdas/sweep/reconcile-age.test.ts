import { HOUR, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { sweep } from '../../../lambdas/sweep/sweep.ts';
import { breakPort } from '../support/faults.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
const memory = { kind: 'reconcile', checkedUntil: NOON, version: 1, writer: 'fixture' } as const;

test('a comparison that has never come about is counted from the first sweep on', async () => {
  for (const pause of [0, 40 * MINUTE, 4 * HOUR]) {
    world.clock.advance(pause);
    await sweep(world);
  }
  expect(world.log.measures.ReconcileAgeSeconds).toEqual([0, 2400, 16_800]);
});

test("it is told for how long Twilio's lists have not been compared to their end", async () => {
  await world.given(memory);
  for (const pause of [0, 40 * MINUTE, 4 * HOUR]) {
    world.clock.advance(pause);
    await sweep(world);
  }
  expect(world.log.measures.ReconcileAgeSeconds).toEqual([0, 2400, 16_800]);
});

test('a clock that is behind makes no negative age', async () => {
  await world.given({ ...memory, checkedUntil: NOON + HOUR });
  await sweep(world);
  expect(world.log.measures.ReconcileAgeSeconds).toEqual([0]);
});

test('where the memory cannot be read the sweep fails, since the figure is missing', async () => {
  breakPort(world.table, 'read');
  await expect(sweep(world)).rejects.toThrow();
  expect(world.log.measures).not.toHaveProperty('ReconcileAgeSeconds');
});

test('of several runs that begin together the first one tells', async () => {
  await world.given(memory);
  await sweep(world, { part: 1, of: 2 });
  expect(world.log.measures).toEqual({ DeletionsDue: [0] });
  await sweep(world, { part: 0, of: 2 });
  expect(world.log.measures.ReconcileAgeSeconds).toEqual([0]);
});
