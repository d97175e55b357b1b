/** A recording whose end Twilio has not reported: it is asked what became of it. */
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { RecordingMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, Refusal, TwilioRecording, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import {
  isReportOverdue,
  type LossReason,
  recordingLost,
  reportStillAwaited,
} from '../shared/rules/recording/awaited-report.ts';
import { applyReport, type RecordingReport } from '../shared/rules/recording/recording.ts';
import { reportOf } from '../shared/rules/recording/twilio-recording.ts';
import type { Draft, RecordingRow } from '../shared/rules/table/rows.ts';

export interface AskReportDependencies extends StepPorts {
  readonly twilio: Pick<TwilioRest, 'recording'>;
  readonly credentials: Credentials;
}

/** What Twilio's answer comes to: the end, which may be that there is nothing, or that it is still open. */
type Answer =
  | { readonly kind: 'ended'; readonly report: RecordingReport }
  | { readonly kind: 'lost'; readonly reason: LossReason }
  | { readonly kind: 'open'; readonly reason: string };

/** @returns whether the recording is complete, and to be copied now. */
export async function askForReport(deps: AskReportDependencies, row: RecordingRow): Promise<boolean> {
  const { callSid, recordingSid } = row;
  const reply = await deps.twilio.recording(recordingSid);
  const now = deps.clock.now();
  const overdue = isReportOverdue(row, now);
  const answer = reply.kind === 'found' ? answerOf(row, reply.recording) : await unanswered(deps, reply, overdue);
  const { row: known, changed } = await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (current) =>
    current?.state === 'in-progress' ? rowAfter(current, answer, now) : undefined,
  );
  if (changed) tell(deps, { callSid, recordingSid }, answer, overdue);
  return known?.state === 'completed';
}

function answerOf(row: RecordingRow, recording: TwilioRecording): Answer {
  if (recording.callSid !== row.callSid) return { kind: 'open', reason: 'recording-of-another-call' };
  if (recording.status === 'deleted') return { kind: 'lost', reason: 'deleted-at-twilio' };
  const report = reportOf(recording, row.twilioUrl);
  const open = { kind: 'open', reason: `twilio-says-${recording.status}` } as const;
  return report && report.status !== 'in-progress' ? { kind: 'ended', report } : open;
}

/** A 404 may be that of another account or region, which somebody has just configured: at first it is only doubt. */
async function unanswered(deps: AskReportDependencies, reply: Refusal, overdue: boolean): Promise<Answer> {
  await credentialsRenewed(deps, reply);
  if (reply.kind === 'not-found' && overdue) return { kind: 'lost', reason: 'unknown-at-twilio' };
  return { kind: 'open', reason: `recording: ${reply.reason}` };
}

function rowAfter(row: Draft<RecordingRow>, answer: Answer, now: number): Draft<RecordingRow> | undefined {
  if (answer.kind === 'ended') return applyReport(row, answer.report, now);
  return answer.kind === 'lost' ? recordingLost(row, answer.reason) : reportStillAwaited(row, answer.reason, now);
}

function tell({ log }: AskReportDependencies, key: RecordingMessage, answer: Answer, overdue: boolean): void {
  if (answer.kind === 'open') {
    if (overdue) log.count('RecordingOverdue');
    log.warn('The end of a recording has not been reported; Twilio is asked again', {
      event: 'recording_open',
      ...key,
      reason: answer.reason,
    });
    return;
  }
  if (answer.kind === 'lost') {
    log.count('RecordingFailed');
    log.error('The recording is gone at Twilio', { event: 'recording_lost', ...key, reason: answer.reason });
    return;
  }
  const { status, errorCode } = answer.report;
  if (status === 'absent') log.count('RecordingAbsent');
  if (status === 'failed') log.count('RecordingFailed');
  log.warn('Twilio was asked for the end of a recording that it had not reported', {
    event: 'recording_reported',
    ...key,
    state: status,
    code: errorCode,
  });
}
