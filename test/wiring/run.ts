/** Runs the deployed functions, and keeps what came of each event. */
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import { REGION } from '../../local/emulators/aws.ts';
import type { InvocationResult, ResponseSink } from '../../local/lambda/environment.ts';
import type { Functions } from '../../local/lambda/functions.ts';
import type { Emit } from '../../local/system/system-options.ts';
import { accessKeyIdOfStep } from '../../local/system/usage.ts';
import { toRecord } from '../../local/triggers/event-sources.ts';
import { startFunctions, stepOf } from '../../local/triggers/invocations.ts';
import type { NotedRequest } from './requests.ts';
import type { StandIns } from './stand-ins.ts';

export type Run = Awaited<ReturnType<typeof startRun>>;
type Changes = { readonly [variable: string]: string };
export type Line = { readonly [name: string]: unknown };

/** A metric as CloudWatch would take it from a log line. */
export interface Metric {
  readonly name: string;
  readonly value: unknown;
  /** Names and values of the first set of dimensions. */
  readonly dimensions: { readonly [name: string]: unknown };
  readonly namespace: string;
}

/** @param changes of variables: what else an owner may have configured */
export async function startRun(standIns: StandIns, changes: Changes = {}) {
  const { startup, aws, deployment, urls, notes, clients } = standIns;
  const lines = new Map<Step, Line[]>(STEPS.map((step) => [step, []]));
  const results = new Map<Step, InvocationResult[]>(STEPS.map((step) => [step, []]));
  const changed = {
    ...deployment,
    functions: deployment.functions.map((model) => ({
      ...model,
      environment: Object.fromEntries(
        Object.entries(model.environment).map(([name, value]) => [name, changes[name] ?? value]),
      ),
    })),
  };
  const stepOfFunction = new Map(deployment.functions.map((model) => [model.logicalId, stepOf(model) as Step]));
  const emit: Emit = (event) => {
    if (event.kind === 'log' && event.line.record) lines.get(event.step as Step)?.push(event.line.record);
  };
  const parts = { startup, aws, deployment: changed, emit, urls, onInvoke: undefined };
  const functions: Functions = await startFunctions(parts);

  async function invoke(functionId: string, event: unknown, sink?: ResponseSink): Promise<InvocationResult> {
    const result = await functions.invoke(functionId, event, sink);
    results.get(stepOfFunction.get(functionId) as Step)?.push(result);
    return result;
  }
  const functionOf = (step: Step): string => {
    const found = [...stepOfFunction].find(([, of]) => of === step);
    if (found === undefined) throw new Error(`The template has no function of ${step}.`);
    return found[0];
  };
  const queueOf = (step: Step) => {
    const found = [...deployment.queues.values()].find(({ name }) => name.endsWith(`-${step}`));
    if (found === undefined) throw new Error(`The template has no queue of ${step}.`);
    return found;
  };

  /** Takes what lies on a worker's queue, as its event source would. */
  async function receive(step: Step): Promise<object[]> {
    const { url: QueueUrl, arn } = queueOf(step);
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({
        ...{ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, MessageSystemAttributeNames: ['All'] },
      }),
    );
    return Messages.map((message) => toRecord(message, { queueArn: arn, region: REGION }));
  }

  return {
    functions,
    /** To be served by the gateway. */
    invoke,
    queueOf,
    receive,
    run: (step: Step, event: unknown, sink?: ResponseSink) => invoke(functionOf(step), event, sink),
    /** What a worker makes of the messages on its queue. */
    work: async (step: Step) => invoke(functionOf(step), { Records: await receive(step) }),
    /** Events that a step has ended with so far. */
    results: (step: Step): readonly InvocationResult[] => results.get(step) ?? [],
    /** What a step has logged so far. */
    lines: (step: Step): readonly Line[] => lines.get(step) ?? [],
    line: (step: Step, event: string): Line | undefined => lines.get(step)?.findLast((line) => line.event === event),
    metrics: (step: Step): readonly Metric[] => (lines.get(step) ?? []).flatMap(metricsOf),
    /** Requests of a step to AWS so far. */
    requests: (step: Step): readonly NotedRequest[] =>
      notes.requests.filter(({ accessKeyId }) => accessKeyId === accessKeyIdOfStep(step)),
  };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function metricsOf(line: Line): Metric[] {
  const { CloudWatchMetrics = [] } = (line._aws ?? {}) as {
    CloudWatchMetrics?: readonly { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
  };
  return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions: [names = []], Metrics }) =>
    Metrics.map(({ Name: name }) => ({
      ...{ name, namespace, value: line[name] },
      dimensions: Object.fromEntries(names.map((dimension) => [dimension, line[dimension]])),
    })),
  );
}
