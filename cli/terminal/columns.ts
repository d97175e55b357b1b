/** Text as a terminal may show it. */

/** What can move the cursor, change colours, or turn the direction of writing. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Names come from other systems: their control characters are shown as `\u001b`, which is valid in JSON too. */
export const printable = (text: string, kept = '\n'): string =>
  text.replace(CONTROLS, (character) =>
    character === kept ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Columns, as wide as their widest cell. The first row is the heading. */
export function columns(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map((cell) => printable(cell, '')));
  const widths = shown.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  );
  return shown
    .map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}
