/**
 * AWS and Twilio behind TLS on 127.0.0.1, for measuring clients: they answer at once and keep as little as they can.
 *
 * This is no emulator: what a client is told is true of that client alone. Where behaviour matters, local/ is measured.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM files. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate for 127.0.0.1 that signs itself; a client that is to trust it gets it by NODE_EXTRA_CA_CERTS. */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const pems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const certificateFile = join(directory, 'certificate.pem');
  const keyFile = join(directory, 'key.pem');
  writeFileSync(certificateFile, pems.cert);
  writeFileSync(keyFile, pems.private, { mode: 0o600 });
  return { certificateFile, keyFile };
}

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

async function listeningPort(child: ChildProcess): Promise<number> {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`A loopback server ended at its start (${signal ?? code}).`);
  });
  const [port] = await Promise.race([once(child, 'message'), ended]);
  return Number(port);
}
