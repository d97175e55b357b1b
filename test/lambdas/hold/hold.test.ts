import { hold } from '../../../lambdas/hold/hold.ts';
import { recordingDelete } from '../../../lambdas/recording-delete/recording-delete.ts';
import { HOLD_ROUTES } from '../../../lambdas/shared/contract/http.ts';
import type { RecordingRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { DAY, HOUR } from '../../../lambdas/shared/rules/values/instant.ts';
import { checksumOf } from '../../../sim/aws/bucket.ts';
import { withAround } from '../support/faults.ts';
import { BUCKET, CALL, callRow, callSid, RECORDING, recordingRow } from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { KEEP_AT_TWILIO_MS, makeWorld, type World } from '../support/world.ts';
import { indexOfHolds, KeptAudit } from './kept-audit.ts';

const CALLER = 'arn:aws:iam::123456789012:user/counsel';
const REASON = 'Case 4711';
const AUDIO = Buffer.from('the audio of a recording');
const KEY = `recordings/${CALL}/${RECORDING}.wav`;
const CHECKSUM = checksumOf(AUDIO, 1000);

const storedRow = (over: Partial<RecordingRow> = {}): RecordingRow => {
  const { completedAt: _unused, ...row } = recordingRow();
  const stored = { bucket: BUCKET, key: KEY, bytes: AUDIO.length, checksum: CHECKSUM, contentType: 'audio/x-wav' };
  return {
    ...{ ...row, state: 'stored', stored: { ...stored, storedAt: NOON } },
    ...{ waiting: { next: 'delete', due: NOON + KEEP_AT_TWILIO_MS } },
    ...over,
  };
};

let world: World;
let audit: KeptAudit;
beforeEach(async () => {
  ({ world, audit } = await aDayLater());
});

/** A day after the copy: Twilio's copy is due to be deleted. */
async function aDayLater() {
  const made = makeWorld();
  await made.given(callRow({ state: 'recording' }), storedRow());
  made.store.place(KEY, { bytes: AUDIO, contentType: 'audio/x-wav', checksum: CHECKSUM });
  made.twilio.answer('deleteRecording', { kind: 'deleted' });
  made.clock.advance(KEEP_AT_TWILIO_MS);
  return { world: made, audit: new KeptAudit() };
}

type What = keyof typeof HOLD_ROUTES;
async function ask(what: What, { sid = CALL, body = JSON.stringify({ reason: REASON }), next = '' } = {}) {
  const deps = { ...world, audit, index: indexOfHolds(world.table) };
  const requestContext = { authorizer: { iam: { userArn: CALLER } }, http: { sourceIp: '192.0.2.1' } };
  const reply = await hold(deps, {
    ...{ routeKey: HOLD_ROUTES[what], pathParameters: { callSid: sid }, requestContext, body },
    ...(next !== '' && { queryStringParameters: { next } }),
  });
  return { status: reply.statusCode, body: JSON.parse(reply.body ?? '{}') };
}
const remove = () => recordingDelete(world, { callSid: CALL, recordingSid: RECORDING });
const deletions = () => world.twilio.requests.filter(({ method }) => method === 'deleteRecording').length;

describe('a hold', () => {
  test('keeps what is at Twilio, however long it stands, and says who placed it and why', async () => {
    expect(await ask('hold')).toEqual({
      status: 200,
      body: {
        ...{ callSid: CALL, changed: true, underWay: [] },
        recordings: [{ recordingSid: RECORDING, state: 'stored' }],
        hold: {
          ...{ state: 'held', reason: REASON, by: CALLER },
          ...{ at: '2026-03-02T12:00:00.000Z', heldSince: '2026-03-02T12:00:00.000Z' },
        },
      },
    });
    for (let day = 1; day <= 3; day += 1) {
      await remove();
      expect(await world.recording()).toMatchObject({
        ...{ state: 'stored', attempts: 0 },
        waiting: { next: 'delete', due: NOON + (day + 1) * DAY },
      });
      world.clock.advance(DAY);
    }
    expect(deletions()).toBe(0);
    expect(world.log.line('deletion_held')).toMatchObject({ callSid: CALL, recordingSid: RECORDING });
  });

  test('is placed once: the first reason stands, and each attempt is in the audit', async () => {
    await ask('hold');
    world.clock.advance(HOUR);
    const again = await ask('hold', { body: JSON.stringify({ reason: 'Another case' }) });
    expect(again.body).toMatchObject({ changed: false, hold: { reason: REASON } });
    expect(audit.entries).toMatchObject([
      { what: 'call-held', callSid: CALL, who: CALLER, from: '192.0.2.1', reason: REASON },
      { what: 'call-held', callSid: CALL, who: CALLER, reason: 'Another case' },
    ]);
    expect(world.log.counts).toEqual({ CallHeld: 1 });
  });

  test('is announced, and so is its release', async () => {
    await ask('hold');
    await ask('release', { body: JSON.stringify({ reason: 'Case closed' }) });
    const row = await world.table.read({ kind: 'hold', callSid: CALL });
    expect(row?.pendingEvents).toMatchObject([
      { kind: 'call-held', facts: { by: CALLER, reason: REASON } },
      { kind: 'call-released', facts: { by: CALLER, reason: 'Case closed' } },
    ]);
  });

  test('leaves its reason out of the log: it may name a person', async () => {
    await ask('hold');
    await ask('release');
    expect(JSON.stringify(world.log.lines)).not.toContain(REASON);
  });

  test('is refused without a reason, and for what is not known', async () => {
    for (const body of ['', '{}', '[]', 'x', '{"reason":" "}', '{"reason":"a\\nb"}', '{"reason":7}']) {
      expect((await ask('hold', { body })).status).toBe(400);
    }
    expect((await ask('hold', { body: JSON.stringify({ reason: 'x'.repeat(201) }) })).status).toBe(400);
    expect((await ask('hold', { sid: 'CA1' })).status).toBe(400);
    expect((await ask('hold', { sid: callSid('9') })).status).toBe(404);
    expect((await ask('release')).status).toBe(404);
    expect(world.table.rows().filter(({ kind }) => kind === 'hold')).toEqual([]);
  });

  test('stands where the audit fails, and says nothing', async () => {
    audit.isOut = true;
    const { status, body } = await ask('hold');
    expect([status, Object.keys(body)]).toEqual([503, ['error']]);
    await remove();
    expect(deletions()).toBe(0);
  });

  test('can be placed again after its release', async () => {
    await ask('hold');
    await ask('release');
    world.clock.advance(HOUR);
    expect((await ask('hold', { body: JSON.stringify({ reason: 'Case 4712' }) })).body).toMatchObject({
      ...{ changed: true, hold: { state: 'held', reason: 'Case 4712', heldSince: '2026-03-02T13:00:00.000Z' } },
    });
  });
});

describe('a release', () => {
  test('has done at once what the hold has kept back', async () => {
    await ask('hold');
    await remove();
    world.clock.advance(HOUR);
    expect((await ask('release')).body).toMatchObject({ changed: true, hold: { state: 'released' } });
    expect((await world.recording()).waiting).toEqual({ next: 'delete', due: world.clock.now() });
    await remove();
    expect(await world.recording()).toMatchObject({ state: 'deleted' });
    expect((await ask('release')).body).toMatchObject({ changed: false });
  });

  test('that broke off before its deletions were due is finished by the next', async () => {
    await ask('hold');
    await remove();
    const whole = world;
    world = withAround(world, async (name, request) => {
      if (name === 'table.readCall') throw new Error('out');
      return request();
    });
    await expect(ask('release')).rejects.toThrow('out');
    world = whole;
    await ask('release');
    expect((await world.recording()).waiting?.due).toBe(world.clock.now());
  });
});

describe('a hold that is placed while a deletion is under way', () => {
  test('before or after each request of the deletion: it keeps the copy, or says that it may be gone', async () => {
    const outcomes = new Set<string>();
    for (let at = 1; ; at += 1) {
      ({ world, audit } = await aDayLater());
      const whole = world;
      let request = 0;
      let told: Awaited<ReturnType<typeof ask>> | undefined;
      world = withAround(world, async (_name, act) => {
        request += 1;
        const isNow = request === at;
        if (isNow) {
          const deleting = world;
          world = whole;
          told = await ask('hold');
          world = deleting;
        }
        return act();
      });
      await remove();
      if (!told) break;
      const isGone = deletions() > 0;
      const isSaid = told.body.underWay.length > 0 || told.body.recordings[0].state === 'deleted';
      outcomes.add(`${isGone ? 'gone' : 'kept'}${isSaid ? ', said' : ''}`);
      expect([at, isGone && !isSaid]).toEqual([at, false]);
    }
    expect([...outcomes].sort()).toEqual(['gone, said', 'kept', 'kept, said']);
  });

  test('once the mark stands: nothing was sent, so a later 404 proves nothing', async () => {
    world = withAround(world, async (name, request) => {
      const reply = await request();
      if (name === 'table.write' && audit.entries.length === 0) await ask('hold');
      return reply;
    });
    await remove();
    const row = await world.recording();
    expect(row).toMatchObject({ state: 'deleting', waiting: { next: 'delete' } });
    expect(row.deletionSentTo).toBeUndefined();
    expect(deletions()).toBe(0);
  });
});

describe('the list of holds', () => {
  test('has those that stand, the newest first, page by page', async () => {
    const sids = Array.from({ length: 101 }, (_, index) => `CA${String(index).padStart(32, '0')}`);
    for (const sid of sids) {
      await world.given(callRow({ callSid: sid }));
      await ask('hold', { sid });
      world.clock.advance(1);
    }
    await ask('release', { sid: sids[50] ?? '' });
    const first = await ask('list', { body: '' });
    expect(first.body.holds).toHaveLength(100);
    expect(first.body.holds[0]).toMatchObject({ callSid: sids[100], by: CALLER, reason: REASON });
    expect(first.body.next).toContain(String(sids[0]));
    expect((await ask('list', { next: first.body.next })).body).toEqual({ holds: [] });
    expect((await ask('list', { next: 'x y' })).status).toBe(400);
    expect(audit.entries.at(-1)).toMatchObject({ what: 'holds-listed', who: CALLER });
  });
});
