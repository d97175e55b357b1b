/** Deletes Twilio's copy of one recording, after the copy in S3 has been proven once more. */
import type { Deletions } from '../shared/contract/settings.ts';
import { DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { AudioStore } from '../shared/ports/audio-store.ts';
import type { RecordingMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, Refusal, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { deletionHeld, isHeld } from '../shared/rules/call/hold.ts';
import { judgeDeletion } from '../shared/rules/recording/deletion-guard.ts';
import {
  deletePauseMs,
  deletionPostponed,
  deletionSucceeded,
  isToBeDeleted,
  markDeleting,
} from '../shared/rules/recording/recording.ts';
import type { Draft, RecordingRow } from '../shared/rules/table/rows.ts';
import { SECOND } from '../shared/rules/values/instant.ts';

export interface RecordingDeleteDependencies extends StepPorts {
  readonly deletions: Deletions;
  readonly twilio: Pick<TwilioRest, 'deleteRecording' | 'recording' | 'urlOf'>;
  readonly credentials: Credentials;
  readonly store: Pick<AudioStore, 'head'>;
  readonly keepAtTwilioMs: number;
}

/** So many refusals pass by themselves, over some 20 minutes, with Twilio's own troubles. One more needs a person. */
const PASSING_FAILURES = 3;

/** One message of the queue. Whatever is not deleted now is found again by its due date. */
export async function recordingDelete(deps: RecordingDeleteDependencies, message: RecordingMessage): Promise<Outcome> {
  if (deps.deletions !== 'on') return DONE;
  const key = { kind: 'recording', ...message } as const;
  const row = await deps.table.read(key);
  if (!row || !isToBeDeleted(row)) return DONE;
  if (await isOnHold(deps, row)) return keepWhileHeld(deps, row, row.deletionSentTo);

  if (!row.proof && !(await isProvenByCall(deps, row))) return disown(deps, row);
  const head = row.stored && (await deps.store.head(row.stored.key));
  const judged = judgeDeletion(row, head, deps.keepAtTwilioMs, deps.clock.now());
  if (judged.verdict === 'doubt') return keepForDoubt(deps, row, judged.reason, row.deletionSentTo);
  if (judged.verdict === 'wait') {
    await changeIfSame(deps, row, (same) => ({ ...same, waiting: { next: 'delete', due: judged.due } }));
    return DONE;
  }

  // The mark stands before the request: should the reply be lost, 404 will mean that the deletion has happened.
  const { accountSid } = await deps.credentials.current();
  const url = deps.twilio.urlOf(accountSid, message.recordingSid);
  const marked = await changeIfSame(deps, row, (same) => markDeleting(same, url, deps.clock.now()));
  if (!marked) return DONE;
  // Whoever places a hold looks for marks afterwards: of the two, one sees the other.
  if (await isOnHold(deps, marked)) return keepWhileHeld(deps, marked, row.deletionSentTo);
  const reply = await deps.twilio.deleteRecording(message.recordingSid);
  if (reply.kind === 'not-found' && row.deletionSentTo !== url && !(await isDeletedThere(deps, message))) {
    // Nothing of ours can have deleted it: the account or the region is another one, or Twilio has lost it.
    return keepForDoubt(deps, marked, 'twilio-does-not-know-it', row.deletionSentTo);
  }
  if (reply.kind !== 'deleted' && reply.kind !== 'not-found') {
    return postpone(deps, marked, reply, reply.kind === 'doubtful' ? url : row.deletionSentTo);
  }

  await changeRow(deps, key, (known) =>
    known?.state === 'deleting' ? deletionSucceeded(known, deps.clock.now()) : undefined,
  );
  deps.log.count('RecordingDeleted');
  deps.log.info("Twilio's copy deleted", { event: 'recording_deleted', ...message });
  return DONE;
}

/**
 * Rows from before proofs were kept say only who they took to be the maker. Such a recording is ours where its call took the SID
 * from the reply to its first start request; later ones may have been adopted from Twilio's list.
 */
async function isProvenByCall(deps: RecordingDeleteDependencies, row: RecordingRow): Promise<boolean> {
  const call = await deps.table.read({ kind: 'call', callSid: row.callSid });
  return call?.recordingSid === row.recordingSid && !call.adopted && call.attempts === 0;
}

/** What nothing proves to be ours stays at Twilio, and waits for nothing more. */
async function disown(deps: RecordingDeleteDependencies, row: RecordingRow): Promise<Outcome> {
  // Once the row is marked, an earlier request may have arrived: a person has to look.
  if (row.state === 'deleting') return keepForDoubt(deps, row, 'not-proven-to-be-ours', row.deletionSentTo);
  await changeIfSame(deps, row, ({ waiting: _done, ...same }) => ({ ...same, madeBy: 'other' }));
  const { callSid, recordingSid } = row;
  deps.log.warn("Twilio's copy is kept: nothing proves that this recorder made the recording", {
    event: 'recording_disowned',
    callSid,
    recordingSid,
  });
  return DONE;
}

const isOnHold = async ({ table }: RecordingDeleteDependencies, { callSid }: RecordingRow): Promise<boolean> =>
  isHeld(await table.read({ kind: 'hold', callSid }));

/** @param sentTo where an earlier deletion may have arrived */
async function keepWhileHeld(
  deps: RecordingDeleteDependencies,
  row: RecordingRow,
  sentTo: string | undefined,
): Promise<Outcome> {
  await changeIfSame(deps, row, (same) => deletionHeld(sentOnlyTo(same, sentTo), deps.clock.now()));
  const { callSid, recordingSid } = row;
  deps.log.info("Twilio's copy is kept: the call is on hold", { event: 'deletion_held', callSid, recordingSid });
  return DONE;
}

/** Whether Twilio says that the recording was deleted, by whomever. */
async function isDeletedThere(deps: RecordingDeleteDependencies, { recordingSid }: RecordingMessage): Promise<boolean> {
  const reply = await deps.twilio.recording(recordingSid);
  return reply.kind === 'found' && reply.recording.status === 'deleted';
}

/** @param sentTo where an earlier deletion may have arrived */
async function keepForDoubt(
  deps: RecordingDeleteDependencies,
  row: RecordingRow,
  reason: string,
  sentTo: string | undefined,
): Promise<Outcome> {
  await changeIfSame(deps, row, (same) => postponed(deps, sentOnlyTo(same, sentTo), reason));
  deps.log.count('DeletionDoubtful');
  deps.log.error("Twilio's copy is kept: it is not certain that it may go", {
    event: 'deletion_doubtful',
    callSid: row.callSid,
    recordingSid: row.recordingSid,
    reason,
  });
  return DONE;
}

async function postpone(
  deps: RecordingDeleteDependencies,
  row: RecordingRow,
  reply: Refusal,
  sentTo: string | undefined,
): Promise<Outcome> {
  await credentialsRenewed(deps, reply);
  await changeIfSame(deps, row, (same) => postponed(deps, sentOnlyTo(same, sentTo), reply.reason));
  if (row.attempts >= PASSING_FAILURES) deps.log.count('DeletionRefused');
  deps.log.warn("Twilio's copy could not be deleted yet", {
    event: 'deletion_postponed',
    callSid: row.callSid,
    recordingSid: row.recordingSid,
    status: reply.status,
    code: reply.code,
    reason: reply.reason,
    retryInSeconds: deletePauseMs(row.attempts) / SECOND,
  });
  return DONE;
}

/** The row without a deletion that Twilio has certainly not carried out. */
const sentOnlyTo = ({ deletionSentTo: _answered, ...row }: Draft<RecordingRow>, sentTo: string | undefined) => ({
  ...row,
  ...(sentTo !== undefined && { deletionSentTo: sentTo }),
});

const postponed = (deps: RecordingDeleteDependencies, row: Draft<RecordingRow>, reason: string) =>
  deletionPostponed(row, reason, deps.clock.now() + deletePauseMs(row.attempts));

/** Decides nothing on a row that has changed since it was judged. */
async function changeIfSame(
  deps: RecordingDeleteDependencies,
  { callSid, recordingSid, version }: RecordingRow,
  rule: (row: Draft<RecordingRow>) => Draft<RecordingRow>,
): Promise<RecordingRow | undefined> {
  const { row, changed } = await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (known) =>
    known?.version === version ? rule(known) : undefined,
  );
  return changed ? row : undefined;
}
