import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { FunctionModel } from '../template/model.ts';
import {
  type ExecutionEnvironment,
  type InvocationResult,
  type LogLine,
  type ResponseSink,
  startEnvironment,
} from './environment.ts';

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

/** Until a function's first environment has shown how long a start takes. */
const START_MILLISECONDS = 100;

type Idle = { readonly environment: ExecutionEnvironment; readonly reaper: NodeJS.Timeout };

interface Pool {
  readonly model: FunctionModel;
  readonly limit: number;
  /** Every living environment. */
  readonly all: Set<ExecutionEnvironment>;
  readonly idle: Idle[];
  /** Events that no environment has taken yet, the longest waiting first. */
  readonly waiting: WaitingEvent[];
  starting: number;
  /** How long the last start took. */
  startMilliseconds: number;
  busy: number;
  invocations: number;
}

interface WaitingEvent {
  /** Given undefined, the event fails. */
  readonly take: (environment: ExecutionEnvironment | undefined) => void;
  /** It has waited long enough to be worth an environment of its own. */
  impatient: boolean;
}

export function createFunctions(options: FunctionsOptions): Functions {
  const { maximumConcurrency = 50, idleMilliseconds = 300_000, newRequestId = randomUUID } = options;
  const { maximumStarts = availableParallelism(), onLog = () => undefined } = options;
  const pools = new Map(
    options.functions.map((model) => [model.logicalId, newPool(model, Math.max(1, maximumConcurrency))]),
  );
  let closed = false;

  function poolOf(functionId: string): Pool {
    const pool = pools.get(functionId);
    if (pool === undefined) throw new Error(`There is no function ${functionId} in the template.`);
    return pool;
  }

  /**
   * Lambda starts an environment for an event at once. Here an event first waits for a busy one, as long as a start takes:
   * a start takes a processor from those that work, and a young process is several times slower than one in use. Under a
   * load that two processors can just bear, starts at once would make each event dearer, and so call for more starts.
   */
  function take(pool: Pool): Promise<ExecutionEnvironment | undefined> {
    pool.invocations += 1;
    for (let kept = pool.idle.pop(); kept !== undefined; kept = pool.idle.pop()) {
      clearTimeout(kept.reaper);
      if (!kept.environment.alive) continue;
      pool.busy += 1;
      return Promise.resolve(kept.environment);
    }
    return new Promise((resolve) => {
      const event: WaitingEvent = { take: resolve, impatient: false };
      const grow = () => {
        event.impatient = true;
        startWhatIsNeeded();
      };
      pool.waiting.push(event);
      if (pool.busy + pool.starting === 0) grow();
      else setTimeout(grow, pool.startMilliseconds);
    });
  }

  /**
   * Starts environments for events that wait, but only as many at a time as there are processors: a machine that starts
   * twenty at once is later with all of them, and by then one that was busy is often free again.
   */
  function startWhatIsNeeded(): void {
    let starting = [...pools.values()].reduce((sum, pool) => sum + pool.starting, 0);
    for (const pool of pools.values()) {
      while (
        !closed &&
        starting < maximumStarts &&
        // Those before it in the line take the environments that are starting already.
        pool.waiting[pool.starting]?.impatient === true &&
        pool.starting + pool.busy < pool.limit
      ) {
        starting += 1;
        pool.starting += 1;
        const environment = start(pool);
        const begun = performance.now();
        void environment.initialized.then(() => {
          pool.startMilliseconds = performance.now() - begun;
          pool.starting -= 1;
          handOver(pool, environment);
        });
      }
    }
  }

  function start(pool: Pool): ExecutionEnvironment {
    const variables = environmentVariables(pool.model, options.region, options.variablesOf(pool.model));
    const environment = startEnvironment(pool.model, variables, onLog);
    pool.all.add(environment);
    void environment.exited.then(() => pool.all.delete(environment));
    return environment;
  }

  /** Gives an environment that has nothing to do to the next event, or keeps it for a while. */
  function handOver(pool: Pool, environment: ExecutionEnvironment): void {
    const next = pool.waiting.shift();
    if (next !== undefined) {
      pool.busy += 1;
      next.take(environment);
    } else if (environment.alive) {
      const reaper = setTimeout(() => environment.kill(), idleMilliseconds);
      reaper.unref();
      pool.idle.push({ environment, reaper });
    }
    startWhatIsNeeded();
  }

  async function invoke(functionId: string, event: unknown, sink?: ResponseSink): Promise<InvocationResult> {
    const pool = poolOf(functionId);
    if (closed) return STOPPING;
    const environment = await take(pool);
    if (environment === undefined) return STOPPING;
    const through = options.onInvoke?.(functionId, () => environment.kill());
    const result = await environment.invoke(event, newRequestId(), sink);
    through?.();
    pool.busy -= 1;
    if (environment.alive) handOver(pool, environment);
    else startWhatIsNeeded();
    options.onInvoked?.(functionId, result);
    return result;
  }

  return {
    invoke,
    counts: () => Object.fromEntries([...pools].map(([functionId, { invocations }]) => [functionId, invocations])),
    processIds: (functionId) => [...poolOf(functionId).all].map(({ processId }) => processId),
    kill(functionId) {
      for (const environment of poolOf(functionId).all) environment.kill();
    },
    async close() {
      closed = true;
      const environments = [...pools.values()].flatMap(({ all, idle, waiting }) => {
        for (const { take: fail } of waiting.splice(0)) fail(undefined);
        for (const { reaper } of idle) clearTimeout(reaper);
        return [...all];
      });
      for (const environment of environments) environment.kill();
      await Promise.all(environments.map(({ exited }) => exited));
    },
  };
}

const STOPPING: InvocationResult = {
  ok: false,
  error: { errorType: 'ServiceException', errorMessage: 'Local mode is stopping.' },
};

function newPool(model: FunctionModel, maximumConcurrency: number): Pool {
  const limit = Math.min(maximumConcurrency, model.reservedConcurrency ?? maximumConcurrency);
  return {
    model,
    limit,
    all: new Set(),
    idle: [],
    waiting: [],
    starting: 0,
    startMilliseconds: START_MILLISECONDS,
    busy: 0,
    invocations: 0,
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
