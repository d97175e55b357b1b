/** A start synthesizes again exactly when something that the cloud assembly is made of has changed. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type KeptAssemblyOptions, keepAssembly } from '../../../local/system/kept-assembly.ts';
import type { SynthesizeOptions } from '../../../local/system/synthesize.ts';
import { temporaryDirectory } from '../support.ts';

let root: string;
let directory: string;
let syntheses: number;
const environment: { [name: string]: string } = {};

const write = (file: string, content: string) => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
};

async function synthesizeInto({ directory: into }: SynthesizeOptions): Promise<void> {
  syntheses += 1;
  mkdirSync(join(into, 'asset'), { recursive: true });
  writeFileSync(join(into, 'manifest.json'), '{}');
  writeFileSync(join(into, 'asset', 'index.js'), `// ${syntheses}`);
}

const start = (more: Partial<KeptAssemblyOptions> = {}) =>
  keepAssembly({ root, directory, environment, synthesizeInto, ...more });

beforeEach(async () => {
  root = temporaryDirectory();
  directory = join(temporaryDirectory(), 'cloud-assembly');
  syntheses = 0;
  for (const name of Object.keys(environment)) delete environment[name];
  Object.assign(environment, { CDK_DEFAULT_REGION: 'eu-west-1', OWNERS_VARIABLE: 'a', TERM: 'xterm' });
  write('cdk.json', '{ "app": "node bin/app.ts" }');
  write('bin/app.ts', 'const { OWNERS_VARIABLE } = process.env;');
  write('lib/steps/disclaimer.wav', 'RIFF');
  write('lambdas/sweep/sweep.ts', 'export const sweep = 1;');
  write('package.json', '{}');
  write('package-lock.json', '{}');
  write('node_modules/.package-lock.json', '{}');
  write('call-recorder.config.json', '{ "disclaimer": "sounds/hello.wav" }');
  write('sounds/hello.wav', 'RIFF hello');
  write('other.json', '{ "disclaimer": "sounds/other.wav" }');
  write('sounds/other.wav', 'RIFF other');
  await start();
  expect(syntheses).toBe(1);
});

test('what has not changed is not synthesized again', async () => {
  expect(await start()).toBe(false);
  expect(syntheses).toBe(1);
  expect(readFileSync(join(directory, 'asset', 'index.js'), 'utf8')).toBe('// 1');
});

const other = () => join(root, 'other.json');
const changes: readonly (readonly [string, () => Partial<KeptAssemblyOptions> | undefined])[] = [
  ['the app', () => void write('bin/app.ts', 'const changed = 1;')],
  ['a new file of the stack', () => void write('lib/new.ts', '')],
  ['a file of the stack that is no code', () => void write('lib/steps/disclaimer.wav', 'RIFX')],
  ['a file that is gone', () => rmSync(join(root, 'lib/steps/disclaimer.wav')) as undefined],
  ['the code of a step', () => void write('lambdas/sweep/sweep.ts', 'export const sweep = 2;')],
  ['the context of cdk.json', () => void write('cdk.json', '{ "app": "node bin/app.ts", "context": { "a": 1 } }')],
  ['the configuration', () => void write('call-recorder.config.json', '{ "stage": "blue" }')],
  ['the absence of the configuration', () => rmSync(join(root, 'call-recorder.config.json')) as undefined],
  ['the sound that the configuration names', () => void write('sounds/hello.wav', 'RIFF hallo')],
  ['another configuration', () => ({ context: { config: other() } })],
  ['other context', () => ({ context: { anything: 'x' } })],
  ['the locked packages', () => void write('package-lock.json', '{ "lockfileVersion": 3 }')],
  ['the installed packages', () => void write('node_modules/.package-lock.json', '{ "lockfileVersion": 3 }')],
  ['what npm knows of this package', () => void write('package.json', '{ "sideEffects": false }')],
  ["the compiler's options", () => void write('tsconfig.json', '{}')],
  ['a variable that CDK reads', () => ({ environment: { ...environment, CDK_DEFAULT_REGION: 'eu-west-2' } })],
  ['a variable that CDK reads and that was not set', () => ({ environment: { ...environment, AWS_REGION: 'a' } })],
  ['a variable that is set no more', () => ({ environment: { TERM: 'xterm', OWNERS_VARIABLE: 'a' } })],
  ["a variable that the owner's app reads", () => ({ environment: { ...environment, OWNERS_VARIABLE: 'b' } })],
];

test.each(changes)('%s: it is synthesized again, once', async (_, change) => {
  const more = change();
  expect(await start(more)).toBe(true);
  expect(await start(more)).toBe(false);
  expect(syntheses).toBe(2);
});

test('an app that lies elsewhere counts as well', async () => {
  write('cdk.json', '{ "app": "node examples/embedded/app.ts" }');
  write('examples/shared.ts', '');
  await start();
  write('examples/shared.ts', 'const changed = 1;');
  expect(await start()).toBe(true);
});

test('the sound that another configuration names counts as well', async () => {
  const context = { config: other() };
  await start({ context });
  write('sounds/other.wav', 'RIFF changed');
  expect(await start({ context })).toBe(true);
});

test('another release of Node.js synthesizes again', async () => {
  const version = process.version;
  try {
    Object.defineProperty(process, 'version', { value: 'v99.0.0' });
    expect(await start()).toBe(true);
  } finally {
    Object.defineProperty(process, 'version', { value: version });
  }
});

test('what is nothing to the assembly may change', async () => {
  write('docs/readme.md', 'changed');
  write('local/main.ts', 'changed');
  expect(await start({ environment: { ...environment, TERM: 'screen', SSH_TTY: '/dev/pts/1' } })).toBe(false);
});

test.each<[string, () => void]>([
  ['a missing file', () => rmSync(join(directory, 'asset', 'index.js'))],
  ['a file that was cut off', () => writeFileSync(join(directory, 'asset', 'index.js'), '')],
  ['a record that was cut off', () => writeFileSync(join(directory, 'kept-assembly.json'), '{')],
])('%s: the assembly is made anew', async (_, damage) => {
  damage();
  expect(await start()).toBe(true);
  expect(readFileSync(join(directory, 'asset', 'index.js'), 'utf8')).toBe('// 2');
});

test('a synthesis that fails or is killed leaves nothing that looks whole', async () => {
  write('bin/app.ts', 'broken');
  const fail = async (options: SynthesizeOptions) => {
    await synthesizeInto(options);
    throw new Error('killed');
  };
  await expect(start({ synthesizeInto: fail })).rejects.toThrow('killed');
  expect(await start()).toBe(true);
  expect(readFileSync(join(directory, 'asset', 'index.js'), 'utf8')).toBe('// 3');
});

test('a file that changes while the app is synthesized keeps nothing', async () => {
  write('bin/app.ts', 'first');
  const meanwhile = async (options: SynthesizeOptions) => {
    await synthesizeInto(options);
    write('bin/app.ts', 'second');
  };
  expect(await start({ synthesizeInto: meanwhile })).toBe(true);
  write('bin/app.ts', 'first');
  expect(await start()).toBe(true);
});

test('without the list of installed packages nothing is kept', async () => {
  rmSync(join(root, 'node_modules/.package-lock.json'));
  expect([await start(), await start()]).toEqual([true, true]);
});

test('only one assembly is kept', async () => {
  write('bin/app.ts', 'changed');
  await start();
  expect(readdirSync(dirname(directory))).toEqual(['cloud-assembly']);
});
