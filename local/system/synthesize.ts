import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface SynthesizeOptions {
  /** The repository: cdk.json and bin/ are here. */
  readonly root: string;
  /** Where the cloud assembly goes; what is there is removed. */
  readonly directory: string;
  /** Context beside that of cdk.json, such as another configuration file: `{ config: FILE }`. */
  readonly context?: { readonly [name: string]: string };
}

/** The app that cdk.json names: the file that Node.js runs, relative to the repository, its arguments and its context. */
export function readCdkApp(root: string) {
  const file = join(root, 'cdk.json');
  if (!existsSync(file)) throw new Error(`There is no ${file}: run from a clone of the repository.`);
  const { app, context = {} } = JSON.parse(readFileSync(file, 'utf8')) as { app: string; context?: object };
  const [command, entry, ...given] = app.split(' ');
  if (command === 'node' && entry !== undefined) return { entry, arguments: given, context };
  throw new Error(`cdk.json starts the app by "${app}"; local mode knows "node FILE" only.`);
}

/**
 * Synthesizes the CDK app as `cdk synth` does, with the context of cdk.json, but without the CLI, which takes seconds of
 * its own. Asks no AWS account for anything.
 */
export async function synthesize({ root, directory, context: added = {} }: SynthesizeOptions): Promise<void> {
  const app = readCdkApp(root);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  // Lambda runs .js files without a package.json as CommonJS; here one of the directories above might say otherwise.
  writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }\n');

  const child = spawn(process.execPath, [app.entry, ...app.arguments], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: resolve(directory),
      CDK_CONTEXT_JSON: JSON.stringify({ ...app.context, ...added }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Left alone, it would go on writing while the next start does the same.
  const killChild = () => void child.kill();
  process.once('exit', killChild);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => process.off('exit', killChild));
  if (code !== 0 || !existsSync(join(directory, 'manifest.json'))) {
    throw new Error(`The app cannot be synthesized:\n${output.trim()}`);
  }
}
