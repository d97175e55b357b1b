/** Which combinations of metrics set off an alarm, and what each alarm tells. */
import { METRICS, type MetricName } from '../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { AlarmText, Shape } from './alarm-text.ts';

/** An alarm on what is computed of several metrics, minute by minute. */
export interface ComputedAlarm extends AlarmText, Shape {
  readonly name: string;
  /** The step whose log tells more. */
  readonly step: Step;
  /**
   * Metric math over the names in `metrics`. A metric that was never counted may leave the whole expression without a value: the first
   * one is counted where the alarm must sound, others may be missing in that minute alone.
   */
  readonly expression: string;
  readonly metrics: { readonly [name: string]: readonly [MetricName, Step] };
}

/** Calls that are lost, as a share of those answered; a page where at least a tenth is, in two minutes of an hour. docs/decisions.md says why. */
const LOST_SHARE = '100 * lost / (lost + FILL(answered, 0))';
const ANSWERED = [METRICS.callAnswered, 'incoming-call'] as const;

export const COMPUTED_ALARMS: readonly ComputedAlarm[] = [
  {
    name: 'calls-unrecordable',
    severity: 'page',
    step: 'recording-start',
    expression: LOST_SHARE,
    metrics: { lost: [METRICS.callUnrecordable, 'recording-start'], answered: ANSWERED },
    threshold: 10,
    evaluationPeriods: 60,
    datapointsToAlarm: 2,
    article: 'call-unrecordable',
    whatBreaks: 'Calls end before their recordings can be started, a tenth of all or more: they have none.',
  },
  {
    name: 'streams-failed',
    severity: 'page',
    step: 'stream-status',
    expression: LOST_SHARE,
    metrics: { lost: [METRICS.streamFailed, 'stream-status'], answered: ANSWERED },
    threshold: 10,
    evaluationPeriods: 60,
    datapointsToAlarm: 2,
    article: 'call-unstreamed',
    whatBreaks:
      'The streams of a tenth of all calls or more fail: those calls are not recorded, and hear no disclaimer.',
  },
  {
    name: 'calls-refused',
    severity: 'page',
    step: 'incoming-call',
    // The step counts zero answered calls with each that it refuses.
    expression: 'refused - 1000000 * answered',
    metrics: { refused: [METRICS.ownSignatureRefused, 'incoming-call'], answered: ANSWERED },
    evaluationPeriods: 60,
    datapointsToAlarm: 3,
    article: 'signature-refused',
    whatBreaks:
      'Calls of your own account are refused for their signatures, and none is answered: callers hear an error.',
  },
];
