import { EVENT_DETAIL_TYPES } from '../../../lambdas/shared/contract/events.ts';
import type { BusEvent } from '../../emulators/events-server.ts';
import type { TableRow } from '../../watch/table-rows.ts';

const TYPES = EVENT_DETAIL_TYPES;

/** What a row went through on its way to where it stands now, as far as that is certain. */
function certainOf({ kind, state, extra }: TableRow): readonly string[] {
  if (kind === 'call') return state === 'unrecordable' ? [TYPES['call-unrecordable']] : [];
  return [
    TYPES['recording-started'],
    ...(state === 'absent' ? [TYPES['recording-absent']] : []),
    ...(state === 'failed' ? [TYPES['recording-failed']] : []),
    ...(state === 'fallback' ? [TYPES['recording-fell-back']] : []),
    ...(state === 'stored' || state === 'deleting' || state === 'deleted' ? [TYPES['recording-stored']] : []),
    ...(state === 'deleted' ? [TYPES['recording-deleted']] : []),
    ...(extra ? [TYPES['recording-extra']] : []),
  ];
}

/** Of these, what a row denies by where it stands now. */
function deniedBy(row: TableRow): readonly string[] {
  const certain = certainOf(row);
  const final = [TYPES['recording-stored'], TYPES['recording-deleted'], TYPES['recording-extra']];
  return [...final, TYPES['call-unrecordable']].filter((type) => !certain.includes(type));
}

const sidOf = ({ callSid, recordingSid }: Pick<TableRow, 'callSid' | 'recordingSid'>) => recordingSid ?? callSid;

/** Holds what the bus was told against the table: what is missing, and what is not so. */
export function misannounced(rows: readonly TableRow[], events: readonly BusEvent[]): string[] {
  const told = new Map<string, Set<string>>();
  for (const { detailType, detail } of events) {
    const sid = String(detail.recordingSid ?? detail.callSid);
    told.set(sid, (told.get(sid) ?? new Set()).add(detailType));
  }
  const known = new Set(rows.map(sidOf));
  return [
    ...rows.flatMap((row) => {
      const of = told.get(sidOf(row)) ?? new Set();
      const missing = certainOf(row).filter((type) => !of.has(type));
      const wrong = deniedBy(row).filter((type) => of.has(type));
      return [
        ...missing.map((type) => `${sidOf(row)} is ${row.state}, and nobody was told "${type}"`),
        ...wrong.map((type) => `${sidOf(row)} is ${row.state}, and somebody was told "${type}"`),
      ];
    }),
    ...[...told.keys()].filter((sid) => !known.has(sid)).map((sid) => `something was told of ${sid}, which has no row`),
  ];
}
