/**
 * The contract of names between what steps count and measure (`lambdas/`) and what is watched of it (`lib/`): CloudWatch's metrics, which
 * alarms and dashboard refer to.
 */
import type { Step } from './steps.ts';

export const METRICS_NAMESPACE = 'CallRecorder';

/** The dimensions of every metric, in one set: two deployments in one account and region share the namespace. */
export interface MetricDimensions {
  readonly service: Step;
  readonly stage: string;
}

/** What is counted; dimensions {@link MetricDimensions}. */
export const METRICS = {
  callAnswered: 'CallAnswered',
  /** A request without a valid signature of Twilio's: any stranger can send one. */
  signatureRefused: 'SignatureRefused',
  /**
   * Those of them that bear a signature and, where their kind names an account, name ours. They are Twilio's own, unless forged by somebody
   * who knows the account's SID.
   */
  ownSignatureRefused: 'OwnSignatureRefused',
  /** A request that Twilio has signed, and that could not be understood. */
  requestRefused: 'RequestRefused',
  /** A call was answered before the table had confirmed its note: the stream's start, its status callback or `reconcile` notes it. */
  callUnconfirmed: 'CallUnconfirmed',
  /** A parameter of a number's voice URL could not be read, or names what does not exist, and what the stack is configured with applied instead. */
  policyUnreadable: 'PolicyUnreadable',
  /** A call was answered with TwiML that starts its recording: it has no stream. */
  callByTwiml: 'CallByTwiml',
  /** The voice URL of the call's number says that it is not to be recorded. */
  callNotWanted: 'CallNotWanted',
  streamStarted: 'StreamStarted',
  streamRefused: 'StreamRefused',
  /** Twilio says that a call's stream has failed before it started. */
  streamFailed: 'StreamFailed',
  /** A call lives on without its stream: it is not recorded, or recorded without a disclaimer. */
  callUnstreamed: 'CallUnstreamed',
  /** Somebody asked for the recording of a call that this recorder had not answered. */
  callRequested: 'CallRequested',
  recordingStarted: 'RecordingStarted',
  recordingAdopted: 'RecordingAdopted',
  recordingStartRetried: 'RecordingStartRetried',
  recordingStartRefused: 'RecordingStartRefused',
  callUnrecordable: 'CallUnrecordable',
  /** The caller hung up before a recording could begin: no alarm. */
  callTooShort: 'CallTooShort',
  recordingCompleted: 'RecordingCompleted',
  recordingAbsent: 'RecordingAbsent',
  recordingFailed: 'RecordingFailed',
  /** Two days after its beginning Twilio has not said what became of a recording. */
  recordingOverdue: 'RecordingOverdue',
  extraRecording: 'ExtraRecording',
  recordingStored: 'RecordingStored',
  /** What a waveform is drawn from could not be stored beside the audio: no alarm. */
  peaksNotKept: 'PeaksNotKept',
  /** A copy failed once or twice, which passes by itself: no alarm. */
  recordingCopyRetried: 'RecordingCopyRetried',
  recordingFellBack: 'RecordingFellBack',
  recordingDeleted: 'RecordingDeleted',
  erased: 'Erased',
  /** S3 or Twilio have refused four times or more to erase something. */
  erasureRefused: 'ErasureRefused',
  /** An object must not be deleted yet: its lock says until when. */
  erasureLocked: 'ErasureLocked',
  callHeld: 'CallHeld',
  callReleased: 'CallReleased',
  deletionDoubtful: 'DeletionDoubtful',
  /** Twilio has refused a deletion four times or more, over 20 minutes and longer. */
  deletionRefused: 'DeletionRefused',
  swept: 'Swept',
  reconciled: 'Reconciled',
  /** A recording of this recorder's own was over for minutes, and Twilio's callback had not come. */
  callbackLost: 'CallbackLost',
  /** Twilio had a conversation on a number of ours, and the table knew nothing of it. */
  callUnaccounted: 'CallUnaccounted',
  /** An entry of Twilio's lists, or its row, could not be read: nobody can tell whether the table knows it. */
  reconcileLeft: 'ReconcileLeft',
  credentialsInvalid: 'CredentialsInvalid',
  /** The secret could not be read when it was to be; the credentials last read remain in use. */
  credentialsUnread: 'CredentialsUnread',
  eventAnnounced: 'EventAnnounced',
  /** A step behind a queue has thrown; its message is delivered again. Lambda counts no error then. */
  stepFailed: 'StepFailed',
} as const;
export type MetricName = (typeof METRICS)[keyof typeof METRICS];

/** Values that are measured rather than counted, and the unit that CloudWatch shows; dimensions {@link MetricDimensions}. */
export const MEASURES = {
  /** From the stream's `start`, or from the TwiML that starts the recording, until Twilio has said that it records. */
  SecondsToRecording: 'Seconds',
  /** Requests that a recording took to start: what is over one is the race with Twilio's registration of the call. */
  StartAttempts: 'Count',
  /** How long the oldest call that should be recorded has gone unrecorded; by `sweep` 0 where there is none. */
  OldestUnrecordedSeconds: 'Seconds',
  /** From Twilio's `completed` until the copy was verified. */
  SecondsToStored: 'Seconds',
  /** Recordings that are complete at Twilio and not yet in S3. */
  CopiesOutstanding: 'Count',
  /** How long the oldest of them has been complete; 0 where there is none. */
  OldestCopySeconds: 'Seconds',
  /** For how long `sweep` has put a copy on its queue without any worker taking it up; 0 where there is none. */
  OldestUntakenCopySeconds: 'Seconds',
  /** For how long Twilio's lists have not been compared with the table to their end; before the first time, since the first sweep. */
  ReconcileAgeSeconds: 'Seconds',
  /** Deletions at Twilio whose day has come and which were not carried out yet. */
  DeletionsDue: 'Count',
  /** From placing a canary's call until its sound is in S3; while it is not, for how long one has been under way. */
  CanarySeconds: 'Seconds',
  /** For how long the oldest of them has been due, and paused or not taken up; 0 where there is none. Not measured with `never`. */
  OldestDueDeletionSeconds: 'Seconds',
} as const;
export type MeasureName = keyof typeof MEASURES;
