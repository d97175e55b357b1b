import type { Backend } from '../../system/backends.ts';
import type { Outage } from '../faults/fault-schedule.ts';
import type { RequestLog } from '../faults/request-log.ts';
import type { SentRequest, UnwantedRequest } from '../unwanted-requests.ts';
import { type ChaosVerdict, countBy } from './judge.ts';

export interface Run {
  readonly seed: number;
  readonly calls: number;
  readonly workloadMilliseconds: number;
  readonly settleMilliseconds: number;
  readonly requestLog: RequestLog;
  readonly outages: readonly { readonly backend: Backend; readonly outage: Outage }[];
  /** Of environments, by step. */
  readonly kills: ReadonlyMap<string, number>;
  /** Of emulators, by service. */
  readonly crashes: ReadonlyMap<string, number>;
  readonly sentRequests: readonly SentRequest[];
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly verdict: ChaosVerdict;
}

const BACKENDS: readonly Backend[] = ['dynamodb', 's3', 'sqs', 'secretsmanager', 'eventbridge', 'twilio'];

/** What must not be, in the words of the report. */
export function failuresOf({ verdict, sentRequests }: Run): readonly string[] {
  const { violations } = verdict;
  const believed = sentRequests.filter(({ unwanted, reception }) => isForged(unwanted) && reception === 'accepted');
  return [
    ...violations.lost.map((what) => `LOST: ${what}`),
    ...violations.unsettled.map((what) => `NOT SETTLED: ${what}`),
    ...violations.deletedEarly.map((what) => `DELETED EARLY: ${what}`),
    ...violations.unexplainedExtras.map((what) => `EXTRA: ${what}`),
    ...violations.unflaggedExtras.map((what) => `NOT FLAGGED: ${what}`),
    ...violations.strays.map((what) => `BELIEVED A STRANGER: ${what}`),
    ...violations.misannounced.map((what) => `ANNOUNCED WRONGLY: ${what}`),
    ...violations.unrecorded.map((what) => `NOT RECORDED: ${what}`),
    ...violations.silent.map((what) => `LEFT IN SILENCE: ${what}`),
    ...believed.map(({ unwanted }) => `BELIEVED A STRANGER: ${unwanted} was accepted`),
  ];
}

const isForged = (unwanted: UnwantedRequest) => unwanted.startsWith('forged');

/** The summary of a run, for people. */
export function describeRun(run: Run): string {
  const { verdict } = run;
  const { violations } = verdict;
  const failures = failuresOf(run);
  const times = verdict.secondsToRecording;
  const median = times[Math.floor(times.length / 2)];
  const recordings = verdict.storedIdentical;
  return [
    '',
    `Seed ${run.seed}: ${run.calls} calls in ${minutes(run.workloadMilliseconds)}, settled in ${minutes(run.settleMilliseconds)}.`,
    '',
    ...faultLines(run),
    line('outages', mapOf(countBy(run.outages.map(({ backend, outage }) => `${backend} ${outage.kind}`)))),
    line('emulators killed', mapOf(run.crashes)),
    line('environments killed', mapOf(run.kills)),
    line('forged requests', receptions(run, true)),
    line('repeated requests', receptions(run, false)),
    line('calls unrecorded', `${mapOf(verdict.unrecorded)}; unexplained ${violations.unrecorded.length}`),
    line(
      'left in silence',
      `${verdict.leftInSilence} callers for 10 s and more; unexplained ${violations.silent.length}`,
    ),
    line('recordings', `${recordings} in S3, identical; ${verdict.deletedAtTwilio} of them deleted at Twilio`),
    line('', `${verdict.waitingForDeletion} wait for their deletion; ${verdict.explainedExtras} extra, explained`),
    line(
      'stream to recording',
      median === undefined ? 'none' : `median ${median.toFixed(1)} s, longest ${times.at(-1)?.toFixed(1)} s`,
    ),
    line('dead letters', mapOf(new Map([...run.deadLetters].filter(([, count]) => count > 0)))),
    '',
    line('lost', String(violations.lost.length)),
    line('extra, unexplained', String(violations.unexplainedExtras.length)),
    line('deleted early', String(violations.deletedEarly.length)),
    line('not settled', String(violations.unsettled.length)),
    '',
    ...failures,
    failures.length === 0 ? 'Nothing was lost.' : `FAILED: ${failures.length} findings.`,
    '',
  ].join('\n');
}

function faultLines({ requestLog }: Run): string[] {
  return BACKENDS.map((backend) => {
    const faults = requestLog.faults().get(backend) ?? new Map<string, number>();
    return line(`faults, ${backend}`, `${mapOf(faults)}; of ${requestLog.requests(backend)} requests`);
  });
}

function receptions({ sentRequests }: Run, forged: boolean): string {
  return mapOf(
    countBy(sentRequests.filter(({ unwanted }) => isForged(unwanted) === forged).map(({ reception }) => reception)),
  );
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(22)} ${text}`;
}

function mapOf(counts: ReadonlyMap<string, number>): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = [...counts]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? '0' : `${total}: ${parts.join(', ')}`;
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
