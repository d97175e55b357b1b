import { ACCOUNT_ID, createAwsClients, type LocalAws, REGION } from '../emulators/aws.ts';
import type { KeysOf } from '../gateway/jwt-authorizer.ts';
import { withinTime } from '../gateway/web-sockets.ts';
import { createFunctions, type Functions } from '../lambda/functions.ts';
import type { BackendUrls } from '../system/backends.ts';
import type { Deployment } from '../system/deployment.ts';
import type { Platform } from '../system/platform.ts';
import type { Startup } from '../system/startup.ts';
import type { Emit, SystemOptions } from '../system/system-options.ts';
import { accessKeyIdOfStep, type Usage } from '../system/usage.ts';
import type { FunctionModel } from '../template/model.ts';
import { startEventSource } from './event-sources.ts';
import { startSchedules } from './schedules.ts';

const STOP_GRACE_MILLISECONDS = 5000;
const EVENT_SOURCE_ACCESS_KEY_ID = 'LOCALEVENTSOURCE';

/** A function's step: the name by which it logs. */
export function stepOf({ environment, logicalId }: FunctionModel): string {
  return environment.POWERTOOLS_SERVICE_NAME ?? logicalId;
}

interface Parts {
  readonly startup: Startup;
  readonly aws: LocalAws;
  readonly deployment: Deployment;
  readonly emit: Emit;
}

interface FunctionsOptions extends Parts {
  readonly urls: BackendUrls;
  readonly onInvoke: SystemOptions['onInvoke'] | undefined;
}

/** The deployment's functions, with AWS clients that find the services at `urls` by themselves. */
export function startFunctions({ startup, aws, deployment, emit, urls, onInvoke }: FunctionsOptions) {
  const stepOfFunction = new Map(deployment.functions.map((model) => [model.logicalId, stepOf(model)]));
  const nameOf = (functionId: string) => stepOfFunction.get(functionId) ?? functionId;
  const functions = () =>
    createFunctions({
      functions: deployment.functions,
      region: REGION,
      variablesOf: (model) => variablesOf(model, aws.secretAccessKey, urls),
      onInvoke: onInvoke && ((functionId, kill, event) => onInvoke(nameOf(functionId), kill, event)),
      onLog: (line) => emit({ kind: 'log', step: nameOf(line.functionId), line }),
      onInvoked: (functionId, result) => {
        if (result.ok) return;
        const { errorType, errorMessage } = result.error;
        emit({ kind: 'problem', message: `${nameOf(functionId)} failed: ${errorType}: ${errorMessage}` });
      },
    });
  return startup.run('functions', functions, (it) => it.close());
}

/** What the SDK of a function finds its services by, beside the template's variables. */
function variablesOf(
  model: FunctionModel,
  secretAccessKey: string,
  urls: BackendUrls,
): { readonly [name: string]: string } {
  return {
    AWS_ACCESS_KEY_ID: accessKeyIdOfStep(stepOf(model)),
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: urls.dynamodb,
    AWS_ENDPOINT_URL_EVENTBRIDGE: urls.eventbridge,
    AWS_ENDPOINT_URL_S3: urls.s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: urls.secretsmanager,
    AWS_ENDPOINT_URL_SQS: urls.sqs,
  };
}

interface TriggersOptions extends Parts, Pick<Platform, 'gateway' | 'publicUrl'> {
  readonly functions: Functions;
  readonly scheduleSpeed: number | undefined;
  /** What users' tokens are checked with, where the console is hosted. */
  readonly keysOf?: KeysOf | undefined;
}

/** Starts whatever invokes a function: the APIs, the queues, the schedules. */
export async function startTriggers(options: TriggersOptions) {
  const { startup, deployment, functions, emit, keysOf } = options;
  const { http, webSocket, functionUrls } = deployment;
  const domainName = new URL(options.publicUrl).host;
  options.gateway.serve({
    http,
    webSocket,
    functionUrls,
    domainName,
    invoke: functions.invoke,
    ...(keysOf && { keysOf }),
  });
  const onProblem = (message: string) => emit({ kind: 'problem', message });
  await startEventSources(options, onProblem);
  const place = { region: REGION, accountId: ACCOUNT_ID };
  const { schedules } = deployment;
  const { invoke } = functions;
  const start = () => startSchedules({ ...place, schedules, invoke, speed: options.scheduleSpeed, onProblem });
  return startup.run('schedules', start, (it) => it.stop());
}

async function startEventSources(
  { startup, aws, deployment, functions }: TriggersOptions,
  onProblem: (message: string) => void,
): Promise<void> {
  const openClients = () => createAwsClients(aws, EVENT_SOURCE_ACCESS_KEY_ID);
  const { sqs } = await startup.run('clients of the event sources', openClients, (it) => it.destroy());
  const { invoke } = functions;
  const start = () =>
    deployment.eventSources.map((model) => {
      const queue = deployment.queues.get(model.queueId);
      if (queue === undefined) throw new Error(`${model.logicalId} has no queue.`);
      const { url: queueUrl, arn: queueArn } = queue;
      return startEventSource({ model, queueUrl, queueArn, region: REGION, sqs, invoke, onProblem });
    });
  await startup.run('event sources', start, async (sources) => {
    const stopping = Promise.all(sources.map((source) => source.stop()));
    // Whatever is not done by then is killed, as a crash would, and comes again at a later start.
    await withinTime(stopping, STOP_GRACE_MILLISECONDS);
    await functions.close();
    await stopping;
  });
}

/** What functions took so far, without the steps in `except`. */
export function usageOf(
  parts: Pick<Platform, 'aws' | 'gateway' | 'requests'> & { readonly functions: Functions } & Pick<Parts, 'deployment'>,
  except: readonly string[],
): Usage {
  const { aws, deployment, functions, gateway, requests } = parts;
  const included = deployment.functions
    .map((model) => ({ step: stepOf(model), functionId: model.logicalId }))
    .filter(({ step }) => !except.includes(step));
  const keys = new Set(included.map(({ step }) => accessKeyIdOfStep(step)));
  const counts = functions.counts();
  return {
    awsRequests: aws.countsRequests ? requests.of((accessKeyId) => keys.has(accessKeyId)) : undefined,
    invocations: Object.fromEntries(included.map(({ step, functionId }) => [step, counts[functionId] ?? 0])),
    messages: gateway.messageCounts(),
  };
}
