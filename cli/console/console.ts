/** Serves the console for an operator, with the operator's own AWS credentials. */
import { buildPage } from '../../console/serve/page.ts';
import { type ConsoleServer, serveConsole } from '../../console/serve/server.ts';
import { signedApi } from '../../console/serve/signed-api.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { codeOf, EXIT, Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';

/**
 * Serves until the person presses Ctrl-C.
 *
 * @param port 0 takes a free one
 */
export async function runConsole(context: CommandContext, port: number): Promise<Result> {
  const place = context.place();
  return withClients(place, ['s3'], async ({ s3 }) => {
    const { credentials, region, sha256 } = s3.config;
    const server = await serveConsole({
      ...{ port, files: buildPage() },
      api: signedApi({ url: place.voiceUrl, config: { credentials, region, sha256 } }),
      place: { kind: place.kind, title: place.title.replace(/^the (stack|local system in) /, '') },
    }).catch((error: unknown) => {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      throw new Problem(`Port ${port} is taken. Choose another one with --port N, or leave it out.`);
    });
    context.terminal.err.write(introduction(server, place.title));
    await context.interrupted();
    await server.close();
    return { exit: EXIT.ok, text: 'The console is closed.', json: { url: server.url } };
  });
}

const introduction = ({ address }: ConsoleServer, title: string): string =>
  `The console of ${title}: open\n\n  ${address}\n\nAnyone on this machine who has this address can use it until you press Ctrl-C.\n`;
