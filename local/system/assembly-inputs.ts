import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { readCdkApp, type SynthesizeOptions } from './synthesize.ts';

/** What the app and the bundles are made of. */
const FOLDERS = ['bin', 'lib', 'lambdas', 'console'];
/** esbuild and Node.js read the first two as well. */
const FILES = ['cdk.json', 'package.json', 'tsconfig.json', 'package-lock.json'];
/** What npm has installed, with the version and checksum of each package. */
const INSTALLED = join('node_modules', '.package-lock.json');
const CONFIGURATION = 'call-recorder.config.json';
/** What CDK, esbuild and Node.js read of the environment. */
const ENVIRONMENT_READ_BY_TOOLS = /^(CDK|JSII|ESBUILD|NODE)_|^AWS_(DEFAULT_)?REGION$/;

type AssemblyInputs = Pick<SynthesizeOptions, 'root' | 'context'> & { readonly environment: NodeJS.ProcessEnv };

/**
 * Hashes the content of everything that a cloud assembly is made of: the sources, the configuration and the files that it
 * names, the installed packages, Node.js, the context, and the environment variables that the app or its tools read.
 *
 * @returns undefined where that cannot be known, since npm has not installed the packages
 */
export function hashOfInputs({ root, context = {}, environment }: AssemblyInputs): string | undefined {
  if (!existsSync(join(root, INSTALLED))) return undefined;
  const { entry } = readCdkApp(root);
  const hash = createHash('sha256');
  add(hash, 'Node.js', `${process.version} ${process.platform} ${process.arch}`);
  add(hash, 'context', JSON.stringify(context));
  for (const file of [...FILES, INSTALLED]) addFile(hash, root, join(root, file));
  const configuration = resolve(root, context.config ?? CONFIGURATION);
  addFile(hash, root, configuration);
  for (const file of filesNamedIn(configuration)) addFile(hash, root, file);
  const code = foldersOf(entry).flatMap((folder) => filesUnder(join(root, folder)));
  for (const file of code) addFile(hash, root, file);
  for (const name of variablesRead(code, root, environment)) add(hash, name, environment[name] ?? '');
  return hash.digest('hex');
}

function add(hash: Hash, name: string, content: string | Buffer): void {
  hash.update(`${name}\0${content.length}\0`).update(content);
}

/** A file that is missing counts too: it may come. */
export function addFile(hash: Hash, root: string, file: string): void {
  const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  add(hash, relative(root, file), isThere ? readFileSync(file) : 'missing');
}

/** The folder of the app's entry is a part of the app, whatever it is called. */
function foldersOf(entry: string): readonly string[] {
  const [folder = ''] = entry.split(/[\\/]/);
  return folder === basename(entry) ? FOLDERS : [...new Set([...FOLDERS, folder])];
}

/** All files below `path`, or itself, in order; what is linked counts as if it lay there. */
export function filesUnder(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/** Every text of the configuration may be the path of a file, as `disclaimer` is. */
function filesNamedIn(configuration: string): readonly string[] {
  const texts: string[] = [];
  const collect = (value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  try {
    collect(JSON.parse(readFileSync(configuration, 'utf8')));
  } catch {
    // No file, or none that can be read: the app says so, or goes by its defaults.
    return [];
  }
  return texts.map((text) => resolve(dirname(configuration), text));
}

/** Variables whose name occurs in what runs at synthesis, which is not the steps, and those that the tools read. */
function variablesRead(code: readonly string[], root: string, environment: AssemblyInputs['environment']) {
  const run = code.filter((file) => file.endsWith('.ts') && !file.startsWith(join(root, 'lambdas')));
  const words = new Set(run.flatMap((file) => readFileSync(file, 'utf8').match(/\b[A-Za-z_]\w{2,}\b/g) ?? []));
  return Object.keys(environment)
    .filter((name) => words.has(name) || ENVIRONMENT_READ_BY_TOOLS.test(name))
    .sort();
}
