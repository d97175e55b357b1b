import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';
import { applied } from './copy.ts';
import { MUTANTS } from './mutants.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('there are planted bugs enough, and each has its own name', () => {
  expect(MUTANTS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test.each(MUTANTS)('$name: has one place in the code, which is still code with it', (mutant) => {
  const text = readFileSync(join(ROOT, mutant.file), 'utf8');
  const changed = applied(mutant, text);
  expect(changed).not.toBe(text);
  expect(() => parseSync(changed, { syntax: 'typescript' })).not.toThrow();
  expect(mutant.costs).toMatch(/\w.*\.$/);
});

test('a bug without a place, or with two, is noticed', () => {
  const mutant = { name: 'x', file: 'f.ts', find: 'ab', replace: 'c', costs: 'All.' };
  expect(applied(mutant, 'a ab b')).toBe('a c b');
  expect(() => applied(mutant, 'a b')).toThrow('f.ts has its text 0 times');
  expect(() => applied(mutant, 'ab ab')).toThrow('f.ts has its text 2 times');
});
