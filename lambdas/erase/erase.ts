/** Erases a call, or some of its recordings, wherever they are: marks first, then acts, and believes only in what it has asked for last. */
import { DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import type { EraseStore } from '../shared/ports/erase-store.ts';
import type { PartyRemoval } from '../shared/ports/party.ts';
import type { EraseMessage } from '../shared/ports/queues.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { HELD_LOOK_AGAIN_MS, isHeld } from '../shared/rules/call/hold.ts';
import { recordingsOf } from '../shared/rules/call/story.ts';
import {
  beginErasure,
  erasureDone,
  erasureRefused,
  erasureWaits,
  PASSING_REFUSALS,
  receiptKey,
  receiptOf,
} from '../shared/rules/erasure/erasure.ts';
import { eraseCall, eraseRecording } from '../shared/rules/erasure/tombstones.ts';
import { erasedPrefixes } from '../shared/rules/recording/storage-key.ts';
import { callAt } from '../shared/rules/table/by-day.ts';
import type { ErasureRow } from '../shared/rules/table/kept-rows.ts';
import type { Draft, RecordingRow } from '../shared/rules/table/rows.ts';
import { type Instant, toIso } from '../shared/rules/values/instant.ts';
import type { Attempt } from './attempt.ts';
import { type EraseAtTwilioDependencies, eraseAtTwilio, markUnknown } from './erase-at-twilio.ts';
import { noteLate } from './late-recording.ts';

export interface EraseDependencies extends EraseAtTwilioDependencies {
  readonly store: EraseStore;
  readonly parties: PartyRemoval;
  /** Name of the deployment, which receipts carry. */
  readonly stage: string;
}

/** One message of the queue. Whatever is not erased now is found again by its due date. */
export async function erase(deps: EraseDependencies, message: EraseMessage): Promise<Outcome> {
  if ('recordingSid' in message) {
    const late = await noteLate(deps, message);
    return late ? erase(deps, late) : DONE;
  }
  const key = { kind: 'erasure', callSid: message.callSid, id: message.erasure } as const;
  const row = await deps.table.read(key);
  if (!row || row.state === 'erased') return DONE;
  if (await isOnHold(deps, row)) return note(deps, row, { kind: 'waits', ...untilReleased(deps) });

  // The mark stands before anything is erased. Whoever places a hold looks for marks afterwards: of the two, one sees the other.
  const { row: begun } = await changeRow(deps, key, (known) =>
    known && known.state !== 'erased' ? beginErasure(known, deps.clock.now()) : undefined,
  );
  if (!begun || begun.state === 'erased') return DONE;
  if (await isOnHold(deps, begun)) return note(deps, begun, { kind: 'waits', ...untilReleased(deps) });
  return note(deps, begun, await attempt(deps, begun));
}

const isOnHold = async ({ table }: EraseDependencies, { callSid }: ErasureRow): Promise<boolean> =>
  isHeld(await table.read({ kind: 'hold', callSid }));

const untilReleased = ({ clock }: EraseDependencies) => ({ waitsFor: 'held', due: clock.now() + HELD_LOOK_AGAIN_MS });

async function attempt(deps: EraseDependencies, row: ErasureRow): Promise<Attempt> {
  // A receipt of what has begun: a table that is restored to before this very moment is told by the bucket.
  if (row.waitsFor === undefined) {
    await deps.store.putReceipt(receiptKey(row), receiptOf(row, await targetsOf(deps, row), deps.stage));
  }
  await markErased(deps, row);
  const marked = await targetsOf(deps, row);
  const atTwilio = await eraseAtTwilio(deps, row, marked);
  const inS3 = await eraseInS3(deps, row, marked);
  return inS3.kind === 'erased' ? atTwilio : inS3;
}

/** The recordings that are to be erased, as the table has them. @throws where one of them cannot be read */
async function targetsOf({ table }: EraseDependencies, row: ErasureRow): Promise<readonly RecordingRow[]> {
  const { callSid, recordingSids } = row;
  const recordings = recordingsOf(await table.readCall(callSid));
  return recordingSids ? recordings.filter(({ recordingSid }) => recordingSids.includes(recordingSid)) : recordings;
}

/** From here on no callback, comparison or copy brings anything back. */
async function markErased(deps: EraseDependencies, row: ErasureRow): Promise<void> {
  const { callSid } = row;
  // The call first: a recording that is found from then on is known to be of an erased call.
  if (!row.recordingSids) {
    // What leads to the call goes while its row still says from where.
    await removeParty(deps, callSid);
    await changeRow(deps, { kind: 'call', callSid }, (call) => eraseCall(call, row, deps.clock.now()));
    await markUnknown(deps, row);
  }
  for (const { recordingSid } of await targetsOf(deps, row)) {
    await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (known) =>
      eraseRecording(known, row, deps.clock.now()),
    );
  }
}

async function removeParty({ table, parties, clock }: EraseDependencies, callSid: string): Promise<void> {
  const call = await table.read({ kind: 'call', callSid });
  if (call?.party === undefined) return;
  await parties.remove({ party: call.party, callSid, around: callAt(call) ?? clock.now() });
}

/** A copy that was under way may end after its object was deleted: only from `quietFrom` on nothing more can come. */
async function eraseInS3(deps: EraseDependencies, row: ErasureRow, marked: readonly RecordingRow[]): Promise<Attempt> {
  const asked = deps.clock.now();
  let left = 0;
  let lockedUntil: Instant | undefined;
  for (const prefix of erasedPrefixes(row.callSid, row.recordingSids, marked)) {
    const erased = await deps.store.erase(prefix);
    left += erased.left;
    if (erased.lockedUntil !== undefined) lockedUntil = Math.max(lockedUntil ?? 0, erased.lockedUntil);
  }
  if (lockedUntil !== undefined && lockedUntil > asked) {
    deps.log.count('ErasureLocked');
    return { kind: 'waits', waitsFor: 'object-lock', due: lockedUntil };
  }
  if (left > 0) return { kind: 'refused', waitsFor: 's3' };
  const quietFrom = Math.max(0, ...marked.map(({ erased }) => erased?.quietFrom ?? 0));
  return quietFrom > asked ? { kind: 'waits', waitsFor: 'copy-under-way', due: quietFrom } : { kind: 'erased' };
}

async function note(deps: EraseDependencies, row: ErasureRow, attempted: Attempt): Promise<Outcome> {
  if (attempted.kind === 'erased') return finish(deps, row);
  const rule = (known: Draft<ErasureRow>): Draft<ErasureRow> =>
    attempted.kind === 'waits'
      ? erasureWaits(known, attempted.waitsFor, attempted.due)
      : erasureRefused(known, attempted.waitsFor, deps.clock.now());
  const { row: waiting } = await changeIfOpen(deps, row, rule);
  if (attempted.kind === 'refused' && row.attempts >= PASSING_REFUSALS) deps.log.count('ErasureRefused');
  deps.log.warn('An erasure is not done yet', {
    ...{ event: 'erasure_waits', callSid: row.callSid, key: row.id, reason: attempted.waitsFor },
    ...(waiting?.kind === 'erasure' && waiting.waiting && { due: toIso(waiting.waiting.due) }),
  });
  return DONE;
}

/** The receipt in the bucket first: the row says that it is done only once it stands there. */
async function finish(deps: EraseDependencies, row: ErasureRow): Promise<Outcome> {
  const targets = await targetsOf(deps, row);
  const sids = targets.map(({ recordingSid }) => recordingSid);
  const done = erasureDone(row, sids, deps.clock.now());
  await deps.store.putReceipt(receiptKey(row), receiptOf(done, targets, deps.stage));
  const { changed } = await changeIfOpen(deps, row, () => done);
  if (!changed) return DONE;
  deps.log.count('Erased', sids.length);
  deps.log.info('An erasure is done', { event: 'erased', callSid: row.callSid, key: row.id, count: sids.length });
  return DONE;
}

const changeIfOpen = (
  deps: EraseDependencies,
  { callSid, id, version }: ErasureRow,
  rule: (row: Draft<ErasureRow>) => Draft<ErasureRow>,
) =>
  changeRow(deps, { kind: 'erasure', callSid, id }, (known) => (known?.version === version ? rule(known) : undefined));
