import { erase } from '../../../lambdas/erase/erase.ts';
import { requestErasure } from '../../../lambdas/erase/request.ts';
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import { recordingDelete } from '../../../lambdas/recording-delete/recording-delete.ts';
import type { EraseMessage } from '../../../lambdas/shared/ports/queues.ts';
import { changeRow } from '../../../lambdas/shared/rows/change-row.ts';
import { noteParty } from '../../../lambdas/shared/rows/note-party.ts';
import { placeHold, releaseHold } from '../../../lambdas/shared/rules/call/hold.ts';
import { applyReport } from '../../../lambdas/shared/rules/recording/recording.ts';
import { partyOf } from '../../../lambdas/shared/rules/table/party.ts';
import type { RecordingRow, Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { DAY, HOUR, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { checksumOf } from '../../../sim/aws/bucket.ts';
import { KeptAudit } from '../hold/kept-audit.ts';
import { killedEverywhere, killer, withAround } from '../support/faults.ts';
import {
  BUCKET,
  CALL,
  callRow,
  callSid,
  PARTY_KEY,
  RECORDING,
  recordingRow,
  recordingSid,
  twilioRecording,
  twilioUrl,
} from '../support/fixtures.ts';
import { NOT_FOUND, SERVER_ERROR } from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

const CALLER = 'arn:aws:iam::123456789012:user/privacy';
const REASON = 'Request 12 of the caller';
const CALLER_NUMBER = '+4930111111';
const AUDIO = Buffer.from('what was said');
const OTHER = recordingSid('2');
const CHECKSUM = checksumOf(AUDIO, 1000);
const keyOf = (sid: string) => `recordings/${CALL}/${sid}.wav`;

const storedRow = (over: Partial<RecordingRow> = {}): RecordingRow => {
  const { waiting: _done, ...row } = recordingRow(over);
  const stored = { bucket: BUCKET, key: keyOf(row.recordingSid), bytes: AUDIO.length, checksum: CHECKSUM };
  return {
    ...{ ...row, state: 'stored', source: 'StartCallRecordingAPI', durationSeconds: 61, channels: 2, peaks: true },
    stored: { ...stored, contentType: 'audio/x-wav', storedAt: NOON },
    ...(row.madeBy === 'recorder' && { waiting: { next: 'delete', due: NOON + DAY } }),
    ...over,
  };
};

let world: World;
let audit: KeptAudit;
/** What Twilio still has. */
let atTwilio: Set<string>;

beforeEach(async () => {
  world = await anHourLater();
});

/** A call with a recording of ours and one of another application, both stored an hour ago. */
async function anHourLater(): Promise<World> {
  const made = makeWorld();
  audit = new KeptAudit();
  await made.given(
    callRow({ state: 'recording', recordingSid: RECORDING, reason: 'call-over', requestedBy: 'somebody' }),
    storedRow(),
    storedRow({ recordingSid: OTHER, madeBy: 'other', extra: true }),
  );
  for (const sid of [RECORDING, OTHER]) {
    made.store.place(keyOf(sid), { bytes: Buffer.from('an older version'), contentType: 'audio/x-wav' });
    made.store.place(keyOf(sid), { bytes: AUDIO, contentType: 'audio/x-wav', checksum: CHECKSUM });
    made.store.place(`peaks/${CALL}/${sid}.json`, { bytes: AUDIO, contentType: 'application/json' });
  }
  twilioOf(made, [RECORDING, OTHER]);
  made.clock.advance(HOUR);
  return made;
}

/** A Twilio that deletes for good. */
function twilioOf(of: World, sids: readonly string[]): void {
  atTwilio = new Set(sids);
  const shown = (sid: string) =>
    twilioRecording({ recordingSid: sid, status: atTwilio.has(sid) ? 'completed' : 'deleted' });
  of.twilio.answer('recordingsOfCall', () => ({ kind: 'found', recordings: [...atTwilio].map(shown) }));
  of.twilio.answer('recording', (sid) => ({ kind: 'found', recording: shown(sid) }));
  of.twilio.answer('deleteRecording', (sid) => (atTwilio.delete(sid) ? { kind: 'deleted' } : NOT_FOUND));
}

async function request(body: object = {}, sid = CALL) {
  const requestContext = { authorizer: { iam: { userArn: CALLER } } };
  const given = { pathParameters: { callSid: sid }, requestContext, body: JSON.stringify({ reason: REASON, ...body }) };
  const reply = await requestErasure({ ...world, audit }, given);
  return { status: reply.statusCode, body: JSON.parse(reply.body ?? '') };
}

/** As `sweep` would have it. */
async function workOff(): Promise<void> {
  for (const row of world.table.rows())
    if (row.kind === 'erasure') await erase(world, { callSid: CALL, erasure: row.id });
}
async function eraseAll(body: object = {}): Promise<string> {
  const { body: asked } = await request(body);
  await erase(world, { callSid: CALL, erasure: asked.erasure });
  return asked.erasure;
}
const erasure = async (id: string) => world.table.read({ kind: 'erasure', callSid: CALL, id });
const inS3 = () => [...world.store.versions(`recordings/`), ...world.store.versions('peaks/')];
const receipt = (id: string) =>
  JSON.parse(String(Buffer.from(world.store.object(`erasures/${CALL}/${id}.json`)?.bytes ?? [])));

describe('a call that is erased', () => {
  test('is gone from S3 in every version, with its peaks, and ours from Twilio; its receipt says what it was', async () => {
    const id = await eraseAll();
    expect(inS3()).toEqual([]);
    expect([...atTwilio]).toEqual([OTHER]);
    expect(await erasure(id)).toMatchObject({ state: 'erased', by: CALLER, reason: REASON, erasedAt: NOON + HOUR });
    const hashes = { bytes: AUDIO.length, sha256: CHECKSUM, was: 'stored' };
    expect(receipt(id)).toEqual({
      ...{ version: 1, stage: 'test', callSid: CALL, id, by: CALLER, reason: REASON },
      requestedAt: '2026-03-01T13:00:00.000Z',
      begunAt: '2026-03-01T13:00:00.000Z',
      erasedAt: '2026-03-01T13:00:00.000Z',
      recordings: [
        { recordingSid: RECORDING, madeBy: 'recorder', key: keyOf(RECORDING), atTwilio: 'deleted', ...hashes },
        { recordingSid: OTHER, madeBy: 'other', key: keyOf(OTHER), atTwilio: 'left', ...hashes },
      ],
    });
    expect(world.log.counts).toMatchObject({ Erased: 2 });
  });

  test('leaves rows that tell nothing of the conversation', async () => {
    await eraseAll();
    const { pendingEvents: _none, ...row } = await world.recording();
    expect(Object.keys(row).sort()).toEqual(
      // biome-ignore format: a list of names
      ['attempts', 'callSid', 'erased', 'kind', 'madeBy', 'notedAt', 'proof', 'recordingSid', 'state', 'twilioUrl', 'version', 'writer'],
    );
    expect(Object.keys(await world.call()).sort()).toEqual([
      'attempts',
      'callSid',
      'erased',
      'kind',
      'recordingSid',
      'startedAt',
      'state',
      'version',
      'writer',
    ]);
  });

  test('loses others’ recordings at Twilio only where that is asked for', async () => {
    await eraseAll({ alsoOthers: true });
    expect([...atTwilio]).toEqual([]);
  });

  test('is led to from nobody’s number any more, and no comparison leads there again', async () => {
    const party = partyOf(PARTY_KEY, CALLER_NUMBER);
    const row = await world.call();
    await world.table.write({ ...row, party, version: row.version + 1 }, row.version);
    const leading = { kind: 'party', party, at: NOON, call: CALL } as const;
    const another = { ...leading, call: callSid('9') };
    for (const one of [leading, another]) await world.table.write({ ...one, version: 1, writer: 'fixture' }, undefined);
    await eraseAll();
    expect(await world.table.read(leading)).toBeUndefined();
    expect(await world.table.read(another)).toBeDefined();
    const sides = { from: CALLER_NUMBER, to: '+4930222222', direction: 'inbound' };
    expect(await noteParty(world, sides, await world.call())).toBe(false);
    expect((await world.call()).party).toBeUndefined();
    expect(await world.table.read(leading)).toBeUndefined();
  });

  test('is announced once it is done, and not before', async () => {
    const { body } = await request();
    expect((await erasure(body.erasure))?.pendingEvents).toBeUndefined();
    await erase(world, { callSid: CALL, erasure: body.erasure });
    const said = { erasure: body.erasure, by: CALLER, reason: REASON };
    expect((await erasure(body.erasure))?.pendingEvents).toMatchObject([
      { kind: 'recording-erased', facts: { ...said, recordingSid: RECORDING } },
      { kind: 'recording-erased', facts: { ...said, recordingSid: OTHER } },
      { kind: 'call-erased', facts: said },
    ]);
  });

  test('may be one recording alone', async () => {
    const id = await eraseAll({ recordingSids: [RECORDING] });
    expect(inS3()).toEqual([keyOf(OTHER), keyOf(OTHER), `peaks/${CALL}/${OTHER}.json`]);
    expect(await world.recording(OTHER)).toMatchObject({ state: 'stored' });
    expect((await world.call()).erased).toBeUndefined();
    expect(receipt(id).recordings).toHaveLength(1);
  });

  test('takes with it what only Twilio knows of', async () => {
    atTwilio.add(recordingSid('3'));
    await eraseAll({ alsoOthers: true });
    expect([...atTwilio]).toEqual([]);
    expect(await world.recording(recordingSid('3'))).toMatchObject({ state: 'erased', madeBy: 'other' });
  });
});

describe('the request', () => {
  test('only says what would go, where it is a dry run', async () => {
    const rows = world.table.rows();
    expect(await request({ dryRun: true })).toEqual({
      status: 200,
      body: {
        ...{ callSid: CALL, held: false, wholeCall: true },
        recordings: [
          {
            ...{ recordingSid: RECORDING, state: 'stored', madeBy: 'recorder', atTwilio: 'to be deleted' },
            ...{ s3: `s3://${BUCKET}/${keyOf(RECORDING)}`, bytes: AUDIO.length },
          },
          {
            ...{ recordingSid: OTHER, state: 'stored', madeBy: 'other', atTwilio: 'left' },
            ...{ s3: `s3://${BUCKET}/${keyOf(OTHER)}`, bytes: AUDIO.length },
          },
        ],
      },
    });
    expect([world.table.rows(), audit.entries, world.eraseQueue.size]).toEqual([rows, [], 0]);
  });

  test('is in the audit before anything is noted; where that fails, nothing is', async () => {
    audit.isOut = true;
    expect((await request()).status).toBe(503);
    expect(world.table.rows().filter(({ kind }) => kind === 'erasure')).toEqual([]);
    audit.isOut = false;
    await request();
    expect(audit.entries).toMatchObject([{ what: 'erasure-requested', who: CALLER, callSid: CALL, reason: REASON }]);
    expect(JSON.stringify(world.log.lines)).not.toContain(REASON);
  });

  test('is refused while the call goes on, and for what is not known', async () => {
    world = makeWorld();
    await world.given(callRow({ state: 'recording' }), recordingRow({ state: 'in-progress' }));
    expect(await request()).toMatchObject({ status: 409, body: { error: expect.stringContaining(RECORDING) } });
    world = makeWorld();
    await world.given(callRow());
    expect((await request()).status).toBe(409);
    expect((await request({}, `CA${'9'.repeat(32)}`)).status).toBe(404);
    expect((await request({ recordingSids: [RECORDING] })).status).toBe(404);
    for (const body of [
      { reason: '' },
      { recordingSids: [] },
      { recordingSids: ['RE1'] },
      { alsoOthers: 1 },
      { x: 1 },
    ]) {
      expect((await request(body)).status).toBe(400);
    }
  });
});

describe('nothing comes back', () => {
  test('by a late callback, a copy, or a deletion', async () => {
    await eraseAll();
    const before = world.table.rows();
    const report = {
      callSid: CALL,
      recordingSid: RECORDING,
      status: 'completed',
      twilioUrl: twilioUrl(RECORDING),
    } as const;
    await changeRow(world, { kind: 'recording', callSid: CALL, recordingSid: RECORDING }, (row) =>
      applyReport(row, { ...report, proof: 'callback' }, world.clock.now()),
    );
    const message = { callSid: CALL, recordingSid: RECORDING };
    await recordingCopy(world, message, 1, 'late');
    await recordingDelete(world, message);
    expect(world.table.rows()).toEqual(before);
    expect(inS3()).toEqual([]);
  });

  test('by a comparison that finds a recording of the call for the first time: it is erased too, unread', async () => {
    await eraseAll({ alsoOthers: true });
    const late = recordingSid('4');
    atTwilio.add(late);
    const report = { callSid: CALL, recordingSid: late, status: 'completed', twilioUrl: twilioUrl(late) } as const;
    await changeRow(world, { kind: 'recording', callSid: CALL, recordingSid: late }, (row) =>
      applyReport(row, report, world.clock.now()),
    );
    await recordingCopy(world, { callSid: CALL, recordingSid: late }, 1, 'late');
    expect(world.twilio.methods()).not.toContain('openAudio');
    expect(await world.recording(late)).toMatchObject({ state: 'erased', waiting: { next: 'erase' } });
    await erase(world, { callSid: CALL, recordingSid: late });
    expect([...atTwilio]).toEqual([]);
    world.clock.advance(16 * MINUTE);
    await workOff();
    const receipts = world.table.rows().flatMap((row) => (row.kind === 'erasure' ? [[row.state, row.done]] : []));
    expect(receipts).toContainEqual(['erased', [late]]);
  });

  test('and what proves to be ours only afterwards goes at Twilio after all', async () => {
    await eraseAll();
    const report = { callSid: CALL, recordingSid: OTHER, status: 'completed', twilioUrl: twilioUrl(OTHER) } as const;
    await changeRow(world, { kind: 'recording', callSid: CALL, recordingSid: OTHER }, (row) =>
      applyReport(row, { ...report, proof: 'callback' }, world.clock.now()),
    );
    expect((await world.recording(OTHER)).waiting).toEqual({ next: 'erase', due: world.clock.now() });
    await erase(world, { callSid: CALL, recordingSid: OTHER });
    expect([...atTwilio]).toEqual([]);
  });
});

describe('an erasure waits', () => {
  const hold = () =>
    changeRow(world, { kind: 'hold', callSid: CALL }, (row) =>
      placeHold(row, CALL, { by: CALLER, reason: 'Case 4711' }, world.clock.now()),
    );

  test('for the release of a hold, and is done then', async () => {
    await hold();
    const id = await eraseAll();
    expect(await erasure(id)).toMatchObject({ state: 'asked', waitsFor: 'held' });
    expect([inS3().length, atTwilio.size]).toEqual([6, 2]);
    await changeRow(world, { kind: 'hold', callSid: CALL }, (row) =>
      releaseHold(row, { by: CALLER, reason: 'Closed' }, world.clock.now()),
    );
    await erase(world, { callSid: CALL, erasure: id });
    expect(await erasure(id)).toMatchObject({ state: 'erased' });
    expect(inS3()).toEqual([]);
  });

  test('where the hold is placed while it is under way: nothing goes, or the mark tells', async () => {
    const outcomes = new Set<string>();
    for (let at = 1; ; at += 1) {
      world = await anHourLater();
      const { body } = await request();
      let requests = 0;
      let seen: readonly Row[] | undefined;
      const around = withAround(world, async (_name, act) => {
        requests += 1;
        if (requests === at) {
          await hold();
          seen = await world.table.readCall(CALL);
        }
        return act();
      });
      await erase(around, { callSid: CALL, erasure: body.erasure });
      if (!seen) break;
      const isTold = seen.some((row) => row.kind === 'erasure' && row.state !== 'asked');
      const isGone = inS3().length < 6 || atTwilio.size < 2;
      outcomes.add(`${isGone ? 'gone' : 'kept'}${isTold ? ', told' : ''}`);
      expect([at, isGone && !isTold]).toEqual([at, false]);
    }
    expect([...outcomes].sort()).toEqual(['gone, told', 'kept', 'kept, told']);
  });

  test('until a lock ends, says until when, and does it then', async () => {
    const until = world.clock.now() + 30 * DAY;
    world.store.locks.set(`recordings/${CALL}`, until);
    const id = await eraseAll();
    expect(await erasure(id)).toMatchObject({ state: 'begun', waitsFor: 'object-lock', waiting: { due: until } });
    expect(world.log.counts).toMatchObject({ ErasureLocked: 1 });
    expect(await world.recording()).toMatchObject({ state: 'erased' });
    world.clock.advance(30 * DAY);
    await erase(world, { callSid: CALL, erasure: id });
    expect(await erasure(id)).toMatchObject({ state: 'erased' });
    expect(inS3()).toEqual([]);
  });

  test('for a copy that was under way: what it stores afterwards goes too', async () => {
    world = makeWorld();
    await world.given(
      callRow({ state: 'recording' }),
      recordingRow({ claim: { owner: 'x', until: NOON + 5 * MINUTE } }),
    );
    twilioOf(world, [RECORDING]);
    const id = await eraseAll();
    expect(await erasure(id)).toMatchObject({
      state: 'begun',
      waitsFor: 'copy-under-way',
      waiting: { due: NOON + 16 * MINUTE },
    });
    world.store.place(keyOf(RECORDING), { bytes: AUDIO, contentType: 'audio/x-wav' });
    world.clock.advance(16 * MINUTE);
    await erase(world, { callSid: CALL, erasure: id });
    expect(inS3()).toEqual([]);
    expect(await erasure(id)).toMatchObject({ state: 'erased' });
  });

  test('for Twilio, which does not answer: an alarm comes after some attempts, the receipt once it has', async () => {
    world.twilio.answer('deleteRecording', SERVER_ERROR);
    const id = await eraseAll();
    for (let attempt = 1; attempt < 4; attempt += 1) await erase(world, { callSid: CALL, erasure: id });
    expect(await erasure(id)).toMatchObject({ state: 'begun', attempts: 4, waitsFor: `twilio: ${RECORDING}` });
    expect(world.log.counts).toMatchObject({ ErasureRefused: 1 });
    expect(receipt(id).erasedAt).toBeUndefined();
    twilioOf(world, [RECORDING, OTHER]);
    await erase(world, { callSid: CALL, erasure: id });
    expect(receipt(id).erasedAt).toBeDefined();
  });
});

test('killed before or after any request, an erasure is finished by the next delivery', async () => {
  const histories = await killedEverywhere(async (kill) => {
    world = await anHourLater();
    const { body } = await request();
    const message: EraseMessage = { callSid: CALL, erasure: body.erasure };
    const { around, killed } = killer(kill);
    await erase(withAround(world, around), message).catch(() => undefined);
    await erase(world, message);
    expect([kill, inS3(), [...atTwilio]]).toEqual([kill, [], [OTHER]]);
    expect(await erasure(body.erasure)).toMatchObject({ state: 'erased', done: [RECORDING, OTHER] });
    expect(receipt(body.erasure).recordings).toMatchObject([{ sha256: CHECKSUM }, { sha256: CHECKSUM }]);
    return killed();
  });
  expect(histories).toBeGreaterThan(30);
});

describe('a table that is restored from before the erasure', () => {
  test('leads to nothing, before and after the account is reconciled; done again, it says so itself', async () => {
    const before = world.table.rows();
    const id = await eraseAll();
    const restored = makeWorld();
    await restored.given(...before);
    const { store, twilio, clock } = world;
    world = { ...restored, store, twilio, clock };
    twilio.answer('recordingsSince', () => ({
      ...{ kind: 'page', unreadable: 0 },
      recordings: [twilioRecording({ status: 'deleted' }), twilioRecording({ recordingSid: OTHER })],
    }));
    twilio.answer('callsSince', () => ({ kind: 'page', unreadable: 0, calls: [] }));
    twilio.answer('numbers', () => ({ kind: 'page', unreadable: 0, numbers: [] }));
    await reconcile(world);
    expect([inS3(), atTwilio.has(RECORDING)]).toEqual([[], false]);
    const again = await eraseAll({ replayOf: id });
    expect(await world.recording()).toMatchObject({ state: 'erased', erased: { erasure: again } });
    expect(receipt(again)).toMatchObject({ replayOf: id, erasedAt: expect.any(String) });
    expect(inS3()).toEqual([]);
  });

  test('and from before the call itself', async () => {
    const id = await eraseAll();
    const { store, twilio, clock } = world;
    world = { ...makeWorld(), store, twilio, clock };
    expect((await request()).status).toBe(404);
    const again = await eraseAll({ replayOf: id });
    expect(await erasure(again)).toMatchObject({ state: 'erased' });
    expect(await world.recording(OTHER)).toMatchObject({ state: 'erased' });
  });
});
