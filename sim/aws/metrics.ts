/** A model of CloudWatch's metrics: values by namespace, name and dimensions, seen as statistics of periods. */
import { type Instant, MINUTE, SECOND } from '../../lambdas/shared/rules/values/instant.ts';

export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  /** A metric is found by exactly the dimensions that it was written with. */
  readonly dimensions: { readonly [name: string]: string };
}

/** The metric as one string. */
export type MetricKey = string;

export const keyOf = ({ namespace, name, dimensions }: MetricName): MetricKey =>
  [namespace, name, ...Object.keys(dimensions).sort()]
    .map((part, index) => (index < 2 ? part : `${part}=${dimensions[part]}`))
    .join(' ');

/** A value that was written, perhaps several times. */
interface Datum {
  readonly value: number;
  readonly count: number;
  /** Metrics of a function carry the time at which it was invoked, and are written at its end. */
  readonly writtenAt: Instant;
}

/** A value of each minute. */
export interface Span {
  readonly from: Instant;
  /** Not included. */
  until: Instant;
  readonly value: number;
  /** By how much the value grows in a second. */
  readonly growth?: number;
}

/** What was written for one metric. */
class Series {
  readonly minutes = new Map<number, Datum[]>();
  readonly spans: Span[] = [];
}

export class MetricsModel {
  readonly #series = new Map<MetricKey, Series>();

  /** @param at the time that the value carries; `writtenAt`: when CloudWatch gets it. */
  put(key: MetricKey, value: number, at: Instant, { writtenAt = at, count = 1 } = {}): void {
    const { minutes } = this.#of(key);
    const minute = Math.floor(at / MINUTE);
    const data = minutes.get(minute);
    const datum = { value, count, writtenAt };
    if (data) data.push(datum);
    else minutes.set(minute, [datum]);
  }

  /** One value in each minute that begins in the span. Spans of a metric come in the order of time. */
  putEachMinute(key: MetricKey, span: Readonly<Span>): void {
    this.#of(key).spans.push(span);
  }

  /** One value in each minute from then on, until another is held. */
  hold(key: MetricKey, value: number, at: Instant): void {
    const from = Math.ceil(at / MINUTE) * MINUTE;
    const { spans } = this.#of(key);
    const last = spans.at(-1);
    if (last) last.until = Math.min(last.until, from);
    spans.push({ from, until: Number.POSITIVE_INFINITY, value });
  }

  /** What was written for a metric, by the minute; what was written for each minute of a span aside. */
  *written(key: MetricKey): Iterable<{ readonly minute: Instant; readonly value: number; readonly count: number }> {
    for (const [minute, data] of this.#series.get(key)?.minutes ?? []) {
      for (const { value, count } of data) yield { minute: minute * MINUTE, value, count };
    }
  }

  /** Forgets what was written for minutes before `until`: for runs over long times. */
  forget(until: Instant): void {
    const minute = Math.floor(until / MINUTE);
    for (const { minutes } of this.#series.values()) {
      for (const known of minutes.keys()) if (known < minute) minutes.delete(known);
    }
  }

  /**
   * The statistic of the values between two whole minutes, of those that were written by `now`; `undefined` where there are none.
   *
   * @param statistic `Sum`, `Maximum`, `Minimum`, `Average`, `SampleCount`, or a percentile such as `p99`
   */
  statistic(key: MetricKey, statistic: string, from: Instant, until: Instant, now: Instant): number | undefined {
    const series = this.#series.get(key);
    if (!series) return undefined;
    const data: Datum[] = [];
    for (let minute = from / MINUTE; minute < until / MINUTE; minute++) {
      for (const datum of series.minutes.get(minute) ?? []) if (datum.writtenAt <= now) data.push(datum);
      const value = valueIn(series.spans, minute * MINUTE);
      if (value !== undefined && minute * MINUTE <= now) data.push({ value, count: 1, writtenAt: now });
    }
    return data.length === 0 ? undefined : statisticOf(statistic, data);
  }

  #of(key: MetricKey): Series {
    let series = this.#series.get(key);
    if (!series) {
      series = new Series();
      this.#series.set(key, series);
    }
    return series;
  }
}

function valueIn(spans: readonly Span[], minute: Instant): number | undefined {
  // Who asks, asks for what was lately.
  for (let index = spans.length - 1; index >= 0; index--) {
    const span = spans[index];
    if (!span || minute >= span.until) return undefined;
    if (minute >= span.from) return span.value + ((span.growth ?? 0) * (minute - span.from)) / SECOND;
  }
  return undefined;
}

function statisticOf(statistic: string, data: readonly Datum[]): number {
  const count = data.reduce((sum, one) => sum + one.count, 0);
  const sum = data.reduce((all, one) => all + one.value * one.count, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'SampleCount':
      return count;
    case 'Average':
      return sum / count;
    case 'Maximum':
      return Math.max(...data.map(({ value }) => value));
    case 'Minimum':
      return Math.min(...data.map(({ value }) => value));
  }
  const [, percent] = /^p(\d+(?:\.\d+)?)$/.exec(statistic) ?? [];
  if (percent === undefined) throw new Error(`The model does not know the statistic ${statistic}.`);
  return percentile(data, count * (Number(percent) / 100));
}

/** The least value that at least `rank` values do not exceed. */
function percentile(data: readonly Datum[], rank: number): number {
  const sorted = data.toSorted((a, b) => a.value - b.value);
  let passed = 0;
  for (const { value, count } of sorted) {
    passed += count;
    if (passed >= rank) return value;
  }
  return sorted.at(-1)?.value ?? Number.NaN;
}
