/** What CloudWatch gets of a world: what steps count and measure, and what Lambda, SQS and API Gateway tell of themselves. */
import { METRICS_NAMESPACE, type MeasureName, type MetricName } from '../../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { keyOf, type MetricName as Metric, type MetricKey, MetricsModel } from '../../../sim/aws/metrics.ts';
import { STAGE, type Worker } from '../world/deployment.ts';
import { type AccessLogLine, type Api, type LogFilter, matches } from './log-filters.ts';

/** What a step has counted or measured. */
export interface Note {
  readonly metric: MetricName | MeasureName;
  readonly value: number;
}

const metricOfStep = (step: Step, name: string): Metric => ({
  namespace: METRICS_NAMESPACE,
  name,
  dimensions: { service: step, stage: STAGE },
});
const metricOfFunction = (step: Step, name: string): Metric => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: step },
});
export const metricOfDeadLetters = (worker: Worker): Metric => ({
  namespace: 'AWS/SQS',
  name: 'ApproximateNumberOfMessagesVisible',
  dimensions: { QueueName: `${worker}-dead-letters` },
});
const metricOfApi = (api: Api, name: string): Metric => ({
  namespace: 'AWS/ApiGateway',
  name,
  dimensions: { ApiId: api },
});

export class Signals {
  readonly metrics = new MetricsModel();
  readonly #keys = new Map<string, MetricKey>();
  readonly #filters: readonly LogFilter[];
  /** The metrics that count a line, by the line. */
  readonly #counting = new Map<string, readonly MetricKey[]>();
  readonly #parked = new Map<Worker, number>();
  /** APIs whose throttle refuses whatever comes. */
  readonly refusing = new Set<Api>();
  /** When the first dead letter of a queue came. */
  readonly parkedSince = new Map<Worker, Instant>();

  constructor(filters: readonly LogFilter[]) {
    this.#filters = filters;
  }

  /**
   * An invocation has ended. Lambda's metrics carry the time at which it began; those of the step are in its log, which a killed
   * environment has not written.
   *
   * @param notes `undefined` where the environment was killed
   */
  invoked(step: Step, begun: Instant, now: Instant, failed: boolean, notes: readonly Note[] | undefined): void {
    const options = { writtenAt: now };
    this.metrics.put(this.#key(step, 'Invocations', metricOfFunction), 1, begun, options);
    if (failed) this.metrics.put(this.#key(step, 'Errors', metricOfFunction), 1, begun, options);
    for (const { metric, value } of notes ?? []) this.metrics.put(this.#key(step, metric, metricOfStep), value, now);
  }

  /** The same run in each minute of a span; what it measures in seconds grows with the clock. */
  repeated(
    step: Step,
    span: { from: Instant; until: Instant },
    values: readonly RepeatedValue[],
    failed: boolean,
  ): void {
    const { from, until } = span;
    if (from >= until) return;
    this.metrics.putEachMinute(this.#key(step, 'Invocations', metricOfFunction), { from, until, value: 1 });
    if (failed) this.metrics.putEachMinute(this.#key(step, 'Errors', metricOfFunction), { from, until, value: 1 });
    for (const { metric, valueAt, growth } of values) {
      const key = this.#key(step, metric, metricOfStep);
      this.metrics.putEachMinute(key, { from, until, value: valueAt(from), growth });
    }
  }

  /** Nobody takes dead letters away: from then on there are so many in each minute. */
  parked(worker: Worker, count: number, now: Instant): void {
    if (count === (this.#parked.get(worker) ?? 0)) return;
    this.#parked.set(worker, count);
    if (!this.parkedSince.has(worker)) this.parkedSince.set(worker, now);
    this.metrics.hold(keyOf(metricOfDeadLetters(worker)), count, now);
  }

  /** Lambda had no environment for an invocation. */
  throttled(step: Step, now: Instant): void {
    this.metrics.put(this.#key(step, 'Throttles', metricOfFunction), 1, now);
  }

  /** Whether an API answers a request with 429, which its access log alone tells. */
  refuses(api: Api, routeKey: string, now: Instant): boolean {
    if (!this.refusing.has(api)) return false;
    this.answered(api, routeKey, 429, now);
    return true;
  }

  /** An API has answered: its access log says so, and filters count it. */
  answered(api: Api, routeKey: string, status: number, now: Instant): void {
    const line: AccessLogLine = { routeKey, status: String(status) };
    const id = `${api} ${routeKey} ${status}`;
    const counting =
      this.#counting.get(id) ??
      this.#filters.filter((one) => one.api === api && matches(one.pattern, line)).map(({ metric }) => keyOf(metric));
    this.#counting.set(id, counting);
    for (const key of counting) this.metrics.put(key, 1, now);
    if (api === 'HTTP' && status >= 500) this.failed('HTTP', '5xx', now);
  }

  /** What an API tells of one request that failed. */
  failed(api: Api, name: '5xx' | 'ExecutionError' | 'IntegrationError', now: Instant): void {
    this.metrics.put(keyOf(metricOfApi(api, name)), 1, now);
  }

  #key(step: Step, name: string, of: (step: Step, name: string) => Metric): MetricKey {
    const id = `${step} ${name}`;
    let key = this.#keys.get(id);
    if (key === undefined) {
      key = keyOf(of(step, name));
      this.#keys.set(id, key);
    }
    return key;
  }
}

export interface RepeatedValue {
  readonly metric: Note['metric'];
  readonly valueAt: (minute: Instant) => number;
  readonly growth: number;
}
