/** How many calls a second each limit alone holds, and what raises it. */
import type { StartBy } from '../../../lambdas/shared/contract/settings.ts';
import {
  ASSUMPTIONS,
  announcedSeconds,
  comparedSeconds,
  copySeconds,
  framesOf,
  type LoadAssumptions,
  QUOTAS,
  type Quotas,
  sweptSeconds,
  webhooksOf,
} from './assumptions.ts';

export interface Capacity {
  readonly limit: string;
  readonly callsPerSecond: number;
  /** What to set, or to ask for. */
  readonly raise: string;
}

const of = (limit: string, amount: number, perCall: number, raise: string): Capacity => ({
  ...{ limit, callsPerSecond: amount / perCall, raise },
});

/** The tightest first: each limit over what one call takes of it. */
export function capacities(
  quotas: Quotas = QUOTAS,
  assume: LoadAssumptions = ASSUMPTIONS,
  startBy: StartBy = 'stream',
): readonly Capacity[] {
  const all = [...ofWorkers(quotas, assume), ...ofAccounts(quotas, assume, startBy), ...ofIndexes(quotas, assume)];
  return [...all, ...(startBy === 'stream' ? ofStreams(quotas, assume) : [])]
    .filter(({ callsPerSecond }) => Number.isFinite(callsPerSecond))
    .sort((a, b) => a.callsPerSecond - b.callsPerSecond);
}

const startSeconds = ({ startStep, startRequest }: LoadAssumptions): number => startStep + startRequest;

const ofWorkers = (quotas: Quotas, assume: LoadAssumptions): readonly Capacity[] => [
  of('copies at a time', quotas.copyConcurrency, copySeconds(assume.callMean, assume), 'copyConcurrency'),
  of('invocations that delete', quotas.deletionConcurrency, assume.deleteOne, 'deletionConcurrency'),
  of('reconcile, lists read at a time', quotas.reconcileConcurrency, comparedSeconds(assume), 'reconcileConcurrency'),
  of(
    'sweep, rows a minute',
    (quotas.sweepConcurrency * quotas.sweepSeconds) / 60,
    sweptSeconds(quotas, assume),
    'sweepConcurrency',
  ),
  of(
    'announce, rows with events a minute',
    (quotas.announceConcurrency * quotas.announceSeconds) / 60,
    assume.eventRows * announcedSeconds(quotas, assume),
    'announceConcurrency, or events: off',
  ),
];

function ofAccounts(quotas: Quotas, assume: LoadAssumptions, startBy: StartBy): readonly Capacity[] {
  const isStreamed = startBy === 'stream';
  const copy = copySeconds(assume.callMean, assume);
  const webhooks = webhooksOf(startBy);
  const handled = assume.webhook * (webhooks + (isStreamed ? 3 : 0));
  const streamed = isStreamed ? framesOf(assume) + assume.streamRequests : 0;
  return [
    of('webhooks a second through the stage', quotas.webhooksPerSecond, webhooks, 'webhooksPerSecond'),
    of(
      'API Gateway requests a second',
      quotas.gatewayRequests,
      streamed + webhooks,
      'AWS: API Gateway, throttle rate of the account; then streamMessagesPerSecond',
    ),
    of(
      'Lambda invocations at a time',
      quotas.lambdaConcurrency,
      handled + (isStreamed ? startSeconds(assume) : 0) + copy + assume.deleteOne + comparedSeconds(assume),
      'AWS: Lambda, concurrent executions; then lambdaConcurrency',
    ),
    of(
      'Twilio requests at a time',
      quotas.twilioConcurrency,
      (isStreamed ? assume.startRequest : 0) + copy + assume.deleteOne / 2 + comparedSeconds(assume),
      'Twilio: concurrent requests of the account; then twilioConcurrency',
    ),
  ];
}

const ofIndexes = (quotas: Quotas, assume: LoadAssumptions): readonly Capacity[] => [
  of('writes a second to the index of deletions', quotas.indexWrites, 3, 'another stack'),
  of('writes a second to the index by day', quotas.dayIndexWrites, 5, 'another stack'),
  of(
    'writes a second to the index of events',
    quotas.indexWrites,
    2 * assume.eventRows,
    'another stack, or events: off',
  ),
];

const ofStreams = (quotas: Quotas, assume: LoadAssumptions): readonly Capacity[] => [
  of('starts at a time', quotas.recordingConcurrency, startSeconds(assume), 'recordingConcurrency'),
  of('handshakes a second through the stage', quotas.connections, 1, 'startBy: twiml, or another stack'),
];
