/** What a check is. */
import { isConnectionError } from '../command/explain.ts';
import { Problem } from '../command/problem.ts';
import type { Clients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';

export interface DoctorOptions {
  /** This very number is to point here. */
  readonly number: string | undefined;
  /** Leaves out the requests that must be refused. */
  readonly withoutRefusals: boolean;
}

export interface DoctorContext extends DoctorOptions {
  readonly place: Place;
  readonly clients: Pick<Clients, 'dynamodb' | 's3' | 'sqs' | 'secretsmanager'>;
  readonly now: number;
}

/** Why something was not checked, which is not the same as being in order. */
export class NotChecked {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** What works, and may yet not be meant so. */
export class Warned {
  readonly of: string;
  constructor(of: string) {
    this.of = of;
  }
}

/** What is in order, in a few words. @throws {Problem} where it is not: what is wrong, and what to do. */
export type Check = (doctor: DoctorContext) => Promise<string | NotChecked | Warned>;

/** The status that a URL answers with. @throws {Problem} where it does not answer */
export async function statusOf({ place }: DoctorContext, url: string, ask: () => Promise<number>): Promise<number> {
  try {
    return await ask();
  } catch (error) {
    // All parts of a local system run and stop together: one sentence is enough for all of them.
    if (place.kind === 'local' && url.startsWith('http://127.0.0.1') && isConnectionError(error)) throw error;
    const { code, message } = error as { code?: unknown; message?: unknown };
    throw new Problem(
      `${url} does not answer (${String(code ?? message)}). Is the system running, and are its addresses those of the last ` +
        'deployment? Behind a domain or tunnel of your own: does that lead here?',
    );
  }
}

export const unexpected = (status: number, step: string): string => {
  if (status === 429) return ' (throttled): see the concurrency and throttles in docs/runbook.md#incoming-call.';
  if (status >= 500) return ` (it fails): see its log and docs/runbook.md#${step}.`;
  return ': another application answers there. Compare the address with the outputs of the last deployment.';
};
