/** Which measures set off an alarm, and what each alarm tells. */
import type { MeasureName } from '../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { AlarmText } from './alarm-text.ts';

export interface MeasureAlarm extends AlarmText {
  readonly measure: MeasureName;
  readonly step: Step;
  /** What no value may reach, in the measure's unit. */
  readonly threshold: number;
  /** Minutes for which a value is told, so that an alarm does not come and go while things are as they were. Default: 5. */
  readonly toldForMinutes?: number;
}

/** Values that tell that something is slow, where nothing has failed. */
export const MEASURE_ALARMS: readonly MeasureAlarm[] = [
  ...(['sweep', 'recording-start'] as const).map((step) => ({
    measure: 'OldestUnrecordedSeconds' as const,
    step,
    threshold: 120,
    severity: 'page' as const,
    article: 'call-unrecorded',
    whatBreaks: 'A call has lived on for two minutes and more without being recorded, for whatever reason.',
  })),
  {
    measure: 'SecondsToRecording',
    step: 'recording-start',
    threshold: 30,
    severity: 'notice',
    article: 'recording-late',
    whatBreaks: 'A recording began half a minute or more after its call: what was said before is on no recording.',
  },
  {
    measure: 'OldestUntakenCopySeconds',
    step: 'sweep',
    threshold: 10 * 60,
    // The sweep looks at each such copy every ten minutes.
    toldForMinutes: 15,
    severity: 'notice',
    article: 'copies-untaken',
    whatBreaks: 'Copies wait on their queue, and nothing takes them up: those recordings are at Twilio only.',
  },
  {
    measure: 'OldestDueDeletionSeconds',
    step: 'sweep',
    threshold: 24 * 3600,
    // And at each such deletion every half hour.
    toldForMinutes: 35,
    severity: 'notice',
    article: 'deletions-late',
    whatBreaks: "Deletions at Twilio have been due for a day, paused or not taken up: Twilio's copies cost money.",
  },
  {
    measure: 'OldestCopySeconds',
    step: 'sweep',
    threshold: 24 * 3600,
    severity: 'page',
    article: 'copies-late',
    whatBreaks: 'A recording has been complete for a day and is still at Twilio only.',
  },
  {
    measure: 'ReconcileAgeSeconds',
    step: 'sweep',
    threshold: 3 * 3600,
    severity: 'notice',
    article: 'reconcile-silent',
    whatBreaks: 'Nothing has been compared with Twilio for 3 hours: what never came to the recorder is not found.',
  },
  {
    measure: 'CanarySeconds',
    step: 'canary',
    threshold: 600,
    severity: 'page',
    article: 'canary',
    whatBreaks: "The canary's call has not come to S3 within ten minutes: the cause may affect every call.",
  },
];
