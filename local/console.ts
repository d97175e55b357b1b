/** The console of the system that runs on this machine. */
import { buildPage } from '../console/serve/page.ts';
import { type ConsoleServer, type ConsoleServerOptions, serveConsole } from '../console/serve/server.ts';
import { signedApi } from '../console/serve/signed-api.ts';
import { keptSecret } from './system/kept-secret.ts';
import type { System } from './system/system.ts';
import { type Theatre, theatreRoutes } from './theatre/theatre.ts';

export interface LocalConsoleOptions {
  readonly dataDirectory: string;
  /** Taken if it is free. */
  readonly port: number;
  /** Absent where Twilio or AWS are not simulated: nothing is broken there. */
  readonly theatre?: Omit<Theatre, 'system'> | undefined;
}

export async function startLocalConsole(
  system: System,
  { dataDirectory, port, theatre }: LocalConsoleOptions,
): Promise<ConsoleServer> {
  const { endpoints, clients } = system;
  const options: Omit<ConsoleServerOptions, 'port'> = {
    // The same at every start, so that an address that somebody has kept goes on working.
    key: keptSecret(dataDirectory, KEY),
    files: buildPage(),
    api: signedApi({ url: endpoints.http, config: clients.s3.config }),
    place: { kind: 'local', title: dataDirectory },
    ...(theatre && { more: theatreRoutes({ ...theatre, system }) }),
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
