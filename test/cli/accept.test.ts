/** `recordings accept`, on a table and against a Twilio of its own. */
import { CALL, RECORDING, recordingRow, recordingSid } from '../lambdas/support/fixtures.ts';
import { json, startAtTwilio } from './at-twilio.ts';
import { run } from './support.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const STORED = recordingSid('2');

let system: Awaited<ReturnType<typeof startAtTwilio>>;
beforeAll(async () => {
  system = await startAtTwilio();
  await system.table.write(recordingRow({ state: 'fallback', attempts: 9, reason: 'channels-differ' }), undefined);
  await system.table.write(recordingRow({ recordingSid: STORED, state: 'stored' }), undefined);
});
afterAll(() => system.close());

const accept = (...more: string[]) => run(['recordings', 'accept', ...more, system.local], { now: () => NOW });
const row = () => system.table.read({ kind: 'recording', callSid: CALL, recordingSid: RECORDING });

test.each([
  ['without a reason', [RECORDING], /--reason/],
  ['with an empty reason', [RECORDING, '--reason', ' '], /--reason/],
  ['with a reason of several lines', [RECORDING, '--reason', 'a\nb'], /--reason/],
  ['with a reason that is too long', [RECORDING, '--reason', 'x'.repeat(201)], /--reason.*200/],
  ['with a call SID that is none', [RECORDING, '--reason', 'heard', '--call', 'CA1'], /no call SID/],
])('%s nothing is asked for', async (_what, args, message) => {
  const { exit, err } = await accept(...args);
  expect([exit, err]).toEqual([2, expect.stringMatching(message)]);
});

test('what is stored needs none', async () => {
  const { exit, err } = await accept(STORED, '--reason', 'heard', '--call', CALL);
  expect([exit, err]).toEqual([1, expect.stringMatching(/is stored/)]);
});

test('says beforehand what it would do, and does nothing', async () => {
  const { exit, out } = await accept(RECORDING, '--reason', 'heard', '--call', CALL, '--dry-run');
  expect([exit, out]).toEqual([0, expect.stringMatching(/channels-differ.*Nothing was changed/s)]);
  expect(await row()).not.toHaveProperty('accepted');
});

test('notes why and when, and has the copy made: the call is asked for at Twilio', async () => {
  system.replies.resource = json({ sid: RECORDING, call_sid: CALL, status: 'completed', source: 'x', channels: 1 });
  const { exit, out } = await accept(RECORDING, '--reason', 'heard at Twilio: one channel');
  expect([exit, out]).toEqual([0, expect.stringMatching(/channels-differ.*within.*minutes/s)]);
  expect(await row()).toMatchObject({
    state: 'fallback',
    accepted: { reason: 'heard at Twilio: one channel', at: NOW },
    waiting: { next: 'copy', due: NOW },
  });
  const shown = await run(['calls', 'show', CALL, '--json', system.local]);
  expect(shown.json.recordings).toContainEqual(
    expect.objectContaining({ accepted: { reason: 'heard at Twilio: one channel', at: '2026-03-01T12:00:00.000Z' } }),
  );
});

test('again, with another reason, takes the last one', async () => {
  expect((await accept(RECORDING, '--reason', 'once more', '--call', CALL, '--json')).json).toMatchObject({
    recordingSid: RECORDING,
    callSid: CALL,
    refusedFor: 'channels-differ',
    accepted: true,
  });
  expect((await row())?.accepted?.reason).toBe('once more');
});
