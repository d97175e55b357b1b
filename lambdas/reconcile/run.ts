/** One run of `reconcile`: what it works with, and what it has found so far. */
import type { Canary } from '../shared/contract/settings.ts';
import type { PartyKey } from '../shared/ports/party.ts';
import type { PieceMessage, Queue, RecordingMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, ListPage, Refusal, TwilioRest } from '../shared/ports/twilio.ts';
import type { ListName } from '../shared/rules/reconcile/reconcile-memory.ts';
import type { Instant } from '../shared/rules/values/instant.ts';

export interface ReconcileDependencies extends StepPorts {
  readonly twilio: Pick<TwilioRest, 'callsSince' | 'recordingsSince' | 'numbers' | 'call' | 'recording' | 'urlOf'>;
  readonly credentials: Credentials;
  readonly partyKey: PartyKey;
  readonly copyQueue: Queue<RecordingMessage>;
  /** Passes that a run of the schedule has not ended. */
  readonly pieceQueue: Queue<PieceMessage>;
  /** What numbers of ours ask for TwiML. */
  readonly voiceUrl: string;
  readonly canary?: Canary | undefined;
  /** Milliseconds after which nothing new is begun: well within the function's time-out. */
  readonly budgetMs: number;
}

export interface Run {
  readonly deps: ReconcileDependencies;
  /** When the run's time is used up. */
  readonly end: Instant;
  /** When the share of the pass that is under way is. */
  until: Instant;
  /** What kept something from being compared; the next run may do it. */
  readonly failures: unknown[];
  /** SIDs of entries that cannot be read: those of earlier runs, and new ones. */
  readonly left: Set<string>;
  /** Those of them that are settled after all. */
  readonly settled: Set<string>;
  /** Entries that do not even say their SID. */
  unnamed: number;
}

/** @param left SIDs of entries that earlier runs could not read */
export function beginRun(deps: ReconcileDependencies, left: Iterable<string> = []): Run {
  const end = deps.clock.now() + deps.budgetMs;
  return {
    ...{ deps, end, until: end, failures: [], unnamed: 0 },
    ...{ left: new Set(left), settled: new Set<string>() },
  };
}

export const hasTime = ({ deps, until }: Run): boolean => deps.clock.now() < until;

/** `stopped`: its time was used up. */
export type PassOutcome = 'done' | 'stopped' | 'failed';

/** An entry of one of Twilio's lists. */
export interface Entry {
  readonly sid: string;
  readonly at: Instant | undefined;
  /** Whether it was new to the table. @throws {UnreadableEntry} {@link UnreadableRow} where repeating does not help */
  settle(): Promise<boolean>;
}

export interface EntriesPage {
  readonly kind: 'page';
  readonly entries: readonly Entry[];
  /** Entries that do not even say their SID. */
  readonly unnamed: number;
  readonly next?: string;
  readonly isCut?: true;
}

/** @param named how many of the page's unreadable entries say their SID */
export const entriesPage = (entries: readonly Entry[], page: ListPage, named: number): EntriesPage => ({
  ...{ kind: 'page', entries, unnamed: page.unreadable - named },
  ...(page.next !== undefined && { next: page.next }),
  ...(page.isCut && { isCut: page.isCut }),
});

/** One of Twilio's lists, as a run goes over it. */
export interface List {
  readonly name: ListName;
  read(from: Instant, page: string | undefined): Promise<EntriesPage | Refusal>;
  /** What is left to be done once a pass has come to its end; it adds to the run's failures. */
  end(): Promise<void>;
}

/** An entry of a list, or a reply, is not as Twilio documents it. */
export class UnreadableEntry extends Error {
  override readonly name = 'UnreadableEntry';
}
