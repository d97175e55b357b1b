import type { Measurement } from './report/measurement.ts';

/** What a group of rows gets to work with. */
export interface BenchContext {
  readonly rows: ReadonlySet<number>;
  /** Few samples and little data: shows that everything works, not how fast it is. */
  readonly quick: boolean;
  readonly root: string;
  /** Empty, and removed afterwards. */
  readonly directory: string;
  tell(line: string): void;
  /** A cloud assembly of the app that dials after the disclaimer, so that a call can last; synthesized once for all groups. */
  assembly(): Promise<string>;
}

/** Rows that share their set-up. */
export interface Group {
  readonly name: string;
  readonly rows: readonly number[];
  run(context: BenchContext): Promise<readonly Measurement[]>;
}
