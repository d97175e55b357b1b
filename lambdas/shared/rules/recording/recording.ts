/** The states of a recording, as pure functions. No rule leads backwards, see `docs/states.md`. */

import type { RecordingState } from '../table/row-parts.ts';
import type { Draft, EncryptionDetails, OwnershipProof, RecordingRow, StoredAudio } from '../table/rows.ts';
import type { Upload } from '../table/upload.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '../values/instant.ts';
import { awaitedReport } from './awaited-report.ts';

/**
 * How long a copy claims its recording without renewing the claim. Between two renewals lie at most one part's attempts
 * (three of a minute) and a source that is about to be given up (half a minute). A copier that is slower all the same
 * only does its work twice: nothing is overwritten, and only the owner of the claim writes the row.
 */
export const COPY_CLAIM_MS = 5 * MINUTE;
/** While the audio flows, the claim is renewed this often; so a copy that was killed is taken up within minutes. */
export const COPY_RENEWED_AFTER_MS = MINUTE;
/** `sweep` takes a recording up when its copy message has been lost for this long. */
export const COPY_OVERDUE_MS = MINUTE;
/** Outlasts the time-out of `recording-delete` (2 minutes). */
export const DELETE_OVERDUE_MS = 5 * MINUTE;

/** What Twilio says of a recording: in a callback, in a reply, or in its list. */
export interface RecordingReport {
  readonly callSid: string;
  readonly recordingSid: string;
  readonly status: 'in-progress' | 'completed' | 'absent' | 'failed';
  readonly twilioUrl: string;
  /** Absent where nothing proves that the recording is ours. */
  readonly proof?: OwnershipProof;
  readonly source?: string;
  readonly channels?: number;
  readonly durationSeconds?: number;
  readonly startTime?: Instant;
  readonly errorCode?: number;
}

const RANK: { readonly [state in RecordingState]: number } = {
  'in-progress': 0,
  absent: 1,
  failed: 1,
  completed: 2,
  fallback: 3,
  stored: 4,
  deleting: 5,
  deleted: 6,
  erased: 7,
};

/** All states, in the order in which a recording goes through them. */
export const RECORDING_STATES = Object.keys(RANK) as readonly RecordingState[];

/**
 * Applies a report, from whichever source, in whatever order and number.
 *
 * @returns the next row, or `undefined` where the report changes nothing.
 */
export function applyReport(
  row: Draft<RecordingRow> | undefined,
  report: RecordingReport,
  now: Instant,
): Draft<RecordingRow> | undefined {
  if (row === undefined) return enterState(firstRow(report, now), report, now);
  if (RANK[report.status] > RANK[row.state]) return enterState(row, report, now);
  // A report that comes late may still prove that the recording is ours to delete.
  const proven = report.proof && !row.proof ? becomeOurs(row, report.proof, now) : row;
  // Rows of earlier versions wait for nothing while they are in progress.
  const current =
    proven.state === 'in-progress' && !proven.waiting ? { ...proven, waiting: awaitedReport(proven) } : proven;
  return current === row ? undefined : current;
}

function firstRow(report: RecordingReport, now: Instant): Draft<RecordingRow> {
  return {
    kind: 'recording',
    callSid: report.callSid,
    recordingSid: report.recordingSid,
    state: 'in-progress',
    twilioUrl: report.twilioUrl,
    madeBy: report.proof ? 'recorder' : 'other',
    attempts: 0,
    notedAt: now,
  };
}

function enterState(row: Draft<RecordingRow>, report: RecordingReport, now: Instant): Draft<RecordingRow> {
  const { source, channels, durationSeconds, startTime, errorCode } = report;
  const { waiting: _reported, reason: _open, ...rest } = row;
  const known = {
    ...rest,
    state: report.status,
    ...(report.proof && !row.proof && ourBy(report.proof)),
    ...(source !== undefined && { source }),
    ...(channels !== undefined && { channels }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(startTime !== undefined && { startTime }),
    ...(errorCode !== undefined && { errorCode }),
  };
  if (report.status === 'in-progress') return { ...known, waiting: awaitedReport(known) };
  if (report.status !== 'completed') return known;
  return { ...known, completedAt: now, waiting: { next: 'copy', due: now + COPY_OVERDUE_MS } };
}

const ourBy = (proof: OwnershipProof) => ({ madeBy: 'recorder' as const, proof });

function becomeOurs(row: Draft<RecordingRow>, proof: OwnershipProof, now: Instant): Draft<RecordingRow> {
  const ours = { ...row, ...ourBy(proof) };
  // A stored recording of another application waits for nothing; once it is ours, its deletion is looked at.
  if (row.state === 'stored') return { ...ours, waiting: { next: 'delete', due: now } };
  // What was left at Twilio as another application's goes too.
  return row.state === 'erased' ? { ...ours, waiting: { next: 'erase', due: now } } : ours;
}

export const isToBeCopied = (row: Draft<RecordingRow>): boolean =>
  row.state === 'completed' || row.state === 'fallback';
export const isToBeDeleted = (row: Draft<RecordingRow>): boolean =>
  row.madeBy === 'recorder' && (row.state === 'stored' || row.state === 'deleting');

export function claimCopy(row: Draft<RecordingRow>, owner: string, now: Instant): Draft<RecordingRow> {
  const until = now + COPY_CLAIM_MS;
  return { ...row, claim: { owner, until }, waiting: { next: 'copy', due: until } };
}

/** The copy is still under way, and its upload has come so far. */
export function renewCopy(row: Draft<RecordingRow>, now: Instant, upload?: Upload): Draft<RecordingRow> {
  return row.claim ? withUpload(claimCopy(row, row.claim.owner, now), upload) : row;
}

/** The copy goes on in another invocation. Nothing has failed. */
export function copyHandedOver(row: Draft<RecordingRow>, upload: Upload, due: Instant): Draft<RecordingRow> {
  const { claim: _released, ...rest } = row;
  return { ...rest, upload, waiting: { next: 'copy', due } };
}

function withUpload(
  { upload: _earlier, ...row }: Draft<RecordingRow>,
  upload: Upload | undefined,
): Draft<RecordingRow> {
  return upload ? { ...row, upload } : row;
}

/** The copy is verified: Twilio's copy is due for deletion after `keepMs`, unless another application made it. */
export function copySucceeded(
  row: Draft<RecordingRow>,
  stored: StoredAudio,
  encryption: EncryptionDetails | undefined,
  keepMs: number,
  slips: readonly string[] = [],
): Draft<RecordingRow> {
  const { claim: _released, waiting: _done, reason: _past, slips: _earlier, upload: _complete, ...rest } = row;
  const noted = slips.length > 0 && { slips };
  const kept = { ...rest, ...noted, state: 'stored' as const, stored, attempts: 0, ...(encryption && { encryption }) };
  if (row.madeBy === 'other') return kept;
  return { ...kept, waiting: { next: 'delete', due: stored.storedAt + keepMs } };
}

/**
 * The copy failed: Twilio's URL is the way to the audio until a later attempt succeeds.
 *
 * @param upload what a later attempt may go on with
 */
export function copyFailed(
  row: Draft<RecordingRow>,
  reason: string,
  due: Instant,
  upload?: Upload,
): Draft<RecordingRow> {
  const { claim: _released, ...rest } = withUpload(row, upload);
  return { ...rest, state: 'fallback', attempts: row.attempts + 1, reason, waiting: { next: 'copy', due } };
}

/**
 * Written before the request: from here on it may have arrived.
 *
 * @param url the recording's URL at Twilio, with the base and the account that are asked
 */
export function markDeleting(row: Draft<RecordingRow>, url: string, now: Instant): Draft<RecordingRow> {
  return { ...row, state: 'deleting', deletionSentTo: url, waiting: { next: 'delete', due: now + DELETE_OVERDUE_MS } };
}

/** A deletion that was not carried out, for doubt or because Twilio did not answer: tried again at `due`. */
export function deletionPostponed(row: Draft<RecordingRow>, reason: string, due: Instant): Draft<RecordingRow> {
  return { ...row, attempts: row.attempts + 1, reason, waiting: { next: 'delete', due } };
}

export function deletionSucceeded(row: Draft<RecordingRow>, now: Instant): Draft<RecordingRow> {
  const { waiting: _done, reason: _past, ...rest } = row;
  return { ...rest, state: 'deleted', deletedAt: now };
}

/** Pauses between attempts to copy; the last one repeats for as long as it takes. */
const COPY_PAUSES = [5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];
export const copyPauseMs = (failures: number): number =>
  COPY_PAUSES[Math.min(failures, COPY_PAUSES.length - 1)] ?? 6 * HOUR;

/** Pauses between attempts to delete; nobody waits for a deletion. */
const DELETE_PAUSES = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR];
export const deletePauseMs = (failures: number): number =>
  DELETE_PAUSES[Math.min(failures, DELETE_PAUSES.length - 1)] ?? 24 * HOUR;
