import type { Actor, TwilioState } from '../state.ts';

/** A request that has passed authentication and names a resource of the account. */
export interface Context {
  readonly state: TwilioState;
  readonly now: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly actor: Actor | undefined;
}
