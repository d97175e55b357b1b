import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretAccessKeyOf } from '../../../local/emulators/secret-access-key.ts';
import { lockDirectory } from '../../../local/system/directory-lock.ts';
import { temporaryDirectory } from '../support.ts';

const fileIn = (directory: string) => join(directory, 'aws-secret-access-key.json');
const modeOf = (path: string) => statSync(path).mode & 0o777;

test('a data directory has a secret access key of its own, which lasts', () => {
  const [one, other] = [temporaryDirectory(), temporaryDirectory()];
  const drawn = secretAccessKeyOf(one);
  expect(drawn).toMatch(/^[A-Za-z0-9+/]{40}$/);
  expect(secretAccessKeyOf(one)).toBe(drawn);
  expect(secretAccessKeyOf(other)).not.toBe(drawn);
  expect(modeOf(fileIn(one))).toBe(0o600);
});

test.each([
  ['torn', '{"secretAccess'],
  ['of another form', '{"key":"x"}'],
  ['with a key that is known', '{"secretAccessKey":"local"}'],
  ['with no text', '{"secretAccessKey":5}'],
])('a file %s gives way to a new key', (_, text) => {
  const directory = temporaryDirectory();
  writeFileSync(fileIn(directory), text, { mode: 0o600 });
  const drawn = secretAccessKeyOf(directory);
  expect(drawn).toMatch(/^[A-Za-z0-9+/]{40}$/);
  expect(JSON.parse(readFileSync(fileIn(directory), 'utf8'))).toEqual({ secretAccessKey: drawn });
});

test('a key that others could read is replaced', () => {
  const directory = temporaryDirectory();
  const drawn = secretAccessKeyOf(directory);
  chmodSync(fileIn(directory), 0o644);
  expect(secretAccessKeyOf(directory)).not.toBe(drawn);
  expect(modeOf(fileIn(directory))).toBe(0o600);
});

test('a data directory that a start makes is closed to others; one that was there keeps its rights', () => {
  const there = temporaryDirectory();
  chmodSync(there, 0o755);
  const made = join(there, 'a', 'b');
  for (const directory of [made, there]) lockDirectory(directory).release();
  expect([made, join(there, 'a'), there].map(modeOf)).toEqual([0o700, 0o700, 0o755]);
});
