/** What the recorder costs each month, with or without calls. */
import type { Counts } from './counted.ts';
import { PRICES } from './prices.ts';

export const MINUTES_A_MONTH = 60 * 730;

/** About what an event source asks of an idle queue: five pollers, each waiting 20 s. */
const EMPTY_RECEIVES_PER_MINUTE = 15;

export interface MonthlyItem {
  readonly what: string;
  readonly quantity: string;
  readonly dollars: number;
}

export function monthlyItems({ scheduled, queues, alarmedMetrics, dashboards, metrics }: Counts): MonthlyItem[] {
  const runs = scheduled.map((run) => ({ ...run, runs: MINUTES_A_MONTH / run.minutesBetween }));
  const requests = runs.reduce((sum, one) => sum + one.runs, 0);
  const reads = runs.reduce((sum, one) => sum + one.runs * one.dynamoDbReads, 0);
  const receives = queues * EMPTY_RECEIVES_PER_MINUTE * MINUTES_A_MONTH;
  const perRun = runs.map(({ step, dynamoDbReads }) => `${step} ${dynamoDbReads}`).join(', ');
  const item = (what: string, quantity: string, dollars: number): MonthlyItem => ({ what, quantity, dollars });
  return [
    item('metrics that alarms watch', `${alarmedMetrics}`, alarmedMetrics * PRICES.alarmMonth),
    item('metrics of a healthy system', `${metrics}`, metrics * PRICES.metricMonth),
    item('dashboards', `${dashboards}`, dashboards * PRICES.dashboardMonth),
    item('polling of the queues', `${millions(receives)} requests`, receives * PRICES.sqsRequest),
    // An empty page of an eventually consistent index costs half a unit.
    item(
      `reads of the scheduled steps (each run: ${perRun})`,
      `${millions(reads)} requests`,
      (reads * PRICES.dynamoDbReadUnit) / 2,
    ),
    item('their invocations', `${millions(requests)}`, requests * PRICES.lambdaRequest),
    item('the secrets', '2', 2 * PRICES.secretMonth),
  ];
}

const millions = (count: number): string => `${(count / 1e6).toFixed(2)} million`;
