import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';

/** The invariants of `docs/promise.md`. */
export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I10'
  | 'I11'
  | 'I12'
  | 'I13'
  | 'I14'
  | 'I15'
  | 'I19';

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
  readonly at: Instant;
}
