/** docs/logs.md is what the code says: each saved query and each log event, with its meaning. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_EVENTS } from '../../../lambdas/shared/contract/log-events.ts';
import { LOG_QUERIES } from '../../../lib/watch/log-queries.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const DOCUMENT = readFileSync(join(ROOT, 'docs', 'logs.md'), 'utf8');

/** First and second cell of each row of the table under a heading, without the table's head. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = DOCUMENT.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const rows = [...text.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
  return rows.map(([, name = '', meaning = '']) => [name, meaning]);
}

test('each saved query is in the document, with what it answers, and no other', () => {
  expect(tableUnder('Saved queries')).toEqual(LOG_QUERIES.map(({ name, answers }) => [name, answers]));
});

test('each log event is in the document, with its meaning, and no other', () => {
  expect(tableUnder('Log events')).toEqual(Object.entries(LOG_EVENTS));
});

test('each log event is written by some step', () => {
  const files = readdirSync(join(ROOT, 'lambdas'), { recursive: true, encoding: 'utf8' });
  const code = files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('log-events.ts'))
    .map((file) => readFileSync(join(ROOT, 'lambdas', file), 'utf8'))
    .join('\n');
  expect(Object.keys(LOG_EVENTS).filter((event) => !code.includes(`'${event}'`))).toEqual([]);
});

test('documents name no log event that there is not', () => {
  const documents = [
    ...readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md')),
    join('..', 'README.md'),
  ];
  const named = documents.flatMap((file) => {
    const text = readFileSync(join(ROOT, 'docs', file), 'utf8');
    return [...text.matchAll(/event(?: = "|: )(\w+)["`]/g)].map(([, event = '']) => event);
  });
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((event) => !Object.hasOwn(LOG_EVENTS, event))).toEqual([]);
});
