/** Counts what an import is about, before it begins. */
import type { Table } from '../../lambdas/shared/ports/table.ts';
import { isToBeCopied } from '../../lambdas/shared/rules/recording/recording.ts';
import { reportOf } from '../../lambdas/shared/rules/recording/twilio-recording.ts';
import type { Listed, ListedPage } from './import-list.ts';

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

/** Rows read at a time. */
const AT_ONCE = 8;

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
    for (let start = 0; start < page.entries.length; start += AT_ONCE) {
      const batch = page.entries.slice(start, start + AT_ONCE);
      const kinds = await Promise.all(batch.map((listed) => kindOf(listed, table)));
      for (const [index, kind] of kinds.entries()) {
        found.count += 1;
        found[kind] += 1;
        if (kind === 'toCopy') seconds += batch[index]?.recording?.durationSeconds ?? 0;
      }
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
