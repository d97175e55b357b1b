/** docs/look-ups.md names each field of a reply, in the section of its row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OF_CALL, OF_HOLD, OF_RECORDING } from '../../../lambdas/shared/rules/call/story.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'look-ups.md'), 'utf8');

const named = (section: string): readonly string[] => {
  const [, text = ''] = DOCUMENT.split(`## ${section}\n`);
  const [own = ''] = text.split('\n## ', 1);
  return [...own.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
};

/** They stand in the path of the request. */
const ASKED_BY = ['callSid', 'recordingSid'];

test.each([
  ['A call in a reply', OF_CALL],
  ['Hold a call', OF_HOLD],
  ['A recording in a reply', OF_RECORDING.filter((name) => !ASKED_BY.includes(name))],
])('%s', (section, fields) => {
  expect(named(section)).toEqual(expect.arrayContaining([...fields]));
});
