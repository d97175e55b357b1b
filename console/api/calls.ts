/** Lists of calls, and one call. */
import type { Filters } from '../route.ts';
import { ask } from './ask.ts';
import type { AuditEntry, CallList, Peaks, Story } from './types.ts';

/** @param next where the page before has ended */
export function listCalls(filters: Filters, signal: AbortSignal, next?: string): Promise<CallList> {
  const query = new URLSearchParams({ ...filters, ...(next !== undefined && { next }) });
  return ask<CallList>(`api/calls?${query}`, { signal });
}

/** Without links: looking at a call is not listening to it. */
export const readCall = (callSid: string, signal: AbortSignal): Promise<Story> =>
  ask<Story>(`api/calls/${callSid}?links=off`, { signal });

export const readPeaks = (callSid: string, recordingSid: string, signal: AbortSignal): Promise<Peaks> =>
  ask<Peaks>(`api/calls/${callSid}/recordings/${recordingSid}/peaks`, { signal });

export interface AuditList {
  readonly entries: readonly AuditEntry[];
  readonly next?: string;
}

export function readAudit(filters: Filters, signal: AbortSignal, next?: string): Promise<AuditList> {
  const query = new URLSearchParams({ ...filters, ...(next !== undefined && { next }) });
  return ask<AuditList>(`api/audit?${query}`, { signal });
}
