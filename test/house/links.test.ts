/** A link in a document leads to a file that is there, and to a heading in it; and each document is found by its reader. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['.', 'docs', 'examples'];

const documents = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const read = (document: string) => readFileSync(join(ROOT, document), 'utf8');

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** Links that lead nowhere, as they stand in the text. */
function broken(document: string, text: string): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links.filter((target) => {
    if (/^(https?|mailto):/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? document : relative(ROOT, join(ROOT, dirname(document), path));
    if (!existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file)).has(anchor);
  });
}

test.each(documents)('the links of %s lead somewhere', (document) => {
  expect(broken(document, read(document))).toEqual([]);
});

test('links that do not are noticed', () => {
  const text =
    '[a](docs/nowhere.md) [b](docs/states.md#nothing) [c](docs/states.md) [d](https://example.com) [e](#here)';
  expect(broken('README.md', text)).toEqual(['docs/nowhere.md', 'docs/states.md#nothing', '#here']);
});

test('each document has its place in the list by reader, and only one', () => {
  const list = read('docs/README.md');
  for (const document of readdirSync(join(ROOT, 'docs')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  )) {
    expect([document, list.split(`](${document})`).length - 1]).toEqual([document, 1]);
  }
});
