/** Log lines and metrics. */
import type { EventKind } from '../contract/events.ts';
import type { LogEvent } from '../contract/log-events.ts';
import type { MeasureName, MetricName } from '../contract/metrics.ts';
import type { Next } from '../contract/table.ts';
import type { ListName, PassKind } from '../rules/reconcile/reconcile-memory.ts';
import type { LinkUse } from '../rules/table/audit.ts';

/** Fields of a log line. No credential, telephone number, body or custom parameter has a name here. */
export interface LogFields {
  /** What the line says, for queries; see `docs/logs.md`. */
  readonly event: LogEvent;
  readonly callSid?: string | undefined;
  readonly recordingSid?: string | undefined;
  readonly streamSid?: string | undefined;
  /** Twilio's status of a recording. */
  readonly state?: string;
  readonly eventKind?: EventKind;
  readonly reason?: string | undefined;
  /** Whether a recording was started, adopted after a lost reply, or started by the call's TwiML. */
  readonly how?: 'started' | 'adopted' | 'twiml';
  /** What a link is for. */
  readonly for?: LinkUse;
  /** ARN of the caller, where IAM provides it. */
  readonly caller?: string | undefined;
  /** Status of an HTTP reply, Twilio's or our own, and Twilio's error code. */
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
  /** When Twilio's copy is to be deleted; ISO 8601 in UTC. */
  readonly due?: string;
  /** Which of Twilio's lists. */
  readonly list?: ListName;
  /** Whether what is new in it was compared, or all of its window. */
  readonly pass?: PassKind;
  /** From when on Twilio's list was compared; ISO 8601 in UTC. */
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
