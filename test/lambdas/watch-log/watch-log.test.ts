import type { WatchRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { watchLog } from '../../../lambdas/watch-log/watch-log.ts';
import { alarmChanged, stackChanged } from '../../wiring/events.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
const kept = () => world.table.rows() as readonly WatchRow[];

test('a change of an alarm is kept, to the millisecond', async () => {
  await watchLog(world, alarmChanged('call-recorder-prod-sweep-silent', 'ALARM'));
  expect(kept()).toEqual([
    expect.objectContaining({
      ...{ kind: 'watch', what: 'alarm', name: 'call-recorder-prod-sweep-silent', state: 'ALARM' },
      at: Date.parse('2026-03-01T11:59:58.765Z'),
    }),
  ]);
});

test('without a time of its own it is of the time of the event', async () => {
  const event = alarmChanged('call-recorder-prod-sweep-silent', 'OK');
  await watchLog(world, { ...event, detail: { ...event.detail, state: { value: 'OK' } } });
  expect(kept()).toMatchObject([{ at: Date.parse('2026-03-01T12:00:00Z') }]);
});

test('a deployment is kept', async () => {
  const stack = 'arn:aws:cloudformation:eu-central-1:111122223333:stack/call-recorder-prod/1';
  await watchLog(world, stackChanged(stack, 'UPDATE_IN_PROGRESS'));
  expect(kept()).toMatchObject([{ what: 'deployment', name: stack, state: 'UPDATE_IN_PROGRESS' }]);
});

test('an event that is delivered twice is kept once, as it first came', async () => {
  const event = alarmChanged('call-recorder-prod-sweep-silent', 'ALARM');
  await watchLog(world, event);
  await watchLog(world, event);
  expect(kept()).toMatchObject([{ version: 1 }]);
});

test.each([
  ['nothing', undefined],
  ['a schedule', { id: '1', time: '2026-03-01T12:00:00Z', 'detail-type': 'Scheduled Event', detail: {} }],
  ['an alarm without a name', { ...alarmChanged('x', 'OK'), detail: { state: { value: 'OK' } } }],
  ['a time that is none', { ...alarmChanged('x', 'OK'), time: 'noon' }],
])('%s is not passed over in silence', async (_what, event) => {
  await expect(watchLog(world, event)).rejects.toThrow('neither a change of an alarm nor one of the stack');
  expect(kept()).toEqual([]);
});
