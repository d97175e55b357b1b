/** What the scripts of package.json do before anything is installed. npm is a stand-in, in a folder with a lock file of its own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from '../lib/temporary.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const OTHER_SYSTEM = process.platform === 'win32' ? 'linux' : 'win32';
const PACKAGES = {
  '': {},
  'node_modules/a': {},
  'node_modules/a/node_modules/b': { os: [process.platform], cpu: [process.arch] },
  'node_modules/for-another-system': { os: [OTHER_SYSTEM] },
  'node_modules/for-another-processor': { cpu: ['none'] },
};

/** A folder with a lock file, changed at second 1000, and an npm that notes how it was called. */
function folderWith(npm: string): string {
  const folder = temporaryFolder('install');
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: PACKAGES }));
  utimesSync(join(folder, 'package-lock.json'), 1000, 1000);
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'npm'), `#!/bin/sh\necho "$@" > called\n${npm}\n`);
  chmodSync(join(folder, 'bin', 'npm'), 0o755);
  return folder;
}

/** What is installed is as old as its own lock file, which npm writes last. */
function installedAt(folder: string, second: number): void {
  const file = join(folder, 'node_modules', '.package-lock.json');
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(file, '{}');
  utimesSync(file, second, second);
}

function installMissing(folder: string) {
  const PATH = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'tools', 'install-missing.mjs')], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH },
  });
  const called = join(folder, 'called');
  return { status, stdout, stderr, npm: existsSync(called) ? readFileSync(called, 'utf8').trim() : 'not called' };
}

test('says how many packages come, for this machine alone, then lets npm install what is locked', () => {
  const { status, stdout, stderr, npm } = installMissing(folderWith('echo added 2 packages'));
  expect([status, stdout]).toEqual([0, '']);
  expect(stderr).toMatch(
    /^Installing about 2 packages \([\d.]+ GB\) from package-lock.json; this takes a minute, once.\nadded 2 packages\n$/,
  );
  expect(npm).toMatch(/^ci /);
});

test('is silent where everything is installed', () => {
  const folder = folderWith('exit 1');
  installedAt(folder, 1000);
  expect(installMissing(folder)).toEqual({ status: 0, stdout: '', stderr: '', npm: 'not called' });
});

test('installs again once the lock file has changed', () => {
  const folder = folderWith('exit 0');
  installedAt(folder, 999);
  expect(installMissing(folder).npm).toMatch(/^ci /);
});

test.each([
  [
    ['npm error code ENOTFOUND', 'npm error syscall getaddrinfo', 'npm error network request failed', 'npm error more'],
    1,
    /npm could not install the packages \(ENOTFOUND\): network request failed\nCheck the connection to the registry .*\n$/,
  ],
  [
    ['npm error code EUSAGE', 'npm error', 'npm error The lock file is not in sync.'],
    7,
    /npm could not install the packages \(EUSAGE\): The lock file is not in sync.\nRun "npm ci" to see everything .*\n$/,
  ],
  [[], 127, /npm could not install the packages \(exit code 127\): \nRun "npm ci" .*\n$/],
])('%j: says why npm failed and what to do, and fails as npm did', (lines, code, message) => {
  const printed = lines.map((line) => `echo "${line}" >&2`).join('\n');
  const { status, stderr } = installMissing(folderWith(`${printed}\nexit ${code}`));
  expect([status, stderr]).toEqual([code, expect.stringMatching(message)]);
});

test('runs before each script that the README names', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const named = new Set([...readme.matchAll(/npm (?:run )?([\w-]+)/g)].map(([, name = '']) => name));
  const run = [...named].filter((name) => name in scripts);
  expect(run).toEqual(expect.arrayContaining(['start', 'test', 'recorder', 'bench', 'cost']));
  for (const name of run) expect([name, scripts[`pre${name}`]]).toEqual([name, 'node tools/install-missing.mjs']);
});
