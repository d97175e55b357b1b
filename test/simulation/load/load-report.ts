/** What a day's load came to, as lines. */
import { capacities, QUOTAS, type Quotas, reconcileSeconds } from './assumptions.ts';
import type { LoadReport, Waits } from './load.ts';

export function loadLines(report: LoadReport, quotas: Quotas = QUOTAS): string[] {
  const { calls, peakCallsPerSecond, uses, droppedMessages, callsAtRisk } = report;
  const { hourly, daily } = reconcileSeconds(calls);
  return [
    `calls in the day        ${calls}; the busiest second had ${peakCallsPerSecond}`,
    `to the recording        ${waits(report.toRecording)} since the stream's start`,
    `                        ${waits(report.sinceRegistered)} since Twilio knew the call, and a second had passed`,
    `to the copy in S3       ${waits(report.toStored)} since completion`,
    `to the deletion         ${waits(report.toDeleted)} since it was due`,
    `reconcile               ${duration(hourly)} for the new calls of an hour, ${duration(daily)} a day for all of its window`,
    `dropped by API Gateway  ${droppedMessages} messages, ${callsAtRisk} calls at risk`,
    '',
    'quota                                         limit        peak   seconds above',
    ...uses.map(
      ({ quota, limit, peak, secondsAtLimit }) =>
        `${quota.padEnd(42)} ${String(limit).padStart(8)} ${peak.toFixed(peak < 100 ? 1 : 0).padStart(11)} ${String(secondsAtLimit).padStart(15)}`,
    ),
    '',
    'calls a second that each holds, the tightest first:',
    ...capacities(quotas).map(({ quota, callsPerSecond }) => `${callsPerSecond.toFixed(1).padStart(9)}  ${quota}`),
  ];
}

const waits = ({ p50, p99, maximum }: Waits): string =>
  `p50 ${duration(p50)}, p99 ${duration(p99)}, longest ${duration(maximum)}`;

const duration = (seconds: number): string => {
  if (seconds < 120) return `${seconds.toFixed(2)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
};
