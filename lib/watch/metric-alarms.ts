/** Which metrics and measures set off an alarm, and what each alarm tells. */
import { METRICS, type MeasureName, type MetricName } from '../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';

/**
 * `page`: calls are lost or go unrecorded, or a recording may be lost, and a person can do something tonight. `notice`: what a stranger can
 * cause, what heals by itself, and what only costs money. docs/runbook.md says for each alarm why it is what it is.
 */
export type Severity = 'page' | 'notice';
export const SEVERITIES: readonly Severity[] = ['page', 'notice'];

export interface AlarmText {
  readonly severity: Severity;
  /** Article of the runbook: `docs/runbook.md#<article>`. */
  readonly article: string;
  /** What goes wrong for callers or owners while the alarm lasts: one sentence. */
  readonly whatBreaks: string;
}

export interface MetricAlarm extends AlarmText {
  readonly metric: MetricName;
  /** The steps that count it. */
  readonly steps: readonly Step[];
}

/** Metrics that no healthy call produces, and what it means when they are counted. */
export const METRIC_ALARMS: readonly MetricAlarm[] = [
  {
    metric: METRICS.signatureRefused,
    severity: 'notice',
    steps: ['incoming-call', 'stream-connect', 'stream-status', 'recording-callback'],
    article: 'credentials-invalid',
    whatBreaks: 'Requests without a valid signature are refused: if they are from Twilio, calls are not recorded.',
  },
  {
    metric: METRICS.credentialsInvalid,
    severity: 'page',
    steps: ['recording-start'],
    article: 'credentials-invalid',
    whatBreaks: 'Twilio refuses the credentials: calls are not recorded.',
  },
  {
    metric: METRICS.credentialsInvalid,
    severity: 'notice',
    steps: ['recording-copy', 'recording-delete', 'reconcile', 'recording-play'],
    article: 'credentials-invalid',
    whatBreaks: 'Twilio refuses the credentials: recordings are neither copied, nor deleted, nor played from Twilio.',
  },
  {
    metric: METRICS.credentialsUnread,
    severity: 'notice',
    steps: [
      ...(['incoming-call', 'stream-connect', 'stream-status', 'recording-start', 'recording-callback'] as const),
      ...(['recording-copy', 'recording-delete', 'reconcile', 'recording-play'] as const),
    ],
    article: 'credentials-unread',
    whatBreaks: 'The secret cannot be read: a token that you revoke stays valid here until it can be read again.',
  },
  {
    metric: METRICS.recordingStartRefused,
    severity: 'page',
    steps: ['recording-start'],
    article: 'recording-start-refused',
    whatBreaks: 'Twilio refuses to record a call for a reason that waiting seldom cures: that call may go unrecorded.',
  },
  {
    metric: METRICS.callUnconfirmed,
    severity: 'notice',
    steps: ['incoming-call'],
    article: 'call-unconfirmed',
    whatBreaks: 'Calls are answered before the table has confirmed them: one whose stream then fails is noticed late.',
  },
  {
    metric: METRICS.streamFailed,
    severity: 'page',
    steps: ['stream-status'],
    article: 'call-unstreamed',
    whatBreaks: 'The stream of a call has failed before it started: the call is not recorded, and hears no disclaimer.',
  },
  {
    metric: METRICS.callUnstreamed,
    severity: 'page',
    steps: ['recording-start'],
    article: 'call-unstreamed',
    whatBreaks: 'A call goes on without its stream: it is not recorded, and hears no disclaimer.',
  },
  {
    metric: METRICS.callUnrecordable,
    severity: 'page',
    steps: ['recording-start'],
    article: 'call-unrecordable',
    whatBreaks: 'A call was over before its recording could be started: it has none.',
  },
  {
    metric: METRICS.extraRecording,
    severity: 'notice',
    steps: ['recording-start', 'recording-callback', 'recording-copy', 'reconcile'],
    article: 'extra-recording',
    whatBreaks: 'A call has more than one recording: all are kept and copied, but cost more and need a look.',
  },
  {
    metric: METRICS.recordingFailed,
    severity: 'page',
    steps: ['recording-callback', 'recording-copy', 'reconcile'],
    article: 'recording-failed',
    whatBreaks: 'Twilio says that a recording failed, or that it is gone: its audio may not exist.',
  },
  {
    metric: METRICS.recordingOverdue,
    severity: 'notice',
    steps: ['recording-copy'],
    article: 'recording-overdue',
    whatBreaks: 'Two days after it began a recording is still not complete at Twilio: it is not copied yet.',
  },
  {
    metric: METRICS.callUnaccounted,
    severity: 'page',
    steps: ['reconcile'],
    article: 'call-unaccounted',
    whatBreaks: 'A conversation on one of your numbers was not recorded, and nothing here noticed it at the time.',
  },
  {
    metric: METRICS.reconcileLeft,
    severity: 'notice',
    steps: ['reconcile'],
    article: 'reconcile-left',
    whatBreaks: "An entry of Twilio's lists, or its row, cannot be read: whether something is missing is not known.",
  },
  {
    metric: METRICS.recordingFellBack,
    severity: 'notice',
    steps: ['recording-copy'],
    article: 'recording-fell-back',
    whatBreaks: 'A recording could not be copied: it is safe at Twilio only, and is tried again.',
  },
  {
    metric: METRICS.deletionDoubtful,
    severity: 'page',
    steps: ['recording-delete'],
    article: 'deletion-doubtful',
    whatBreaks: 'The copy in S3 could not be proven: the recording stays at Twilio until someone has looked.',
  },
  {
    metric: METRICS.deletionRefused,
    severity: 'notice',
    steps: ['recording-delete'],
    article: 'deletion-refused',
    whatBreaks: 'Twilio has refused to delete a recording for an hour or more: it costs more, none is lost.',
  },
  {
    metric: METRICS.streamRefused,
    severity: 'page',
    steps: ['stream-connect'],
    article: 'stream-refused',
    whatBreaks: 'A stream of your own Twilio account was refused: that call is neither recorded nor told so.',
  },
  {
    metric: METRICS.requestRefused,
    severity: 'notice',
    steps: ['incoming-call', 'stream-status', 'recording-callback'],
    article: 'request-refused',
    whatBreaks:
      'A request could not be read: if it is from Twilio, a caller is not served or a recording noticed late.',
  },
];

export interface MeasureAlarm extends AlarmText {
  readonly measure: MeasureName;
  readonly step: Step;
  /** What the largest value of five minutes must not reach, in the measure's unit. */
  readonly threshold: number;
}

/** Values that tell that something is slow, where nothing has failed. */
export const MEASURE_ALARMS: readonly MeasureAlarm[] = [
  {
    measure: 'SecondsToRecording',
    step: 'recording-start',
    threshold: 30,
    severity: 'notice',
    article: 'recording-late',
    whatBreaks: 'A recording began half a minute or more after its call: what was said before is on no recording.',
  },
  {
    measure: 'OldestCopySeconds',
    step: 'sweep',
    threshold: 24 * 3600,
    severity: 'page',
    article: 'copies-late',
    whatBreaks: 'A recording has been complete for a day and is still at Twilio only.',
  },
];
