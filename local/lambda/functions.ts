import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { FunctionModel } from '../template/model.ts';
import { type InvocationResult, type LogLine, type ResponseSink, startEnvironment } from './environment.ts';
import { environmentVariables } from './environment-variables.ts';
import { Pool } from './pool.ts';

export interface FunctionsOptions {
  readonly functions: readonly FunctionModel[];
  /** Variables beside the template's and Lambda's own, for example the AWS endpoints. */
  readonly variablesOf: (model: FunctionModel) => { readonly [name: string]: string };
  readonly region: string;
  readonly onLog?: (line: LogLine) => void;
  /** Called when an environment takes an event; `kill` ends it at once. What is answered is called when it is through. */
  readonly onInvoke?: ((functionId: string, kill: () => void) => (() => void) | undefined) | undefined;
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

/** The template's functions, ready to be invoked. */
export interface Functions {
  /** Runs one event in an idle environment, or in the first that is started or becomes free. `sink` gets what it streams. */
  invoke(functionId: string, event: unknown, sink?: ResponseSink): Promise<InvocationResult>;
  /** Invocations so far by logical ID. */
  counts(): { readonly [functionId: string]: number };
  /** Process IDs of the function's living environments. */
  processIds(functionId: string): readonly number[];
  /** Ends all environments of a function in the middle of whatever they do. */
  kill(functionId: string): void;
  /** Ends all environments in the middle of whatever they do; events that come later fail. */
  close(): Promise<void>;
}

export function createFunctions(options: FunctionsOptions): Functions {
  const { maximumConcurrency = 50, idleMilliseconds = 300_000, newRequestId = randomUUID } = options;
  const { maximumStarts = availableParallelism(), onLog = () => undefined, region, variablesOf } = options;
  const pools = new Map(options.functions.map((model) => [model.logicalId, newPool(model)]));
  let closed = false;

  function newPool(model: FunctionModel): Pool {
    const limit = Math.min(maximumConcurrency, model.reservedConcurrency ?? maximumConcurrency);
    const start = () => startEnvironment(model, environmentVariables(model, region, variablesOf(model)), onLog);
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
    async invoke(functionId, event, sink) {
      const pool = poolOf(functionId);
      if (closed) return STOPPING;
      const environment = await pool.take();
      if (environment === undefined) return STOPPING;
      const through = options.onInvoke?.(functionId, () => environment.kill());
      const result = await environment.invoke(event, newRequestId(), sink);
      through?.();
      pool.giveBack(environment);
      options.onInvoked?.(functionId, result);
      return result;
    },
    counts: () => Object.fromEntries([...pools].map(([functionId, { invocations }]) => [functionId, invocations])),
    processIds: (functionId) => poolOf(functionId).environments.map(({ processId }) => processId),
    kill: (functionId) => poolOf(functionId).kill(),
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
