/** Hands the calls of test files, which run in several processes, to one process, which it starts at the first of them. */
import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A function that a module exports, and what it is given. */
export interface SharedCall {
  /** Absolute path. */
  readonly module: string;
  readonly name: string;
  readonly given: readonly unknown[];
}
/** `error` is the stack of what was thrown. */
export type SharedReply = { readonly value: unknown } | { readonly error: string };

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** @param folder where the shared process keeps what it makes, as `SHARED_FOLDER` */
export async function serveSharedProcess(folder: string): Promise<Served> {
  let caller: ReturnType<typeof startCaller> | undefined;
  const replies = new Map<string, Promise<SharedReply>>();
  const server = createServer(async (request, response) => {
    const call = await text(request);
    caller ??= startCaller(folder);
    const reply = replies.get(call) ?? caller.call(JSON.parse(call));
    replies.set(call, reply);
    response.end(JSON.stringify(await reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await caller?.end();
    },
  };
}

function startCaller(folder: string) {
  const { CDK_VALIDATION: _off, ...environment } = process.env;
  const child: ChildProcess = fork(join(import.meta.dirname, 'shared-process.ts'), {
    env: { ...environment, SHARED_FOLDER: folder },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    said = `${said}${more}`.slice(-10_000);
  });
  const waiting = new Map<number, (reply: SharedReply) => void>();
  child.on('message', ({ id, reply }: { id: number; reply: SharedReply }) => {
    waiting.get(id)?.(reply);
    waiting.delete(id);
  });
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = `the process that tests share ended by ${signal ?? code}:\n${said}`;
      for (const answer of waiting.values()) answer({ error: ended });
      resolve();
    });
  });
  let calls = 0;
  return {
    call: (call: SharedCall): Promise<SharedReply> =>
      new Promise((resolve) => {
        if (ended !== undefined) return resolve({ error: ended });
        calls += 1;
        waiting.set(calls, resolve);
        child.send({ id: calls, call });
      }),
    async end(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
