/** Documents can be read side by side with the code: no line of prose is longer than 140 characters. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const MAX = 140;
/** Written from the code. */
const GENERATED = 'api.md';

const documents = ['.', 'docs'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md') && name !== GENERATED)
    .map((name) => join(folder, name)),
);

/** Lines that an editor could wrap: neither in a table nor in a block of code. */
function prose(text: string): readonly string[] {
  const outsideCode = text.split(/^```.*$/m).filter((_, index) => index % 2 === 0);
  return outsideCode.flatMap((part) => part.split('\n')).filter((line) => !line.startsWith('|'));
}

test.each(documents)('%s has lines of at most 140 characters', (document) => {
  const lines = prose(readFileSync(join(ROOT, document), 'utf8'));
  expect(lines.filter((line) => line.length > MAX)).toEqual([]);
});

test('a long line is noticed, but in tables and code', () => {
  const long = 'x'.repeat(MAX + 1);
  expect(prose(`${long}\n| ${long} |\n\`\`\`\n${long}\n\`\`\`\n`).filter((line) => line.length > MAX)).toEqual([long]);
});
