/**
 * AWS and Twilio behind TLS on 127.0.0.1, for measuring clients: they answer at once and keep as little as they can.
 *
 * This is no emulator: what a client is told is true of that client alone. Where behaviour matters, local/ is measured.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Certificate } from './certificate.ts';

export interface LoopbackArguments extends Certificate {
  /** Bytes of every recording's audio file, header included. */
  readonly audioBytes: number;
}

export type Loopback = Awaited<ReturnType<typeof startLoopback>>;

/** Starts the server in a process of its own, so that its CPU time is not that of the client. */
export async function startLoopback(options: LoopbackArguments) {
  const child = fork(join(import.meta.dirname, 'process.ts'), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await listeningPort(child);
  return {
    /** For AWS and Twilio alike. */
    url: `https://127.0.0.1:${port}`,
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (port) => resolve(Number(port)));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`A loopback server ended at its start (${signal ?? code}).`)),
    );
  });
}
