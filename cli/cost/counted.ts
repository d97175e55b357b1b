/** What calls take of AWS, and what the system takes without any, as `npm run cost` has counted it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { CallQuantities } from './prices.ts';

/** Written by `npm run cost`. */
export const COUNTED_FILE = join(import.meta.dirname, 'counted.json');

export interface CountedCall {
  readonly seconds: number;
  readonly quantities: CallQuantities;
}

/** What one run of a scheduled step takes, with nothing to do. */
export interface ScheduledRun {
  readonly step: Step;
  readonly minutesBetween: number;
  readonly dynamoDbReads: number;
  readonly otherRequests: number;
}

export interface Counts {
  /** The shortest first. */
  readonly calls: readonly CountedCall[];
  readonly scheduled: readonly ScheduledRun[];
  readonly queues: number;
  readonly alarmedMetrics: number;
  readonly dashboards: number;
  /** Metrics that a healthy call leads to, by name and service. */
  readonly metrics: number;
}

export const readCounted = (): Counts => JSON.parse(readFileSync(COUNTED_FILE, 'utf8'));
