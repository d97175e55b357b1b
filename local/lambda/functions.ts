import { randomUUID } from 'node:crypto';
import type { FunctionModel } from '../template/model.ts';
import { type ExecutionEnvironment, type InvocationResult, type LogLine, startEnvironment } from './environment.ts';

export interface FunctionsOptions {
  readonly functions: readonly FunctionModel[];
  /** Variables beside the template's and Lambda's own, for example the AWS endpoints. */
  readonly variablesOf: (model: FunctionModel) => { readonly [name: string]: string };
  readonly region: string;
  readonly onLog?: (line: LogLine) => void;
  /** Called after each invocation; a failed one carries Lambda's error. */
  readonly onInvoked?: (functionId: string, result: InvocationResult) => void;
  /** Environments of one function at a time; a template's reserved concurrency can lower it. */
  readonly maximumConcurrency?: number;
  /** After this time without an event an environment is closed. */
  readonly idleMilliseconds?: number;
  readonly newRequestId?: () => string;
}

/** The template's functions, ready to be invoked. */
export interface Functions {
  /** Runs one event in an idle environment, in a new one, or, at the limit, in the first that becomes free. */
  invoke(functionId: string, event: unknown): Promise<InvocationResult>;
  /** Invocations so far by logical ID. */
  counts(): { readonly [functionId: string]: number };
  /** Process IDs of the function's living environments. */
  processIds(functionId: string): readonly number[];
  /** Ends all environments of a function in the middle of whatever they do. */
  kill(functionId: string): void;
  /** Waits until no event is under way, at most `graceMilliseconds`, then ends all environments. */
  close(graceMilliseconds?: number): Promise<void>;
}

interface Pool {
  readonly model: FunctionModel;
  readonly limit: number;
  readonly all: Set<ExecutionEnvironment>;
  readonly idle: { readonly environment: ExecutionEnvironment; readonly reaper: NodeJS.Timeout }[];
  readonly waiting: ((environment: ExecutionEnvironment) => void)[];
  busy: number;
  invocations: number;
}

export function createFunctions(options: FunctionsOptions): Functions {
  const {
    maximumConcurrency = 50,
    idleMilliseconds = 300_000,
    newRequestId = randomUUID,
    onLog = () => undefined,
  } = options;
  const pools = new Map<string, Pool>(
    options.functions.map((model) => [
      model.logicalId,
      {
        model,
        limit: Math.max(1, Math.min(maximumConcurrency, model.reservedConcurrency ?? maximumConcurrency)),
        all: new Set(),
        idle: [],
        waiting: [],
        busy: 0,
        invocations: 0,
      },
    ]),
  );

  function poolOf(functionId: string): Pool {
    const pool = pools.get(functionId);
    if (pool === undefined) throw new Error(`There is no function ${functionId} in the template.`);
    return pool;
  }

  function start(pool: Pool): ExecutionEnvironment {
    const variables = environmentVariables(pool.model, options.region, options.variablesOf(pool.model));
    const environment = startEnvironment(pool.model, variables, onLog);
    pool.all.add(environment);
    void environment.exited.then(() => pool.all.delete(environment));
    return environment;
  }

  function take(pool: Pool): Promise<ExecutionEnvironment> {
    for (let kept = pool.idle.pop(); kept !== undefined; kept = pool.idle.pop()) {
      clearTimeout(kept.reaper);
      if (!kept.environment.alive) continue;
      pool.busy += 1;
      return Promise.resolve(kept.environment);
    }
    // At the limit, the event waits and takes over the place of the first one that ends.
    if (pool.busy >= pool.limit) return new Promise((resolve) => pool.waiting.push(resolve));
    pool.busy += 1;
    return Promise.resolve(start(pool));
  }

  function giveBack(pool: Pool, environment: ExecutionEnvironment): void {
    const next = pool.waiting.shift();
    if (next !== undefined) {
      next(environment.alive ? environment : start(pool));
      return;
    }
    pool.busy -= 1;
    if (environment.alive) {
      const reaper = setTimeout(() => environment.kill(), idleMilliseconds);
      reaper.unref();
      pool.idle.push({ environment, reaper });
    }
  }

  let closed = false;
  return {
    async invoke(functionId, event) {
      const pool = poolOf(functionId);
      if (closed) return { ok: false, error: { errorType: 'ServiceException', errorMessage: 'Local mode is stopping.' } };
      pool.invocations += 1;
      const environment = await take(pool);
      const result = await environment.invoke(event, newRequestId());
      giveBack(pool, environment);
      options.onInvoked?.(functionId, result);
      return result;
    },
    counts: () => Object.fromEntries([...pools].map(([functionId, { invocations }]) => [functionId, invocations])),
    processIds: (functionId) => [...poolOf(functionId).all].map(({ processId }) => processId),
    kill(functionId) {
      for (const environment of poolOf(functionId).all) environment.kill();
    },
    async close(graceMilliseconds = 0) {
      closed = true;
      const end = Date.now() + graceMilliseconds;
      const isBusy = () => [...pools.values()].some(({ busy }) => busy > 0);
      while (isBusy() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
      const environments = [...pools.values()].flatMap(({ all, idle }) => {
        for (const { reaper } of idle) clearTimeout(reaper);
        return [...all];
      });
      for (const environment of environments) environment.kill();
      await Promise.all(environments.map(({ exited }) => exited));
    },
  };
}

/** What Lambda puts into an environment, and nothing of this machine's but what Node.js needs to run and to trust. */
function environmentVariables(
  model: FunctionModel,
  region: string,
  further: { readonly [name: string]: string },
): { [name: string]: string } {
  const ofThisMachine: { [name: string]: string } = {};
  for (const name of ['PATH', 'SystemRoot', 'NODE_EXTRA_CA_CERTS']) {
    const value = process.env[name];
    if (value !== undefined) ofThisMachine[name] = value;
  }
  return {
    ...ofThisMachine,
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
