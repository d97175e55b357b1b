/** What an attempt to erase has come to. */
import type { Instant } from '../shared/rules/values/instant.ts';

export type Attempt =
  | { readonly kind: 'erased' }
  /** Nothing has failed. */
  | { readonly kind: 'waits'; readonly waitsFor: string; readonly due: Instant }
  | { readonly kind: 'refused'; readonly waitsFor: string };
