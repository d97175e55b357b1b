/** Progress bars, and the units that they count in. */
import type { Screen } from './terminal.ts';

export interface Progress {
  /** Shows that so much is done. */
  at(done: number): void;
  /** Removes the bar. */
  end(): void;
}

const BAR_CELLS = 30;

/** A bar on a terminal, and nothing anywhere else: a file full of bars helps nobody. */
export function progressBar(err: Screen, label: string, total: number | undefined, unit: Unit = BYTES): Progress {
  if (err.isTTY !== true) return { at: () => undefined, end: () => undefined };
  let shown = '';
  return {
    at(done) {
      const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
      const cells = share === undefined ? 0 : Math.floor(share * BAR_CELLS);
      const bar = share === undefined ? '' : ` [${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
      const percent = share === undefined ? '' : ` ${String(Math.floor(share * 100)).padStart(3)} %`;
      const text = `${label}${bar}${percent} ${unit(done)}`.slice(0, (err.columns ?? 80) - 1);
      if (text === shown) return;
      err.write(`\r${text.padEnd(shown.length)}`);
      shown = text;
    },
    end() {
      if (shown !== '') err.write(`\r${' '.repeat(shown.length)}\r`);
      shown = '';
    },
  };
}

export type Unit = (amount: number) => string;
export const BYTES: Unit = (bytes) => {
  if (bytes < 1000) return `${bytes} B`;
  const [size, name] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return `${size.toFixed(1)} ${name}`;
};
export const counted =
  (name: string): Unit =>
  (count) =>
    `${count} ${name}`;
