/** The console of the system that runs on this machine. */
import { buildPage } from '../console/serve/page.ts';
import { type ConsoleServer, type ConsoleServerOptions, serveConsole } from '../console/serve/server.ts';
import { signedApi } from '../console/serve/signed-api.ts';
import { keptSecret } from './system/kept-secret.ts';
import type { System } from './system/system.ts';

export interface LocalConsoleOptions {
  readonly dataDirectory: string;
  /** Taken if it is free. */
  readonly port: number;
}

export async function startLocalConsole(
  { endpoints, clients }: Pick<System, 'endpoints' | 'clients'>,
  { dataDirectory, port }: LocalConsoleOptions,
): Promise<ConsoleServer> {
  const options: Omit<ConsoleServerOptions, 'port'> = {
    // The same at every start, so that an address that somebody has kept goes on working.
    key: keptSecret(dataDirectory, KEY),
    files: await buildPage(),
    api: signedApi({ url: endpoints.http, config: clients.s3.config }),
    place: { kind: 'local', title: dataDirectory },
  };
  return serveConsole({ ...options, port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return serveConsole({ ...options, port: 0 });
  });
}

const KEY = {
  file: 'console-key.json',
  name: 'key',
  bytes: 24,
  encoding: 'base64url',
  pattern: /^[\w-]{32}$/,
} as const;
