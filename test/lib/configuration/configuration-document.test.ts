/** docs/configuration.md is what the code says: each option with its default and what it must be. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as v from 'valibot';
import { checkConfiguration, DEFAULT_CONFIGURATION } from '../../../lib/configuration/configuration.ts';
import { SCHEMA } from '../../../lib/configuration/schema.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const DOCUMENT = readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8');

/** Cells of the table, by option. */
const ROWS = new Map(
  DOCUMENT.split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, name = '', ...cells] = line.split(/ ?\| ?/);
      return [name.replaceAll('`', ''), cells.map((cell) => cell.trim())] as const;
    }),
);

type Check = v.GenericSchema<unknown>;

/** What a check says that a value must be. */
const mustBe = (check: Check): string => messagesOf(check, null)[0]?.replace(/^must be (.*), but is null$/, '$1') ?? '';

const messagesOf = (check: Check, value: unknown): readonly string[] =>
  (v.safeParse(check, value).issues ?? []).map(({ message }) => message);

/** The fields of an option that is an object, and what each must be: what an empty one lacks. */
const fieldsOf = (name: string, check: Check, empty: unknown): readonly (readonly [string, string])[] =>
  messagesOf(check, empty).map((message) => {
    const [, field = '', expected = ''] = /^(\w+): must be (.*), but is missing$/.exec(message) ?? [];
    return [`${name}.${field}`, expected];
  });

const checks: { readonly [option: string]: Check } = SCHEMA;
const expected: readonly (readonly [string, string])[] = Object.entries(checks).flatMap(([name, check]) => {
  const row = [name, mustBe(check)] as const;
  if (['webhookDomain', 'streamDomain', 'objectLock', 'canary'].includes(name))
    return [row, ...fieldsOf(name, check, {})];
  return name === 'coldStorage' ? [row, ...fieldsOf(name, check, [{}])] : [row];
});

test('the table has every option, in the order of the code, and no other', () => {
  expect([...ROWS.keys()]).toEqual(expected.map(([name]) => name));
});

test.each(expected)('%s: what it must be', (name, allowed) => {
  expect(allowed).not.toBe('');
  expect(ROWS.get(name)?.[1]).toBe(allowed);
});

test.each(Object.keys(checks))('%s: its default, and what it does', (name) => {
  const [shown, , meaning = ''] = ROWS.get(name) ?? [];
  const defaults: { readonly [option: string]: unknown } = {
    ...DEFAULT_CONFIGURATION,
    disclaimer: relative(ROOT, DEFAULT_CONFIGURATION.disclaimer).replaceAll('\\', '/'),
  };
  const value = defaults[name];
  const json = `\`${JSON.stringify(value)}\``.replaceAll(',', ', ');
  const readable = typeof value === 'string' && name === 'disclaimer' ? `\`${value}\`` : json;
  if (name === 'afterDisclaimer') expect(shown).toBe('a sentence');
  else expect(shown).toBe(value === undefined ? 'none' : readable);
  expect(meaning).toMatch(/^[^|]{9,}\.$/);
});

test('what the document shows as JSON can be used as it stands', () => {
  const shown = [...DOCUMENT.matchAll(/`(\{"(?:kind|stage)"[^`]*\})`/g)].map(([, json = '']) => JSON.parse(json));
  expect(shown.length).toBeGreaterThan(4);
  for (const value of shown) {
    const configuration = 'kind' in value ? { afterDisclaimer: value } : value;
    expect(checkConfiguration(configuration, 'c.json')).toMatchObject(configuration);
  }
});

test('links within the document lead somewhere', () => {
  const titles = [...DOCUMENT.matchAll(/^## (.*)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
  for (const [, anchor] of DOCUMENT.matchAll(/\]\(#([^)]+)\)/g)) expect(titles).toContain(anchor);
});
