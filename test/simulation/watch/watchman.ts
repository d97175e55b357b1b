/** Asks the deployed alarms about a history: which were in ALARM, and since when. */
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { AlarmModel } from '../../../sim/aws/alarms.ts';
import { keyOf, type MetricName, type MetricsModel } from '../../../sim/aws/metrics.ts';
import type { Deployed } from './deployed.ts';
import type { DeployedAlarm } from './deployed-alarms.ts';

/** An alarm that went into ALARM. */
export interface Sounded {
  readonly alarm: DeployedAlarm;
  readonly at: Instant;
}

/** They hold no state, so that all histories share them. */
const modelsOf = new WeakMap<Deployed, readonly (readonly [DeployedAlarm, AlarmModel])[]>();

export class Watchman {
  readonly metrics: MetricsModel;
  readonly #models: readonly (readonly [DeployedAlarm, AlarmModel])[];

  constructor(deployed: Deployed, metrics: MetricsModel) {
    this.metrics = metrics;
    const known = modelsOf.get(deployed) ?? deployed.alarms.map((alarm) => [alarm, new AlarmModel(alarm)] as const);
    modelsOf.set(deployed, known);
    this.#models = known;
  }

  /** The alarms that were in ALARM at any minute of a span, each with the first one; the earliest first. */
  sounded(from: Instant, until: Instant, isMeant: (alarm: DeployedAlarm) => boolean = () => true): Sounded[] {
    return this.#models
      .filter(([alarm]) => isMeant(alarm))
      .map(([alarm, model]) => ({ alarm, at: model.firstAlarm(this.metrics, from, until) }))
      .filter((one): one is Sounded => one.at !== undefined)
      .sort((a, b) => a.at - b.at);
  }
}

/** Whether an alarm looks at a metric. */
export const watches =
  (metric: MetricName) =>
  ({ metrics }: DeployedAlarm): boolean =>
    metrics.some((one) => keyOf(one) === keyOf(metric));
