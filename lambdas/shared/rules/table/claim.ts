/** A claim on a row: who works on it, and until when nobody else may. */
import type { Instant } from '../values/instant.ts';

export interface Claim {
  readonly owner: string;
  readonly until: Instant;
}

/** Whether an invocation, perhaps this one, works on the row now: a claim that has expired belongs to nobody alive. */
export const isClaimed = ({ claim }: { readonly claim?: Claim }, now: Instant): boolean =>
  claim !== undefined && now < claim.until;
