/** What calls take of AWS, and what the system takes without any: counted in runs of the whole system on this machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCall, synthesizeDialing } from '../../bench/calls/call-run.ts';
import type { CountedCall, Counts, ScheduledRun } from '../../cli/cost/counted.ts';
import { STEPS } from '../../lambdas/shared/contract/steps.ts';
import { DEFAULT_DISCLAIMER, readDisclaimer } from '../../lib/steps/disclaimer.ts';
import { type System, startSystem } from '../../local/system/system.ts';

/** Lengths of the calls, in seconds, and how many times as fast as the clock the telephone side goes. */
const CALLS = [
  { seconds: 10, speed: 1 },
  { seconds: 600, speed: 30 },
  { seconds: 7200, speed: 240 },
] as const;

/** A schedule of a minute comes ten times a second, so that a few seconds show what each run takes. */
const SCHEDULE_SPEED = 600;
const IDLE_MS = 14_000;

/** @param directory - empty; everything that the runs write goes there */
export async function count(root: string, directory: string, tell: (line: string) => void): Promise<Counts> {
  const assemblyDirectory = await synthesizeDialing(root, join(directory, 'cloud-assembly'));

  const disclaimer = readDisclaimer(DEFAULT_DISCLAIMER);
  const calls: CountedCall[] = [];
  for (const { seconds, speed } of CALLS) {
    tell(`a call of ${seconds} seconds${speed === 1 ? '' : `, ${speed} times as fast`}`);
    const options = { root, assemblyDirectory, disclaimer, seconds, speed };
    const { quantities } = await runCall({ ...options, directory: join(directory, `call-${seconds}`) });
    // A telephone that hurries sends its frames before we can close the stream: their number is that of the first call.
    const { webSocketMessages, webSocketConnectionMinutes } = calls[0]?.quantities ?? quantities;
    calls.push({ seconds, quantities: { ...quantities, webSocketMessages, webSocketConnectionMinutes } });
  }
  tell('the schedules, without a call');
  const idle = await countIdle(root, assemblyDirectory, join(directory, 'idle'));
  return { calls, ...idle, ...countResources(assemblyDirectory) };
}

async function countIdle(root: string, assemblyDirectory: string, dataDirectory: string) {
  const metrics = new Set<string>();
  const system = await startSystem({
    ...{ root, port: 0, assemblyDirectory, dataDirectory, keepAtTwilioSeconds: 1, scheduleSpeed: SCHEDULE_SPEED },
    registrationDelay: () => 0,
    onEvent(event) {
      if (event.kind === 'log') for (const name of metricsIn(event.line.line)) metrics.add(`${event.step} ${name}`);
    },
  });
  try {
    await sleep(IDLE_MS);
    const scheduled = scheduledRuns(system);
    const { ended } = await system.placeCall({ hangUpAfterMs: 6000, talkMs: 60_000 });
    await ended;
    for (let waited = 0; waited < 600 && !metrics.has('recording-delete RecordingDeleted'); waited++) await sleep(50);
    return { scheduled, metrics: metrics.size };
  } finally {
    await system.stop();
  }
}

/** Names of the metrics that a log line holds in the embedded metric format. */
function metricsIn(line: string): readonly string[] {
  if (!line.includes('"_aws"')) return [];
  const { _aws } = JSON.parse(line) as {
    _aws: { CloudWatchMetrics: readonly { readonly Metrics: readonly { readonly Name: string }[] }[] };
  };
  return _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
}

function scheduledRuns(system: System): readonly ScheduledRun[] {
  return system.deployment.schedules.map(({ functionId, expression }) => {
    const step = STEPS.find((candidate) => system.functionOfStep(candidate) === functionId);
    if (step === undefined) throw new Error(`A schedule invokes ${functionId}, which is no step.`);
    const { awsRequests = {}, invocations } = system.usage(STEPS.filter((other) => other !== step));
    const runs = invocations[step] ?? 0;
    if (runs < 2) throw new Error(`${step} ran ${runs} times in ${IDLE_MS} ms: this machine is too busy to count.`);
    const total = (requests: { readonly [operation: string]: number } = {}) =>
      Object.values(requests).reduce((sum, one) => sum + one, 0);
    const reads = total(awsRequests.dynamodb);
    const others = Object.values(awsRequests).reduce((sum, requests) => sum + total(requests), 0) - reads;
    return {
      step,
      minutesBetween: minutesOf(expression),
      dynamoDbReads: Math.round(reads / runs),
      otherRequests: Math.round(others / runs),
    };
  });
}

function minutesOf(expression: string): number {
  const [, number, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(expression) ?? [];
  if (unit === undefined) throw new Error(`A schedule of "${expression}" is not known here.`);
  return Number(number) * (unit === 'hour' ? 60 : 1);
}

interface CountedResource {
  readonly Type: string;
  readonly Properties?: { readonly Metrics?: readonly { readonly MetricStat?: object }[] };
}

/** An alarm on an expression costs as much as alarms on each of its metrics. */
const metricsOf = ({ Properties }: CountedResource): number =>
  Properties?.Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;

function countResources(assemblyDirectory: string) {
  const file = join(assemblyDirectory, 'CallRecorder.template.json');
  const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as { Resources: { [id: string]: CountedResource } };
  const all = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
  const number = (type: string) => all(type).length;
  return {
    queues: number('AWS::Lambda::EventSourceMapping'),
    alarmedMetrics: all('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0),
    dashboards: number('AWS::CloudWatch::Dashboard'),
  };
}
