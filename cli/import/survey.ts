/** Counts what an import is about, before it begins. */
import pMap from 'p-map';
import type { Table } from '../../lambdas/shared/ports/table.ts';
import { isToBeCopied } from '../../lambdas/shared/rules/recording/recording.ts';
import { reportOf } from '../../lambdas/shared/rules/recording/twilio-recording.ts';
import type { Listed, ListedPage } from './listing.ts';

export interface Survey {
  /** Entries with a recording SID. */
  readonly count: number;
  readonly toCopy: number;
  /** Stored already; 0 where the table was not asked. */
  readonly known: number;
  readonly noAudio: number;
  readonly notCompleted: number;
  readonly noCall: number;
  readonly unreadable: number;
  /** Entries without so much as a recording SID. */
  readonly unnamed: number;
  /** Seconds of audio to copy, as far as Twilio tells. */
  readonly seconds: number;
}

/** Rows that are read concurrently. */
const READS_MAX = 8;

/** @param table asked what is stored already, one read unit for each recording; otherwise nothing counts as known */
export async function survey(
  pages: AsyncIterable<ListedPage>,
  table: Pick<Table, 'read'> | undefined,
  show: (count: number) => void,
): Promise<Survey> {
  const found = { count: 0, toCopy: 0, known: 0, noAudio: 0, notCompleted: 0, noCall: 0, unreadable: 0 };
  let [unnamed, seconds] = [0, 0];
  for await (const page of pages) {
    unnamed += page.unnamed;
    const kinds = await pMap(page.entries, (listed) => kindOf(listed, table), { concurrency: READS_MAX });
    for (const [index, kind] of kinds.entries()) {
      found.count += 1;
      found[kind] += 1;
      if (kind === 'toCopy') seconds += page.entries[index]?.recording?.durationSeconds ?? 0;
    }
    show(found.count);
  }
  return { ...found, unnamed, seconds };
}

async function kindOf(
  { recording, why }: Listed,
  table: Pick<Table, 'read'> | undefined,
): Promise<Exclude<keyof Survey, 'count' | 'unnamed' | 'seconds'>> {
  if (!recording) return why === 'no-call' ? 'noCall' : 'unreadable';
  const status = reportOf(recording, '')?.status;
  if (status === 'absent' || status === 'failed') return 'noAudio';
  if (status !== 'completed') return 'notCompleted';
  const { callSid, recordingSid } = recording;
  const row = await table?.read({ kind: 'recording', callSid, recordingSid });
  return row && !isToBeCopied(row) && row.stored ? 'known' : 'toCopy';
}
