/** The schemas in `docs/events.md`, held against what is really sent. */
import { announce } from '../../../lambdas/announce/announce.ts';
import { EVENT_DETAIL_TYPES } from '../../../lambdas/shared/contract/events.ts';
import type { OutgoingEvent } from '../../../lambdas/shared/ports/event-bus.ts';
import { changeRow } from '../../../lambdas/shared/rows/change-row.ts';
import { placeHold, releaseHold } from '../../../lambdas/shared/rules/call/hold.ts';
import { askErasure, erasureDone } from '../../../lambdas/shared/rules/erasure/erasure.ts';
import { applyReport } from '../../../lambdas/shared/rules/recording/recording.ts';
import { runHistory } from '../../simulation/history.ts';
import { eventSchemas } from '../support/event-schemas.ts';
import { CALL, callRow, RECORDING, recordingRow, twilioUrl } from '../support/fixtures.ts';
import { makeWorld } from '../support/world.ts';

const schemas = eventSchemas();

/** What is wrong with an event, by its schema. */
function faultsOf({ detailType, detail }: Pick<OutgoingEvent, 'detailType'> & { detail: unknown }): string[] {
  const validate = schemas.get(detailType);
  if (!validate) return [`"${detailType}" is not documented`];
  validate(detail);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${detailType}${instancePath} ${message}`);
}

test('every detail-type has one, and every one a detail-type', () => {
  expect([...schemas.keys()].sort()).toEqual(Object.values(EVENT_DETAIL_TYPES).sort());
});

test('hold for whatever the steps send in thirty histories, and in as many more as have every kind', async () => {
  const events: OutgoingEvent[] = [];
  // No history holds or erases a call.
  const unseen = new Set([...schemas.keys()].filter((kind) => !OF_KEEPING.includes(kind)));
  for (let seed = 1; seed <= 30 || (unseen.size > 0 && seed <= 400); seed++) {
    await runHistory({ seed, quietMs: 0, onEvent: (event) => events.push(event) });
    for (const { detailType } of events) unseen.delete(detailType);
  }
  expect(events.flatMap(faultsOf)).toEqual([]);
  expect([...unseen]).toEqual([]);
});

const OF_KEEPING = ['Call Held', 'Call Released', 'Recording Erased', 'Call Erased'];

test('hold for a call that is held, released and erased', async () => {
  const world = makeWorld();
  const erased = { state: 'erased', erased: { erasure: 'e', at: 0, was: 'absent', quietFrom: 0 } } as const;
  const { waiting: _none, ...recording } = recordingRow(erased);
  await world.given(callRow({ state: 'recording' }), recording);
  const who = { by: 'arn:aws:iam::123456789012:user/privacy', reason: 'Request 12' };
  const now = () => world.clock.now();
  await changeRow(world, { kind: 'hold', callSid: CALL }, (row) => placeHold(row, CALL, who, now()));
  await changeRow(world, { kind: 'hold', callSid: CALL }, (row) => releaseHold(row, who, now()));
  const key = { kind: 'erasure', callSid: CALL, id: 'e' } as const;
  await changeRow(world, key, () => askErasure({ callSid: CALL, id: 'e', ...who }, now()));
  await changeRow(world, key, (row) => row && erasureDone(row, [RECORDING], now()));
  await announce(world);
  expect(world.bus.detailTypes().sort()).toEqual([...OF_KEEPING].sort());
  expect(world.bus.events.flatMap(faultsOf)).toEqual([]);
});

test('hold for a recording that failed', async () => {
  const world = makeWorld();
  const report = {
    callSid: CALL,
    recordingSid: RECORDING,
    status: 'failed',
    madeBy: 'recorder',
    errorCode: 16_103,
  } as const;
  await changeRow(world, { kind: 'recording', callSid: CALL, recordingSid: RECORDING }, (row) =>
    applyReport(row, { ...report, twilioUrl: twilioUrl(RECORDING) }, world.clock.now()),
  );
  await announce(world);
  expect(world.bus.detailTypes()).toEqual(['Recording Started', 'Recording Failed']);
  expect(world.bus.events.flatMap(faultsOf)).toEqual([]);
});

test('would not hold for a field too many, one too few, or another version', async () => {
  const world = makeWorld();
  const report = { callSid: CALL, recordingSid: RECORDING, status: 'in-progress', madeBy: 'recorder' } as const;
  await changeRow(world, { kind: 'recording', callSid: CALL, recordingSid: RECORDING }, (row) =>
    applyReport(row, { ...report, twilioUrl: twilioUrl(RECORDING) }, world.clock.now()),
  );
  await announce(world);
  const [event] = world.bus.events;
  if (!event) throw new Error('Nothing was announced.');
  const { madeBy: _gone, ...less } = event.detail;
  expect(faultsOf({ ...event, detail: { ...event.detail, from: '+14155550123' } })).toHaveLength(1);
  expect(faultsOf({ ...event, detail: less })).toHaveLength(1);
  expect(faultsOf({ ...event, detail: { ...event.detail, version: 2 } })).toHaveLength(1);
});
