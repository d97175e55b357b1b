import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** One AWS request as an emulator saw it. */
export interface AwsRequest {
  /** Access key ID of the caller: every function, and the platform itself, signs with a key of its own. */
  readonly accessKeyId: string;
  readonly service: AwsService;
  /** For example `PutItem`. */
  readonly operation: string;
}

export type AwsService = CrashableService | 'eventbridge' | 'secretsmanager';

/** The services whose emulators are processes of their own. */
export type CrashableService = 'dynamodb' | 's3' | 'sqs';

/** Messages of an emulator's process to its parent. */
export type EmulatorMessage =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
  | ({ readonly type: 'request' } & AwsRequest);

export interface EmulatorArguments {
  readonly directory: string;
  readonly port: number;
}

interface StartEmulatorOptions {
  readonly service: CrashableService;
  /** Where its data lives. */
  readonly directory: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly onRequest?: ((request: AwsRequest) => void) | undefined;
  /** The process ended though nobody asked it to. */
  readonly onUnexpectedExit?: ((problem: string) => void) | undefined;
}

/** Another process may hold the port, or the data, for a moment after a crash. */
const RESTARTS = 20;
const RESTART_PAUSE_MILLISECONDS = 250;

/**
 * Starts an emulator in a process of its own: uploads to one must not delay the queues of another, and a fault in one
 * must not end the others. The process ends by itself when its parent is gone, even if that was killed.
 */
export async function startEmulator(options: StartEmulatorOptions) {
  let current = await startProcess(options, options.port ?? 0);
  let crashing: Promise<void> | undefined;

  async function crash(): Promise<void> {
    const { port } = current;
    await current.end('SIGKILL');
    for (let attempt = 1; ; attempt += 1) {
      try {
        current = await startProcess(options, port);
        return;
      } catch (error) {
        if (attempt === RESTARTS) throw error;
        await sleep(RESTART_PAUSE_MILLISECONDS);
      }
    }
  }

  return {
    url: `http://127.0.0.1:${current.port}`,
    get processId() {
      return current.processId;
    },
    /** Kills the process in the middle of whatever it does, and starts it again at the same address with the same data. */
    crash() {
      crashing = (crashing ?? Promise.resolve()).then(crash);
      return crashing;
    },
    /** Ends the process once everything is written; a process that does not end within 5 s is killed. */
    async close() {
      // A restart that fails is reported to its requester.
      await crashing?.catch(() => undefined);
      await current.end();
    },
  };
}

async function startProcess(options: StartEmulatorOptions, port: number) {
  const { service, directory } = options;
  const child = fork(join(import.meta.dirname, `${service}-process.ts`), [JSON.stringify({ directory, port })], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stopping = false;
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-4000);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const listeningPort = await listening(child, service, () => errors, options.onRequest);
  child.once('exit', (code, signal) => {
    if (!stopping) options.onUnexpectedExit?.(`The ${service} emulator ended (${signal ?? code}). ${errors}`.trim());
  });
  return {
    port: listeningPort,
    processId: child.pid ?? 0,
    /** Ends it in order, or by a signal. */
    async end(signal?: 'SIGKILL') {
      stopping = true;
      if (signal !== undefined) child.kill(signal);
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(timer);
    },
  };
}

function listening(
  child: ChildProcess,
  service: AwsService,
  errors: () => string,
  onRequest: ((request: AwsRequest) => void) | undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: EmulatorMessage) => {
      if (message.type === 'listening') resolve(message.port);
      else if (message.type === 'failed') reject(new Error(`The ${service} emulator cannot start: ${message.message}`));
      else onRequest?.({ accessKeyId: message.accessKeyId, service: message.service, operation: message.operation });
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`The ${service} emulator cannot start (${signal ?? code}): ${errors()}`)),
    );
  });
}
