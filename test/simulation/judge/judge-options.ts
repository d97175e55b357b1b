/** What the judge of a history is told of it beforehand. */
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';

export interface JudgeOptions {
  readonly now: () => Instant;
  readonly secrets: readonly string[];
  readonly skewMs: number;
  /** By how much pages may be late for what was drawn. */
  readonly pagesLateMs: number;
  readonly wrongSecretUntil?: Instant;
}
