/** How the tables of docs/cost.md are written. */

export function dollars(amount: number): string {
  if (amount > 0 && amount < 0.0005) return '< 0.001';
  return amount.toFixed(amount >= 100 ? 0 : amount >= 1 ? 2 : 3);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
