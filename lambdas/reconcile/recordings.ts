/** Takes in recordings whose callback never came. */
import type { PassedOver, RecordingsPage, TwilioRecording } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { flagExtraRecordings } from '../shared/rows/extra-recordings.ts';
import { applyReport } from '../shared/rules/recording/recording.ts';
import { isCallbackLost, reportOf } from '../shared/rules/recording/twilio-recording.ts';
import {
  type EntriesPage,
  type Entry,
  entriesPage,
  type List,
  type ReconcileDependencies,
  type Run,
  UnreadableEntry,
} from './run.ts';

export function recordingList({ deps, failures }: Run): List {
  const recordingOfCall = new Map<string, string>();
  const callsWithSeveral = new Set<string>();
  return {
    name: 'recordings',
    async read(from, page) {
      const reply = await deps.twilio.recordingsSince(from, page);
      if (reply.kind !== 'page') return reply;
      for (const { callSid, recordingSid } of reply.recordings) {
        // A run reads a recording more than once where its passes overlap.
        const known = recordingOfCall.get(callSid) ?? recordingSid;
        if (known !== recordingSid) callsWithSeveral.add(callSid);
        recordingOfCall.set(callSid, known);
      }
      return entriesOf(deps, reply);
    },
    async end() {
      // Whichever step took these in may have failed to flag them. What has audio is flagged by its copy; an absent one has no copy.
      for (const callSid of callsWithSeveral) {
        await flagExtraRecordings(deps, callSid).catch((error: unknown) => failures.push(error));
      }
    },
  };
}

function entriesOf(deps: ReconcileDependencies, page: RecordingsPage): EntriesPage {
  const { recordings, passedOver = [] } = page;
  const entries: Entry[] = recordings.map((recording) => ({
    ...{ sid: recording.recordingSid, at: recording.createdAt },
    settle: () => takeIn(deps, recording),
  }));
  // A recording of a conference belongs to no call, and so to none of ours.
  for (const one of passedOver.filter(({ why }) => why === 'unreadable')) {
    entries.push({ sid: one.recordingSid, at: one.createdAt, settle: () => settleUnreadable(deps, one) });
  }
  return entriesPage(entries, page, passedOver.length);
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
  deps.log.count('Reconciled');
  const { status: state, errorCode: code } = report;
  deps.log.warn('A recording was found whose callback had not come', {
    ...{ event: 'recording_reconciled', callSid, recordingSid, state, code },
  });
  // No callback that can be asked for tells that a recording failed.
  if (state === 'failed') deps.log.count('RecordingFailed');
  const isAwaited = known?.state === 'in-progress' && known.proof !== undefined && state === 'completed';
  if (isAwaited && isCallbackLost(recording, deps.clock.now())) deps.log.count('CallbackLost');
  if (state === 'completed') await deps.copyQueue.send({ callSid, recordingSid });
  await flagExtraRecordings(deps, callSid);
  return true;
}

/** An entry that cannot be read matters unless it is of a call of others, or its recording is known to be over. */
async function settleUnreadable(
  { table }: ReconcileDependencies,
  { callSid, recordingSid }: Pick<PassedOver, 'callSid' | 'recordingSid'>,
): Promise<boolean> {
  if (callSid !== undefined) {
    const row = await table.read({ kind: 'recording', callSid, recordingSid });
    if (row && row.state !== 'in-progress') return false;
    if (!row && !(await table.read({ kind: 'call', callSid }))) return false;
  }
  throw new UnreadableEntry();
}

/** Asks for one recording whose entry, or whose row, could not be read. @throws {UnreadableEntry} where that is still so */
export async function takeInAgain(deps: ReconcileDependencies, recordingSid: string): Promise<boolean> {
  const reply = await deps.twilio.recording(recordingSid);
  if (reply.kind === 'found') return takeIn(deps, reply.recording);
  if (reply.kind === 'not-found') return false;
  throw new UnreadableEntry(reply.reason);
}
