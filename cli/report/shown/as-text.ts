/** The certificate on a terminal. */
import { columns } from '../../terminal/terminal.ts';
import type { Certificate } from '../certificate.ts';
import { type Block, sectionsOf, titleOf, verdictOf } from './sections.ts';

/** Rows of a long table. */
const ROWS_MAX = 20;

export function asText(certificate: Certificate): string {
  const sections = sectionsOf(certificate).map(
    ({ title, blocks }) => `${title}\n${blocks.map(blockAsText).join('\n\n')}`,
  );
  return [titleOf(certificate), verdictOf(certificate), ...sections].join('\n\n');
}

function blockAsText(block: Block): string {
  if (block.kind === 'text') return `  ${block.text}`;
  if (block.kind === 'list') return block.items.map((item) => `  - ${item}`).join('\n');
  const { heading, rows, isLong } = block;
  const shown = isLong ? rows.slice(0, ROWS_MAX) : rows;
  const left = rows.length - shown.length;
  const more = left > 0 ? `\n  … and ${left} more: --html FILE and --json name them all` : '';
  return indented(columns([heading, ...shown])) + more;
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ');
