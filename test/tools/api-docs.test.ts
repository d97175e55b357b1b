import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdown } from '../../tools/api-docs/markdown.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('docs/api.md is what the docstrings of the public entry say, and nothing there is undocumented by half', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/api-docs.ts', '--check'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});

test('every link in docs/api.md leads to one section', () => {
  const text = readFileSync(join(ROOT, 'docs', 'api.md'), 'utf8');
  const sections = [...text.matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name.toLowerCase());
  expect(new Set(sections).size).toBe(sections.length);
  const targets = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
  expect(targets.length).toBeGreaterThan(sections.length);
  for (const target of targets) expect(sections.map((section) => `#${section}`)).toContain(target);
});

test('an export is shown with its members, its parameters, and links to the types of the API', () => {
  const parameters =
    '/**\n * Begins.\n *\n * @param kind - which {@link Kind | one}\n *\n * @throws\n *\n * never\n */\n';
  const method = {
    kind: 'Method',
    docComment: parameters,
    excerptTokens: [
      { text: 'begin(kind: ' },
      { text: 'Kind', canonicalReference: 'call-recorder!Kind:type' },
      { text: '): Map<' },
      { text: 'URL', canonicalReference: '!URL:class' },
      { text: '>;' },
    ],
  };
  const exported = [
    { kind: 'TypeAlias', name: 'Kind', docComment: '/** */', excerptTokens: [{ text: "export type Kind = 'a';" }] },
    { kind: 'Class', name: 'One', excerptTokens: [{ text: 'export declare class One ' }], members: [method] },
  ];
  const model = {
    kind: 'Package',
    docComment: '/**\n * All.\n */',
    members: [{ kind: 'EntryPoint', members: exported }],
  };
  expect(markdown(model)).toContain(`## One

\`\`\`ts
class One
\`\`\`

- **begin**(kind: [Kind](#kind)): Map\\<URL>

  Begins.

  - \`kind\`: which [one](#kind)

  Throws never

## Kind
`);
});
