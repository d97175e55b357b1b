/** Who looked up, listed, played or downloaded what: entries of the table that are written once and never changed. */
import { TABLE } from '../../contract/table.ts';
import { type Instant, toIso } from '../values/instant.ts';
import { dayOf } from './by-day.ts';

/** What is entered. */
export const AUDITED = [
  'call-looked-up',
  'calls-listed',
  'recordings-listed',
  /** A link counts as a play, or a download, when it is issued: anyone who has it can use it until it ends. */
  'link-issued',
  'audit-read',
  'erasure-requested',
  'call-held',
  'call-released',
  'holds-listed',
] as const;
export type Audited = (typeof AUDITED)[number];

/** What a link is for. */
export const LINK_USES = ['play', 'download'] as const;
export type LinkUse = (typeof LINK_USES)[number];

/** What was done. */
export interface AuditedAct {
  readonly what: Audited;
  readonly callSid?: string;
  readonly recordingSid?: string;
  readonly for?: LinkUse;
  /** Why, as whoever did it says. */
  readonly reason?: string;
  /** What a list was limited to. */
  readonly filter?: { readonly [name: string]: string };
  /** It was not told, because the user's teams do not see it. */
  readonly refused?: true;
}

export interface AuditEntry extends AuditedAct {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** ARN of the caller who signed the request, or `user:` and the name of a user of the hosted console. */
  readonly who: string;
  /** Cognito's `sub` of such a user: names can be given anew, this cannot. */
  readonly userId?: string;
  /** Source address of the request. */
  readonly from: string;
}

/** The partition of all entries of a day. */
export const auditOfDay = (place: string): string => TABLE.auditPrefix + dayOf(place);

/** The partition of all entries about a call. */
export const auditOfCall = (callSid: string): string => TABLE.auditPrefix + callSid;

/** Where an entry stands: once by its day, once by its call. Each partition begins with `AUDIT#`, which the role is limited to. */
export const auditPartitions = ({ at, callSid }: AuditEntry): string[] =>
  callSid === undefined ? [auditOfDay(at)] : [auditOfDay(at), auditOfCall(callSid)];

/** `<ISO time>#<id>`: text order is time order, and no two are the same. */
export const auditPlace = (at: Instant, id: string): string => `${toIso(at)}#${id}`;
