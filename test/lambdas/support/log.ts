/** Keeps what is logged and counted. */
import type { MeasureName, MetricName } from '../../../lambdas/shared/contract/metrics.ts';
import type { Log, LogFields } from '../../../lambdas/shared/ports/log.ts';

export interface LogLine extends LogFields {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

export class KeptLog implements Log {
  readonly lines: LogLine[] = [];
  readonly counts: { [metric in MetricName]?: number } = {};
  readonly measures: { [measure in MeasureName]?: number[] } = {};

  info(message: string, fields: LogFields): void {
    this.lines.push({ level: 'info', message, ...fields });
  }
  warn(message: string, fields: LogFields): void {
    this.lines.push({ level: 'warn', message, ...fields });
  }
  error(message: string, fields: LogFields): void {
    this.lines.push({ level: 'error', message, ...fields });
  }
  count(metric: MetricName, by = 1): void {
    this.counts[metric] = (this.counts[metric] ?? 0) + by;
  }

  measure(measure: MeasureName, value: number): void {
    this.measures[measure] = [...(this.measures[measure] ?? []), value];
  }

  events(): (string | undefined)[] {
    return this.lines.map(({ event }) => event);
  }
  messages(): string[] {
    return this.lines.map(({ message }) => message);
  }
  /** The first line of an event. @throws where there is none. */
  line(event: string): LogLine {
    const found = this.lines.find((line) => line.event === event);
    if (!found) throw new Error(`No line of ${event}; there are: ${this.events().join(', ')}`);
    return found;
  }
}
