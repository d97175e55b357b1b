/** What a load came to, as lines. */
import type { StartBy } from '../../../lambdas/shared/contract/settings.ts';
import { ASSUMPTIONS, comparedSeconds, type LoadAssumptions, passSeconds, QUOTAS, type Quotas } from './assumptions.ts';
import { type Capacity, capacities } from './capacities.ts';
import type { LoadReport } from './load-options.ts';
import type { Waits } from './waits.ts';

export interface LoadSetting {
  readonly quotas?: Quotas;
  readonly assumptions?: LoadAssumptions;
  readonly startBy?: StartBy;
}

export function loadLines(report: LoadReport, setting: LoadSetting = {}): string[] {
  const { quotas = QUOTAS, assumptions = ASSUMPTIONS, startBy = 'stream' } = setting;
  const { calls, peakCallsPerSecond, busiestMinute, uses, droppedMessages, callsAtRisk, growing } = report;
  const { toRecording, sinceRegistered } = report;
  const all = capacities(quotas, assumptions, startBy);
  const backlogs = Object.entries(growing).map(([name, seconds]) => `${name} by ${duration(seconds)}`);
  return [
    `calls                   ${calls}; ${busiestMinute.toFixed(1)} a second in the busiest minute, ${peakCallsPerSecond} in the busiest second`,
    toRecording
      ? `to the recording        ${waits(toRecording)} since the stream's start`
      : 'to the recording        Twilio starts it as it executes the TwiML',
    ...(sinceRegistered
      ? [`                        ${waits(sinceRegistered)} since Twilio knew the call, and a second had passed`]
      : []),
    `to the copy in S3       ${waits(report.toStored)} since completion`,
    `to the deletion         ${waits(report.toDeleted)} since it was due`,
    `reconcile               ${(busiestMinute * comparedSeconds(assumptions)).toFixed(1)} lists read at a time, the new calls of an hour in ${duration(passSeconds(busiestMinute, assumptions))}`,
    `lost                    ${droppedMessages} messages dropped by API Gateway, ${callsAtRisk} calls at risk`,
    `backlogs that grow      ${backlogs.length === 0 ? 'none' : backlogs.join('; ')}`,
    '',
    'quota                                         limit        peak   seconds above',
    ...uses.map(
      ({ quota, limit, peak, secondsAtLimit }) =>
        `${quota.padEnd(42)} ${String(limit).padStart(8)} ${peak.toFixed(peak < 100 ? 1 : 0).padStart(11)} ${String(secondsAtLimit).padStart(15)}`,
    ),
    '',
    'calls a second that each holds, the tightest first, and what raises it:',
    ...all.map((one) => line(one, busiestMinute)),
  ];
}

const line = ({ limit, callsPerSecond, raise }: Capacity, busiestMinute: number): string =>
  `${callsPerSecond < busiestMinute ? '!' : ' '}${callsPerSecond.toFixed(1).padStart(8)}  ${limit.padEnd(42)} ${raise}`;

const waits = ({ p50, p99, maximum }: Waits): string =>
  `p50 ${duration(p50)}, p99 ${duration(p99)}, longest ${duration(maximum)}`;

const duration = (seconds: number): string => {
  if (seconds < 120) return `${seconds.toFixed(2)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
};
