/** What somebody meant who typed a command that does not exist. */
import { distance } from 'fastest-levenshtein';
import type { Command } from './command.ts';
import { shellQuoted } from './problem.ts';

/** Letters that may be wrong: two, for an exchange of neighbours is two, and more in long names. */
const tolerance = (name: string): number => Math.max(2, Math.floor(name.length / 4));

/** @returns the arguments with the nearest command instead, ready to paste; nothing where no name is near */
export function nearest(commands: readonly Command[], args: readonly string[]): string | undefined {
  const start = args.findIndex((arg) => !arg.startsWith('-'));
  const candidates = commands.map(({ name }) => {
    const words = name.split(' ').length;
    const typed = args.slice(start, start + words).join(' ');
    return { name, words, letters: distance(typed, name) };
  });
  const [best] = candidates.sort((one, other) => one.letters - other.letters);
  if (best === undefined || best.letters > tolerance(best.name)) return undefined;
  return [...args.slice(0, start).map(shellQuoted), best.name, ...args.slice(start + best.words).map(shellQuoted)].join(
    ' ',
  );
}
