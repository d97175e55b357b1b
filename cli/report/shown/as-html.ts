/** The certificate as one page without anything else: no script, no address that is fetched, everything escaped. */
import { printable } from '../../terminal/terminal.ts';
import type { Certificate } from '../certificate.ts';
import { type Block, sectionsOf, titleOf, verdictOf } from './sections.ts';

const STYLE = `
body { font: 10.5pt/1.45 system-ui, sans-serif; color: #111; background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; break-after: avoid; }
.verdict { border: 2px solid; padding: .6rem .9rem; font-weight: 600; }
.in-order { border-color: #1a7f37; }
.not-in-order { border-color: #b42318; }
table { border-collapse: collapse; margin: .5rem 0 1rem; width: 100%; }
th, td { border-bottom: 1px solid #ccc; padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { font-size: .8em; border-bottom-color: #111; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
ul { padding-left: 1.2rem; }
@page { margin: 18mm 15mm; }
@media print {
  body { font-size: 9pt; max-width: none; margin: 0; padding: 0; }
  thead { display: table-header-group; }
  tr, .verdict { break-inside: avoid; }
}
`;

export function asHtml(certificate: Certificate): string {
  const title = escaped(titleOf(certificate));
  const sections = sectionsOf(certificate).map(
    (one) => `<section>\n<h2>${escaped(one.title)}</h2>\n${one.blocks.map(blockAsHtml).join('\n')}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p class="verdict ${certificate.inOrder ? 'in-order' : 'not-in-order'}">${escaped(verdictOf(certificate))}</p>
${sections.join('\n')}
</body>
</html>
`;
}

function blockAsHtml(block: Block): string {
  if (block.kind === 'text') return `<p>${escaped(block.text)}</p>`;
  if (block.kind === 'list') return `<ul>\n${block.items.map((item) => `<li>${escaped(item)}</li>`).join('\n')}\n</ul>`;
  const { heading, rows, numbersFrom = Number.POSITIVE_INFINITY } = block;
  const row = (cells: readonly string[], tag: 'th' | 'td') => {
    const shown = cells.map((cell, index) => {
      const attribute = index >= numbersFrom ? ' class="number"' : '';
      return `<${tag}${attribute}>${escaped(cell)}</${tag}>`;
    });
    return `<tr>${shown.join('')}</tr>`;
  };
  const body = rows.map((cells) => row(cells, 'td')).join('\n');
  return `<table>\n<thead>${row(heading, 'th')}</thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

const ENTITIES: { readonly [character: string]: string } = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

/** Names and reasons come from other systems. */
const escaped = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
