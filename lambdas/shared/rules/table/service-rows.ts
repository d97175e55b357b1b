/** Rows that stand beside those of calls: the service's own memory, and what leads to calls. */

import type { ListProgress } from '../reconcile/list-progress.ts';
import type { Instant } from '../values/instant.ts';

export interface Versioned {
  /** Counts the writes, from 1. */
  readonly version: number;
  /** Who wrote this version: tells our own write, repeated by the SDK after a lost reply, from somebody else's. */
  readonly writer: string;
}

/** How far `reconcile` has compared Twilio's lists with the table. */
export interface ReconcileRow extends Versioned {
  readonly kind: 'reconcile';
  /** The earlier of the two lists' own. Rows of earlier versions have nothing else. */
  readonly checkedUntil: Instant;
  readonly calls?: ListProgress;
  readonly recordings?: ListProgress;
  /** SIDs of entries that could not be read, or whose row could not: each run asks for them again. */
  readonly left?: readonly string[];
}

/** A change of one of this deployment's alarms, or of its stack: CloudWatch and CloudFormation forget them. Written once. */
export interface WatchRow extends Versioned {
  readonly kind: 'watch';
  /** The event's own: the same each time that it is delivered. */
  readonly id: string;
  readonly at: Instant;
  readonly what: 'alarm' | 'deployment';
  /** The alarm's name, or the stack's ARN. */
  readonly name: string;
  /** `OK`, `ALARM`, `INSUFFICIENT_DATA`; or a status of the stack, such as `UPDATE_IN_PROGRESS`. */
  readonly state: string;
}

/** Leads from the other party of a call to the call. Written once. */
export interface PartyRow extends Versioned {
  readonly kind: 'party';
  readonly party: string;
  /** When the call was answered, or began: as the call's own row says. */
  readonly at: Instant;
  /** Its SID. */
  readonly call: string;
}

/** Rows that stand beside those of calls: they have no state, wait for nothing, and tell no events. */
export type ServiceRow = ReconcileRow | WatchRow | PartyRow;
