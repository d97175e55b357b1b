/** Which metrics set off an alarm, and what each alarm tells. */
import { ENVIRONMENT_OF_STEP, type EnvironmentName } from '../../lambdas/shared/contract/environment.ts';
import { METRICS, type MetricName } from '../../lambdas/shared/contract/metrics.ts';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import { type AlarmText, type Shape, SUSTAINED } from './alarm-text.ts';

export interface MetricAlarm extends AlarmText, Shape {
  readonly metric: MetricName;
  /** The steps that count it. */
  readonly steps: readonly Step[];
}

const readsCredentials = (step: Step): boolean =>
  (ENVIRONMENT_OF_STEP[step] as readonly EnvironmentName[]).includes('TWILIO_SECRET_ID');

/** Metrics that no healthy call produces, and what it means when a step counts them in a minute. */
export const METRIC_ALARMS: readonly MetricAlarm[] = [
  {
    metric: METRICS.signatureRefused,
    severity: 'notice',
    steps: ['incoming-call', 'stream-connect', 'stream-status', 'recording-callback'],
    threshold: 200,
    article: 'strangers',
    whatBreaks:
      'Strangers send 200 requests a minute and more without a valid signature: nothing is lost, but each costs.',
  },
  {
    metric: METRICS.ownSignatureRefused,
    severity: 'notice',
    steps: ['incoming-call', 'stream-connect', 'stream-status', 'recording-callback'],
    article: 'signature-refused',
    whatBreaks:
      'A request that bears a signature was refused: if it was from Twilio, its caller was not served or recorded.',
  },
  {
    metric: METRICS.credentialsInvalid,
    severity: 'page',
    ...SUSTAINED,
    steps: ['recording-start'],
    article: 'credentials-invalid',
    whatBreaks: 'Twilio refuses the credentials: calls are not recorded.',
  },
  {
    metric: METRICS.credentialsInvalid,
    severity: 'notice',
    steps: ['record-call', 'recording-copy', 'recording-delete', 'erase', 'reconcile', 'canary', 'recording-play'],
    article: 'credentials-invalid',
    whatBreaks: 'Twilio refuses the credentials: recordings are neither copied, nor deleted, nor played from Twilio.',
  },
  {
    metric: METRICS.credentialsUnread,
    severity: 'notice',
    steps: STEPS.filter(readsCredentials),
    article: 'credentials-unread',
    whatBreaks: 'The secret cannot be read: a token that you revoke stays valid here until it can be read again.',
  },
  {
    metric: METRICS.recordingStartRefused,
    severity: 'page',
    ...SUSTAINED,
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
    metric: METRICS.policyUnreadable,
    severity: 'notice',
    steps: ['incoming-call', 'stream-connect'],
    article: 'policy-unreadable',
    whatBreaks: "A number's voice URL cannot be read in full: its calls are treated as the stack is configured.",
  },
  {
    metric: METRICS.streamFailed,
    severity: 'notice',
    steps: ['stream-status'],
    article: 'call-unstreamed',
    whatBreaks: 'The stream of a call has failed before it started: the call is not recorded, and hears no disclaimer.',
  },
  {
    metric: METRICS.callUnstreamed,
    severity: 'notice',
    steps: ['recording-start'],
    article: 'call-unstreamed',
    whatBreaks:
      'A call goes on without its stream: nobody hears a disclaimer, and by default the call is not recorded.',
  },
  {
    metric: METRICS.callUnrecordable,
    severity: 'notice',
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
    metric: METRICS.callbackLost,
    severity: 'notice',
    steps: ['reconcile'],
    article: 'callback-lost',
    whatBreaks: "Twilio's callback about a finished recording did not come: such are copied up to an hour late.",
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
    whatBreaks: 'Twilio has refused to delete a recording four times or more: it costs more, none is lost.',
  },
  {
    metric: METRICS.erasureRefused,
    severity: 'page',
    steps: ['erase'],
    article: 'erasure-refused',
    whatBreaks: 'What somebody has asked to be erased is still there: S3 or Twilio have refused four times or more.',
  },
  {
    metric: METRICS.erasureLocked,
    severity: 'notice',
    steps: ['erase'],
    article: 'erasure-locked',
    whatBreaks: 'What is to be erased is under Object Lock: it is erased once the lock ends, and not before.',
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
    severity: 'page',
    steps: ['incoming-call'],
    article: 'request-refused',
    whatBreaks: 'A request that Twilio has signed could not be understood: a caller was not served.',
  },
  {
    metric: METRICS.requestRefused,
    severity: 'notice',
    steps: ['stream-status', 'recording-callback'],
    article: 'request-refused',
    whatBreaks: 'A callback that Twilio has signed could not be understood: what it told of is found by the hour.',
  },
  {
    metric: METRICS.stepFailed,
    severity: 'page',
    ...SUSTAINED,
    steps: ['recording-start'],
    article: 'recording-start',
    whatBreaks: 'Starts of recordings fail for a reason that nobody foresaw: those calls are not recorded yet.',
  },
  {
    metric: METRICS.stepFailed,
    severity: 'notice',
    steps: ['recording-copy'],
    article: 'recording-copy',
    whatBreaks: 'A copy failed for a reason that nobody foresaw: the recording is at Twilio, and is tried again.',
  },
  {
    metric: METRICS.stepFailed,
    severity: 'notice',
    steps: ['recording-delete'],
    article: 'recording-delete',
    whatBreaks: 'A deletion at Twilio failed for a reason that nobody foresaw: it is tried again, and none is lost.',
  },
  {
    metric: METRICS.stepFailed,
    severity: 'notice',
    steps: ['erase'],
    article: 'erase',
    whatBreaks: 'An erasure failed for a reason that nobody foresaw: it is tried again.',
  },
  {
    metric: METRICS.stepFailed,
    severity: 'notice',
    steps: ['reconcile'],
    article: 'reconcile',
    whatBreaks:
      "A part of Twilio's lists could not be compared: it is tried again, and what it would find is found later.",
  },
];
