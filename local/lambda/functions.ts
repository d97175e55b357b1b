import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { FunctionModel } from '../template/model.ts';
import { ExecutionEnvironment, type InvocationResult, type LogLine, type ResponseSink } from './environment.ts';
import { Pool } from './pool.ts';

export interface FunctionsOptions {
  readonly functions: readonly FunctionModel[];
  /** Variables beside the template's and Lambda's own, for example the AWS endpoints. */
  readonly variablesOf: (model: FunctionModel) => { readonly [name: string]: string };
  readonly region: string;
  readonly onLog?: (line: LogLine) => void;
  /** Called when an environment takes an event; `kill` ends it at once. What is answered is called when it is through. */
  readonly onInvoke?: ((functionId: string, kill: () => void, event: unknown) => (() => void) | undefined) | undefined;
  /** Called after each invocation; a failed one carries Lambda's error. */
  readonly onInvoked?: (functionId: string, result: InvocationResult) => void;
  /** Environments of one function at a time; a template's reserved concurrency can lower it. */
  readonly maximumConcurrency?: number;
  /** Environments of all functions that may be starting at a time. Default: one for each processor. */
  readonly maximumStarts?: number;
  /** After this time without an event an environment is closed. */
  readonly idleMilliseconds?: number;
  readonly newRequestId?: () => string;
}

export type Functions = ReturnType<typeof createFunctions>;

/** The template's functions, ready to be invoked. */
export function createFunctions(options: FunctionsOptions) {
  const { maximumConcurrency = 50, idleMilliseconds = 300_000, newRequestId = randomUUID } = options;
  const { maximumStarts = availableParallelism(), onLog = () => undefined, region, variablesOf } = options;
  const pools = new Map(options.functions.map((model) => [model.logicalId, newPool(model)]));
  let closed = false;

  function newPool(model: FunctionModel): Pool {
    const limit = Math.min(maximumConcurrency, model.reservedConcurrency ?? maximumConcurrency);
    const start = () => new ExecutionEnvironment(model, environmentVariables(model, region, variablesOf(model)), onLog);
    return new Pool({ model, limit, idleMilliseconds, startEnvironment: start, onDemand: startWhatIsNeeded });
  }

  function poolOf(functionId: string): Pool {
    const pool = pools.get(functionId);
    if (pool === undefined) throw new Error(`There is no function ${functionId} in the template.`);
    return pool;
  }

  /**
   * Starts environments for events that wait, but only as many at a time as there are processors: a machine that starts
   * twenty at once is later with all of them, and by then one that was busy is often free again.
   */
  function startWhatIsNeeded(): void {
    let starting = [...pools.values()].reduce((sum, pool) => sum + pool.starting, 0);
    for (const pool of pools.values()) {
      for (; !closed && starting < maximumStarts && pool.wantsStart; starting += 1) pool.start();
    }
  }

  return {
    /** Runs one event in an idle environment, or in the first that is started or becomes free. `sink` gets what it streams. */
    async invoke(functionId: string, event: unknown, sink?: ResponseSink): Promise<InvocationResult> {
      const pool = poolOf(functionId);
      if (closed) return STOPPING;
      const environment = await pool.take();
      if (environment === undefined) return STOPPING;
      const through = options.onInvoke?.(functionId, () => environment.kill(), event);
      const result = await environment.invoke(event, newRequestId(), sink);
      through?.();
      pool.giveBack(environment);
      // What a stop cuts off comes again at the next start: that is no failure to tell of.
      if (result.ok || !closed) options.onInvoked?.(functionId, result);
      return result;
    },
    /** Invocations so far by logical ID. */
    counts: () => Object.fromEntries([...pools].map(([functionId, { invocations }]) => [functionId, invocations])),
    /** Process IDs of the function's living environments. */
    processIds: (functionId: string): readonly number[] =>
      poolOf(functionId).environments.map(({ processId }) => processId),
    /** Ends all environments of a function in the middle of whatever they do. */
    kill: (functionId: string) => poolOf(functionId).kill(),
    /** Ends all environments in the middle of whatever they do; events that come later fail. */
    async close() {
      closed = true;
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

const STOPPING: InvocationResult = {
  ok: false,
  error: { errorType: 'ServiceException', errorMessage: 'Local mode is stopping.' },
};

/** What Lambda puts into an environment, and nothing of this machine's but what Node.js needs to run and to trust. */
function environmentVariables(
  model: FunctionModel,
  region: string,
  further: { readonly [name: string]: string },
): { [name: string]: string } {
  const { PATH, SystemRoot, NODE_EXTRA_CA_CERTS } = process.env;
  return {
    ...(PATH !== undefined && { PATH }),
    ...(SystemRoot !== undefined && { SystemRoot }),
    ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }),
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: model.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${model.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: model.directory,
    _HANDLER: model.handler,
    ...model.environment,
    ...further,
  };
}
