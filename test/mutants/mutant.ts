/** A planted bug: one that would lose a recording, leak one, or let a stranger in. */
export interface Mutant {
  /** What the changed code does. */
  readonly name: string;
  /** From the repository's root. */
  readonly file: string;
  /** Text that the file has exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What it would cost the owner. */
  readonly costs: string;
}
