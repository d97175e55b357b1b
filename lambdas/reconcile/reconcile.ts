/** Compares Twilio's list of recordings with the table, and takes in those whose callback never came. */
import { pMapSettled } from 'p-map';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { Queue, RecordingMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, TwilioRecording, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { flagExtraRecordings } from '../shared/rows/extra-recordings.ts';
import { applyReport } from '../shared/rules/recording/recording.ts';
import { reportOf } from '../shared/rules/recording/twilio-recording.ts';
import type { ReconcileRow } from '../shared/rules/table/rows.ts';
import { HOUR, type Instant, toIso } from '../shared/rules/values/instant.ts';

export interface ReconcileDependencies extends StepPorts {
  readonly twilio: Pick<TwilioRest, 'recordingsSince' | 'urlOf'>;
  readonly credentials: Credentials;
  readonly copyQueue: Queue<RecordingMessage>;
}

/**
 * Windows overlap by this much: Twilio lists a recording by when it began, a call lasts up to 24 hours, and Twilio takes
 * a while to process what was recorded.
 */
export const OVERLAP_MS = 26 * HOUR;

/** Recordings compared concurrently: one after the other, a day of many calls would outlast the function's time-out. */
const AT_ONCE = { concurrency: 25 };

/**
 * One run of the schedule. After an outage the window reaches back to the last run that came to its end; one recording
 * that cannot be taken in does not keep the others out, but the window then stays.
 */
export async function reconcile(deps: ReconcileDependencies): Promise<void> {
  const begun = deps.clock.now();
  const from = (await checkedUntil(deps, begun)) - OVERLAP_MS;

  let taken = 0;
  let unreadable = 0;
  const failures: unknown[] = [];
  const calls = new Set<string>();
  const callsWithSeveral = new Set<string>();
  let page: string | undefined;
  do {
    const reply = await deps.twilio.recordingsSince(from, page);
    if (reply.kind !== 'page') {
      await credentialsRenewed(deps, reply);
      throw new Error(`Twilio's recordings since ${toIso(from)} could not be listed: ${reply.reason}.`);
    }
    const results = await pMapSettled(reply.recordings, (recording) => takeIn(deps, recording), AT_ONCE);
    for (const result of results) {
      if (result.status === 'rejected') failures.push(result.reason);
      else if (result.value) taken += 1;
    }
    for (const { callSid } of reply.recordings) (calls.has(callSid) ? callsWithSeveral : calls).add(callSid);
    unreadable += reply.unreadable;
    page = reply.next;
  } while (page !== undefined);
  // Whoever took these in may have failed to flag them. What has audio is flagged by its copy; an absent one has no copy.
  for (const callSid of callsWithSeveral) {
    await flagExtraRecordings(deps, callSid).catch((error: unknown) => failures.push(error));
  }

  if (unreadable > 0) {
    deps.log.warn('Some entries of the list could not be read', { event: 'list_unreadable', count: unreadable });
  }
  if (taken > 0) deps.log.count('Reconciled', taken);
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} recordings could not be taken in or flagged.`);
  }
  await remember(deps, begun);
  deps.log.info("Twilio's list compared with the table", {
    event: 'reconciled',
    count: taken,
    windowStart: toIso(from),
  });
}

/** The first run begins the memory before it asks Twilio, so that no failure of later runs can move the window on. */
async function checkedUntil(deps: ReconcileDependencies, begun: Instant): Promise<Instant> {
  const memory = (await deps.table.read({ kind: 'reconcile' })) ?? (await remember(deps, begun));
  return Math.min(memory?.checkedUntil ?? begun, begun);
}

/**
 * Only recordings of calls that went through this recorder: the account may have other applications, whose recordings
 * are none of our business.
 */
async function takeIn(deps: ReconcileDependencies, recording: TwilioRecording): Promise<boolean> {
  const { callSid, recordingSid } = recording;
  const { accountSid } = await deps.credentials.current();
  const report = reportOf(recording, deps.twilio.urlOf(accountSid, recordingSid));
  if (!report) return false;
  const key = { kind: 'recording', callSid, recordingSid } as const;
  const known = await deps.table.read(key);
  if (applyReport(known, report, deps.clock.now()) === undefined) return false;
  const call = await deps.table.read({ kind: 'call', callSid });
  if (!known && !call) return false;

  // The list does not say whose a recording is: what it alone tells of stays at Twilio.
  const { changed } = await changeRow(deps, key, (row) => applyReport(row, report, deps.clock.now()));
  if (!changed) return false;
  deps.log.warn('A recording was found whose callback had not come', {
    event: 'recording_reconciled',
    callSid,
    recordingSid,
    state: report.status,
  });
  if (report.status === 'completed') await deps.copyQueue.send({ callSid, recordingSid });
  await flagExtraRecordings(deps, callSid);
  return true;
}

async function remember(deps: ReconcileDependencies, checked: Instant): Promise<ReconcileRow | undefined> {
  const { row } = await changeRow(deps, { kind: 'reconcile' }, (memory) =>
    memory && memory.checkedUntil >= checked ? undefined : { kind: 'reconcile', checkedUntil: checked },
  );
  return row;
}
