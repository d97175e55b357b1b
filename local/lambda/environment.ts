import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FunctionModel } from '../template/model.ts';
import type { EnvironmentMessage, LambdaError, PlatformMessage, RuntimeArguments } from './protocol.ts';

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

/** Where a streamed response goes. */
export interface ResponseSink {
  /** Takes the next piece; resolves once there is room for another. */
  take(bytes: Uint8Array, contentType: string): Promise<void>;
  /** Aborted when the client has left. */
  readonly left: AbortSignal;
}

type Variables = { readonly [name: string]: string };

/** Lambda gives the code outside the handler 10 s. */
const INIT_TIMEOUT_MILLISECONDS = 10_000;

function startProcess(model: FunctionModel, variables: Variables, onLog: (line: LogLine) => void): ChildProcess {
  const given: RuntimeArguments = { taskRoot: model.directory, handler: model.handler, functionArn: model.arn };
  const child = fork(join(import.meta.dirname, 'runtime.ts'), [JSON.stringify(given)], {
    cwd: model.directory,
    env: { ...variables },
    execArgv: [`--max-old-space-size=${Math.max(64, Math.floor(model.memoryMegabytes * 0.9))}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Bytes stay bytes.
    serialization: 'advanced',
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) =>
      onLog({ functionId: model.logicalId, line, record: parseRecord(line) }),
    );
  }
  return child;
}

/** One execution environment: a process that runs one event at a time. */
export class ExecutionEnvironment {
  readonly #model: FunctionModel;
  readonly #child: ChildProcess;
  readonly exited: Promise<void>;
  readonly #ready: ReturnType<typeof nextMessage>;
  /** Resolves once the code outside the handler has run, whether well or not. */
  readonly initialized: Promise<void>;
  #alive = true;
  #exitReason = '';

  constructor(model: FunctionModel, variables: { readonly [name: string]: string }, onLog: (line: LogLine) => void) {
    const child = startProcess(model, variables, onLog);
    this.#model = model;
    this.#child = child;
    this.exited = new Promise((resolve) => {
      const end = (reason: string) => {
        this.#alive = false;
        this.#exitReason ||= reason;
        resolve();
      };
      child.once('exit', (code, signal) => end(signal === null ? `exit status ${code}` : 'signal: killed'));
      child.once('error', (error) => end(error.message));
    });
    this.#ready = nextMessage(child, this.exited, INIT_TIMEOUT_MILLISECONDS);
    this.initialized = this.#ready.then(() => undefined);
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Ends the process at once, in the middle of whatever it does. */
  kill(): void {
    this.#alive = false;
    this.#child.kill('SIGKILL');
  }

  /**
   * Runs one event; only one may be under way. Rejects never: what goes wrong is a result, as with Lambda. What a handler streams
   * goes to `sink`, and nowhere without one.
   */
  async invoke(event: unknown, requestId: string, sink?: ResponseSink): Promise<InvocationResult> {
    const started = await this.#ready;
    if (started === 'exited') return this.#exit(requestId);
    if (started === 'late') return this.#timeOut(requestId, 'Init timed out');
    if (started.type !== 'ready') {
      this.kill();
      return { ok: false, error: started.type === 'initFailed' ? started.error : this.#exit(requestId).error };
    }
    const milliseconds = this.#model.timeoutSeconds * 1000;
    const stopStreaming = passPieces(this.#child, sink);
    const answer = nextMessage(this.#child, this.exited, milliseconds);
    const deadline = Date.now() + milliseconds;
    tell(this.#child, { type: 'invoke', requestId, event: JSON.stringify(event), deadline });
    const received = await answer;
    stopStreaming();
    if (received === 'late') {
      return this.#timeOut(requestId, `Task timed out after ${this.#model.timeoutSeconds.toFixed(2)} seconds`);
    }
    if (received === 'exited') return this.#exit(requestId);
    if (received.type === 'returned') return { ok: true, payload: JSON.parse(received.payload) };
    return received.type === 'threw' ? { ok: false, error: received.error } : this.#exit(requestId);
  }

  #timeOut(requestId: string, problem: string): InvocationResult {
    this.kill();
    const errorMessage = `RequestId: ${requestId} Error: ${problem}`;
    return { ok: false, error: { errorType: 'Sandbox.Timedout', errorMessage } };
  }

  #exit(requestId: string): InvocationResult & { readonly ok: false } {
    const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${this.#exitReason}`;
    return { ok: false, error: { errorType: 'Runtime.ExitError', errorMessage } };
  }
}

/** Where the process is gone already, nobody is told: its exit settles whatever waits. */
function tell(child: ChildProcess, message: PlatformMessage): void {
  if (child.connected) child.send(message, () => undefined);
}

/** Hands what is streamed to `sink`, and asks for more once there is room. @returns how to stop */
function passPieces(child: ChildProcess, sink: ResponseSink | undefined): () => void {
  const onMessage = (message: EnvironmentMessage) => {
    if (message.type !== 'piece') return;
    const taken = sink?.take(message.bytes, message.contentType) ?? Promise.resolve();
    void taken.then(() => tell(child, { type: 'more' }));
  };
  const onLeft = () => tell(child, { type: 'left' });
  child.on('message', onMessage);
  sink?.left.addEventListener('abort', onLeft);
  if (sink?.left.aborted) onLeft();
  return () => {
    child.off('message', onMessage);
    sink?.left.removeEventListener('abort', onLeft);
  };
}

/** The next message of the environment that is no piece of a response, or that it ended, or that it took too long. */
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
    const onMessage = (message: EnvironmentMessage) => {
      if (message.type !== 'piece') settle(message);
    };
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
