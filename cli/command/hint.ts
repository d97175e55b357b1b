/** Commands in messages, ready to paste. */
import type { Place } from '../place/place.ts';

export const RECORDER = 'npm run recorder --';

/** In quotes, with the options that lead to the same system. */
export const hint = ({ options }: Pick<Place, 'options'>, command: string): string =>
  `"${RECORDER} ${command}${options}"`;

/** A word as a POSIX shell takes it unchanged. */
export const shellQuoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
