import type { IncomingMessage } from 'node:http';
import type { EmulatorArguments, EmulatorMessage } from './emulator-process.ts';

/** What an emulator's process does: listens on 127.0.0.1, and closes once everything is written. */
export interface EmulatorServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The body of an emulator's process: starts the server, reports its port, ends when the parent lets go or is gone. */
export async function serve(start: (options: EmulatorArguments) => Promise<EmulatorServer>): Promise<void> {
  // Ctrl-C reaches the whole process group; the parent ends its emulators itself, in its order.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  const parentGone = new Promise<void>((resolve) => process.once('disconnect', resolve));
  try {
    const server = await start(JSON.parse(process.argv[2] ?? '{}') as EmulatorArguments);
    report({ type: 'listening', port: server.port });
    await parentGone;
    await server.close();
  } catch (error) {
    report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  }
  process.exit();
}

/** Sends `message` to the parent, unless it is gone. */
export function report(message: EmulatorMessage): void {
  if (process.connected) process.send?.(message);
}

/** The operation that a request of AWS's JSON protocols names in a header. */
export const awsOperationOf = (headers: IncomingMessage['headers']): string =>
  headers['x-amz-target']?.toString().split('.').at(-1) ?? 'unknown';

/** The access key ID in a request's AWS signature. */
export function accessKeyIdOf(authorization: string | undefined): string {
  return authorization?.match(/Credential=([^/]+)\//)?.[1] ?? 'unsigned';
}
