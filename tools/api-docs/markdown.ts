/** One Markdown file from the model that API Extractor writes: a section for each export, with a list of its members. */

/** A declaration in the model, as far as the document shows it. */
export interface Entity {
  readonly kind: string;
  readonly name?: string;
  readonly docComment?: string;
  readonly excerptTokens?: readonly { readonly text: string; readonly canonicalReference?: string }[];
  readonly members?: readonly Entity[];
}

const KINDS = {
  Class: 'Classes',
  Interface: 'Interfaces',
  Function: 'Functions',
  Variable: 'Values',
  TypeAlias: 'Types',
};

/** @param model - of the whole package */
export function markdown({ docComment, members: [entry] = [] }: Entity): string {
  const groups = Object.entries(KINDS).map(([kind, title]) => ({
    title,
    exported: (entry?.members ?? []).filter((member) => member.kind === kind),
  }));
  const contents = groups.flatMap(({ title, exported }) => [
    `- ${title}`,
    ...exported.map(({ name }) => `  - ${linkTo(name)}`),
  ]);
  return `${[
    '<!-- Written by "npm run api-docs" from the docstrings in lib/. -->',
    '# API of the construct',
    textOf(docComment),
    contents.join('\n'),
    ...groups.flatMap(({ exported }) => exported.map(section)),
  ].join('\n\n')}\n`;
}

function section({ name, docComment, excerptTokens = [], members = [] }: Entity): string {
  const declaration = excerptTokens.map(({ text }) => text).join('');
  return [
    `## ${name}`,
    `\`\`\`ts\n${declaration.replace(/^export (declare )?/, '').trim()}\n\`\`\``,
    textOf(docComment),
    ...members.map(item),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A member as an element of a list: its name and type, which links to the types of this API, then its description. */
function item({ docComment, excerptTokens = [] }: Entity): string {
  const [first, ...types] = excerptTokens.map(({ text, canonicalReference }) =>
    canonicalReference?.startsWith('call-recorder!') ? linkTo(text) : text.replaceAll('<', '\\<'),
  );
  const named = first?.replace(/^((?:static |readonly )*)(\w+)/, '**$2**');
  const title = `- ${named}${types.join('').replace(/;$/, '').replaceAll(/\s+/g, ' ')}`;
  return `${title}\n\n${textOf(docComment)}`.trim().replaceAll(/\n(?=.)/g, '\n  ');
}

/** The text of a docstring. In the model, each of its blocks is a paragraph. */
const textOf = (docComment = ''): string =>
  docComment
    .replaceAll(/^\/\*\*|\*\/\s*$/g, '')
    .replaceAll(/^ \* ?/gm, '')
    .replaceAll(/\{@link ([\w.]+)(?: \| ([^}]+))?\}/g, (_, target: string, label?: string) => linkTo(target, label))
    .replaceAll(/^@param (\w+) - /gm, '- `$1`: ')
    .replaceAll(/^@(returns|throws)\s+/gm, (_, tag: string) => `${tag === 'returns' ? 'Returns' : 'Throws'} `)
    .replaceAll(/^@(example|packageDocumentation)\s*/gm, '')
    .trim();

/** @param target - an export, or a member of one, which stands in the section of the export */
const linkTo = (target = '', label = target): string => `[${label}](#${target.replace(/\..*/, '').toLowerCase()})`;
