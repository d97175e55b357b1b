/** Log lines and metrics. */
import type { LogEvent } from '../contract/log-events.ts';
import type { MeasureName, MetricName } from '../contract/metrics.ts';
import type { Next } from '../contract/table.ts';

/** Fields of a log line. No credential, telephone number, body or custom parameter has a name here. */
export interface LogFields {
  readonly event: LogEvent;
  readonly callSid?: string | undefined;
  readonly recordingSid?: string | undefined;
  readonly streamSid?: string | undefined;
  readonly state?: string;
  readonly reason?: string | undefined;
  /** Whether a recording was started, or adopted after a lost reply. */
  readonly how?: 'started' | 'adopted';
  /** ARN of who asked, where IAM has told it. */
  readonly caller?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: number | undefined;
  readonly attempt?: number;
  readonly willRetry?: boolean;
  readonly retryInSeconds?: number;
  readonly secondsSinceStreamStart?: number;
  readonly seconds?: number;
  readonly secondsSinceCompletion?: number;
  readonly bytes?: number;
  readonly key?: string;
  /** ISO 8601 in UTC, like all instants here. */
  readonly due?: string;
  readonly windowStart?: string;
  readonly queue?: Next;
  readonly count?: number;
  readonly route?: string;
  readonly error?: unknown;
}

export interface Log {
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
  /** Counts an outcome as a CloudWatch metric. */
  count(metric: MetricName, by?: number): void;
  /** Notes a value as a CloudWatch metric, in the unit that {@link MEASURES} names. */
  measure(measure: MeasureName, value: number): void;
}
