/** `npm run recorder -- <command>`. */
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// From the second run on Node neither strips types nor compiles: most of what a command waits for. The cache holds code, so
// it is not where other users of this machine can write. Node 20 has none.
module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/recorder', import.meta.url)));

for (const stream of [process.stdout, process.stderr]) {
  // The reader of the output has closed it, as `head` does. The command still ends with its own exit code.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

async function main(): Promise<number> {
  // Imported behind the line that makes importing fast.
  const [{ runRecorder }, { COMMANDS }] = await Promise.all([
    import('./command/recorder.ts'),
    import('./command/commands.ts'),
  ]);
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return runRecorder({
    ...{ args: process.argv.slice(2), commands: COMMANDS, version: manifest.version },
    terminal: { out: process.stdout, err: process.stderr, keyboard: process.stdin },
    environment: process.env,
    now: Date.now,
    interrupted: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      }),
  });
}

process.exitCode = await main();
