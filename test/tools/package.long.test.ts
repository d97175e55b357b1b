/**
 * The package in an app that has only what npm would install beside it: no esbuild, no compiler, nothing of this repository.
 *
 * Long, because the package is compiled in full, and an app of each kind loads the CDK and synthesizes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Json } from '../lib/synthesized.ts';
import { temporaryFolder } from '../lib/temporary.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const APP = temporaryFolder('package');
const MODULES = join(APP, 'node_modules');
const PACKAGE = join(MODULES, 'call-recorder');

const run = (program: string, args: readonly string[], environment: { readonly [name: string]: string } = {}) => {
  const env = { PATH: process.env.PATH ?? '', HOME: APP, ...environment };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: APP, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};
const manifest = (folder: string): Json => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

beforeAll(() => {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--pack-destination', APP], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const [{ filename }] = JSON.parse(stdout);
  mkdirSync(PACKAGE, { recursive: true });
  run('tar', ['-xzf', join(APP, filename), '-C', PACKAGE, '--strip-components', '1']);
  // As npm would put them there, but from what is installed here: nothing is fetched.
  const { dependencies, peerDependencies } = manifest(PACKAGE);
  for (const name of [...Object.keys(dependencies), ...Object.keys(peerDependencies)]) {
    mkdirSync(dirname(join(MODULES, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(MODULES, name));
  }
});

const BODY = `
  const app = new App({ outdir: process.env.OUT });
  const stack = new Stack(app, 'Calls');
  new CallRecorder(stack, 'Recorder', { stage: 'sales', afterDisclaimer: { kind: 'dial', number: '+14155550123' } }).addOutputs();
  app.synth();
`;
const APPS = {
  'app.mjs': `import { App, Stack } from 'aws-cdk-lib';\nimport { CallRecorder } from 'call-recorder';\n${BODY}`,
  'app.cjs': `const { App, Stack } = require('aws-cdk-lib');\nconst { CallRecorder } = require('call-recorder');\n${BODY}`,
};

test.each(Object.entries(APPS))('%s synthesizes the recorder, offline and without esbuild', (name, text) => {
  const out = join(APP, `out-${name}`);
  writeFileSync(join(APP, name), text);
  run(process.execPath, [name], { OUT: out });
  const { Resources }: Json = JSON.parse(readFileSync(join(out, 'Calls.template.json'), 'utf8'));
  const types = Object.values<Json>(Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::DynamoDB::Table')).toHaveLength(1);
  // Each function has its code, under its own hash.
  const assets = readdirSync(out).filter((entry) => entry.startsWith('asset.'));
  expect(assets.length).toBeGreaterThanOrEqual(readdirSync(join(PACKAGE, 'dist', 'bundles')).length);
});

test('an app in TypeScript knows its types, and a wrong option is a mistake', () => {
  const compile = (text: string) => {
    writeFileSync(join(APP, 'app.ts'), text);
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--types',
      '',
      '--lib',
      'es2024,esnext.disposable',
    ];
    return spawnSync(process.execPath, [compiler, ...options, 'app.ts'], { cwd: APP, encoding: 'utf8' }).stdout;
  };
  const app = (stage: string) => `import { App, Stack } from 'aws-cdk-lib';
import { CallRecorder, type CallRecorderProps } from 'call-recorder';
const props: CallRecorderProps = { stage: ${stage}, startBy: 'twiml' };
export const recorder = new CallRecorder(new Stack(new App(), 'Calls'), 'Recorder', props);
`;
  expect(compile(app("'sales'"))).toBe('');
  expect(compile(app('7'))).toMatch(/Type 'number' is not assignable to type 'string'/);
});

test('its command is the operator’s', () => {
  const { bin, version } = manifest(PACKAGE);
  const command = (...args: string[]) => run(process.execPath, [join(PACKAGE, bin['call-recorder']), ...args]);
  expect(command('--version').trim()).toContain(version);
  expect(command('--help')).toMatch(/npx call-recorder <command>[\s\S]*credentials set/);
  expect(command('cost', '--calls', '20000', '--minutes', '4')).toMatch(/GB in S3/);
});

test('it holds no test, no source that is compiled, and nothing of an owner’s', () => {
  const files = run('find', [PACKAGE, '-type', 'f']).split('\n');
  expect(files.filter((name) => /\.test\.|\/test\/|\.local\/|config\.json$/.test(name))).toEqual([]);
  expect(files.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([]);
});
