import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FunctionModel } from '../template/model.ts';
import type { EnvironmentMessage, InvokeMessage, LambdaError, RuntimeArguments } from './protocol.ts';

export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: LambdaError };

/** One line that a function wrote to its standard output or error. */
export interface LogLine {
  readonly functionId: string;
  readonly line: string;
  /** The line as an object, where it is one in JSON. */
  readonly record: { readonly [name: string]: unknown } | undefined;
}

/** One execution environment: a process that runs one event at a time. */
export interface ExecutionEnvironment {
  readonly processId: number;
  /** Runs one event; only one may be under way. Rejects never: what goes wrong is a result, as with Lambda. */
  invoke(event: unknown, requestId: string): Promise<InvocationResult>;
  readonly alive: boolean;
  /** Resolves once the code outside the handler has run, whether well or not. */
  readonly initialized: Promise<void>;
  /** Ends the process at once, in the middle of whatever it does. */
  kill(): void;
  readonly exited: Promise<void>;
}

/** Lambda gives the code outside the handler 10 s. */
const INIT_TIMEOUT_MILLISECONDS = 10_000;

export function startEnvironment(
  model: FunctionModel,
  variables: { readonly [name: string]: string },
  onLog: (line: LogLine) => void,
): ExecutionEnvironment {
  const given: RuntimeArguments = { taskRoot: model.directory, handler: model.handler, functionArn: model.arn };
  const child = fork(join(import.meta.dirname, 'runtime.ts'), [JSON.stringify(given)], {
    cwd: model.directory,
    env: { ...variables },
    execArgv: [`--max-old-space-size=${Math.max(64, Math.floor(model.memoryMegabytes * 0.9))}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) =>
      onLog({ functionId: model.logicalId, line, record: parseRecord(line) }),
    );
  }

  let alive = true;
  let exitReason = '';
  const exited = new Promise<void>((resolve) => {
    const end = (reason: string) => {
      alive = false;
      exitReason ||= reason;
      resolve();
    };
    child.once('exit', (code, signal) => end(signal === null ? `exit status ${code}` : 'signal: killed'));
    child.once('error', (error) => end(error.message));
  });
  const failure = (requestId: string): LambdaError => ({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${exitReason}`,
  });
  const kill = () => {
    alive = false;
    child.kill('SIGKILL');
  };
  const ready = nextMessage(child, exited, INIT_TIMEOUT_MILLISECONDS);

  return {
    processId: child.pid ?? 0,
    exited,
    initialized: ready.then(() => undefined),
    kill,
    get alive() {
      return alive;
    },
    async invoke(event, requestId) {
      const started = await ready;
      if (started === 'exited') return { ok: false, error: failure(requestId) };
      if (started === 'late' || started.type !== 'ready') {
        kill();
        const error = { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: Init timed out` };
        return { ok: false, error: started !== 'late' && started.type === 'initFailed' ? started.error : error };
      }
      const milliseconds = model.timeoutSeconds * 1000;
      const answer = nextMessage(child, exited, milliseconds);
      const message: InvokeMessage = { requestId, event: JSON.stringify(event), deadline: Date.now() + milliseconds };
      // Where the process is gone already, `exited` settles the answer.
      if (child.connected) child.send(message, () => undefined);
      const received = await answer;
      if (received === 'exited') return { ok: false, error: failure(requestId) };
      if (received === 'late') {
        kill();
        const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${model.timeoutSeconds.toFixed(2)} seconds`;
        return { ok: false, error: { errorType: 'Sandbox.Timedout', errorMessage } };
      }
      if (received.type === 'returned') return { ok: true, payload: JSON.parse(received.payload) };
      return { ok: false, error: received.type === 'threw' ? received.error : failure(requestId) };
    },
  };
}

/** The next message of the environment, or that it ended, or that it took too long. */
function nextMessage(
  child: ChildProcess,
  exited: Promise<void>,
  milliseconds: number,
): Promise<EnvironmentMessage | 'exited' | 'late'> {
  return new Promise((resolve) => {
    const settle = (result: EnvironmentMessage | 'exited' | 'late') => {
      clearTimeout(timer);
      child.off('message', onMessage);
      resolve(result);
    };
    const onMessage = (message: EnvironmentMessage) => settle(message);
    const timer = setTimeout(() => settle('late'), milliseconds);
    child.on('message', onMessage);
    void exited.then(() => settle('exited'));
  });
}

function parseRecord(line: string): LogLine['record'] {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogLine['record'];
  } catch {
    // A line that only looks like JSON is text like any other.
    return undefined;
  }
}
