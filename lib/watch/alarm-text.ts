/** What every alarm says of itself, and when it sounds. */
import type { Step } from '../../lambdas/shared/contract/steps.ts';

/**
 * `page`: calls are lost or go unrecorded, or a recording may be lost, and a person can do something tonight. `notice`: what a stranger can
 * cause, what heals by itself, and what only costs money. docs/runbook.md says for each alarm why it is what it is.
 */
export type Severity = 'page' | 'notice';

export interface AlarmText {
  readonly severity: Severity;
  /** Article of the runbook: `docs/runbook.md#<article>`. */
  readonly article: string;
  /** What goes wrong for callers or owners while the alarm lasts: one sentence. */
  readonly whatBreaks: string;
}

/** What an alarm tells, and the step whose log tells more. */
export interface StepAlarmText extends AlarmText {
  readonly step: Step;
}

/** When an alarm sounds: where its minutes are out of bounds so many times of so many. Default: at the first minute that has a count. */
export interface Shape {
  /** What a minute must not reach. Default 1. */
  readonly threshold?: number;
  /** Minutes that are looked back at. Default 1. */
  readonly evaluationPeriods?: number;
  /** How many of them must be out of bounds. Default: all. */
  readonly datapointsToAlarm?: number;
}

/** What passes by itself is over by then, and what goes on is told within five minutes. */
export const SUSTAINED: Shape = { evaluationPeriods: 5, datapointsToAlarm: 3 };
