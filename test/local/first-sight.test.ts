/** What a new user meets before the first call: a pipe that closes, a folder for nobody else's eyes, an unneeded network. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lockDirectory } from '../../local/system/directory-lock.ts';
import { temporaryDirectory, until } from './support.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** `npm start` without npm. Answers what it wrote to its standard error, and its exit code. */
function start(dataDirectory: string, ...given: string[]) {
  const main = join(ROOT, 'local', 'main.ts');
  const child = spawn(process.execPath, [main, '--port', '0', '--data', dataDirectory, ...given], { cwd: ROOT });
  const texts = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.errors += text;
  });
  return { child, texts, ended: once(child, 'close').then(([code]) => ({ code, errors: texts.errors })) };
}
const isRunning = (texts: { readonly output: string }) =>
  until(() => texts.output.includes('Press Enter for another call, q to stop.'), 'the introduction');

test('q stops it; a second start synthesizes nothing, shows its own calls alone, and ends quietly with its pipe', async () => {
  const dataDirectory = temporaryDirectory();
  const first = start(dataDirectory);
  await isRunning(first.texts);
  first.child.stdin.write('q\n');
  expect(await first.ended).toEqual({ code: 0, errors: '' });
  const manifest = join(dataDirectory, 'cloud-assembly', 'manifest.json');
  const { ino, mtimeMs } = statSync(manifest);

  const second = start(dataDirectory);
  await isRunning(second.texts);
  await until(() => /call from/.test(second.texts.output), 'a call is told');
  expect(second.texts.output.match(/^Call \d+/gm)).toEqual(['Call 1']);
  expect(statSync(manifest)).toMatchObject({ ino, mtimeMs });
  second.child.stdout.destroy();
  expect(await second.ended).toEqual({ code: 0, errors: '' });
  expect(existsSync(join(dataDirectory, 'endpoints.json'))).toBe(false);
});

test.each<[string, string[], number]>([
  ['a run that goes on', [], 0],
  ['a run that has not seen everything', ['--once'], 1],
])('%s ends without a word where nobody reads from the beginning', async (_, given, code) => {
  const dataDirectory = temporaryDirectory();
  const { child, ended } = start(dataDirectory, ...given);
  child.stdout.destroy();
  expect(await ended).toEqual({ code, errors: '' });
  lockDirectory(dataDirectory).release();
});

test("the data directory is its owner's alone, with every directory that was created for it", () => {
  const parent = join(temporaryDirectory(), '.local');
  const directory = join(parent, 'chaos');
  lockDirectory(directory).release();
  expect([parent, directory].map(modeOf)).toEqual(['700', '700']);
});

test('a data directory that an earlier version has left open is closed', () => {
  const directory = join(temporaryDirectory(), '.local');
  lockDirectory(directory).release();
  chmodSync(directory, 0o755);
  lockDirectory(directory).release();
  expect(modeOf(directory)).toBe('700');
});

test("a directory of somebody else's making keeps its mode", () => {
  const directory = join(temporaryDirectory(), 'own');
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  lockDirectory(directory).release();
  expect(modeOf(directory)).toBe('755');
});

describe('npm is asked to install', () => {
  const locked = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '1.0.0', optional: true },
  };

  /** Runs the script in a folder whose lock file is newer than what is installed, as after a checkout. */
  async function isAsked(installed: object | undefined): Promise<boolean> {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'node_modules'));
    const record = join(directory, 'node_modules', '.package-lock.json');
    if (installed !== undefined) {
      writeFileSync(record, JSON.stringify({ packages: installed }));
      utimesSync(record, 1, 1);
    }
    writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages: locked }));
    writeFileSync(join(directory, 'npm'), '#!/bin/sh\ntouch asked\n', { mode: 0o755 });
    const PATH = `${directory}${delimiter}${process.env.PATH}`;
    const script = join(ROOT, 'tools', 'install-missing.mjs');
    const child = spawn(process.execPath, [script], { cwd: directory, env: { ...process.env, PATH } });
    expect(await once(child, 'close')).toEqual([0, null]);
    return existsSync(join(directory, 'asked'));
  }

  test('not where everything that is locked is installed, so that no network is needed', async () => {
    expect(await isAsked({ 'node_modules/a': { version: '1.0.0' } })).toBe(false);
  });
  test.each<[string, object | undefined]>([
    ['nothing is installed', undefined],
    ['a package is missing', {}],
    ['a package has another version', { 'node_modules/a': { version: '1.0.1' } }],
    [
      'a package is installed that is locked no more',
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/c': { version: '1.0.0' } },
    ],
  ])('where %s', async (_, installed) => {
    expect(await isAsked(installed)).toBe(true);
  });
});
