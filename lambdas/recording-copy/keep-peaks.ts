/** Keeps what a waveform is drawn from. Without it a plain bar is drawn: nothing here makes a copy fail. */
import type { Log } from '../shared/ports/log.ts';
import type { PeakStore } from '../shared/ports/peak-store.ts';
import type { Peaks } from '../shared/rules/audio/peaks.ts';
import { peaksKey } from '../shared/rules/recording/storage-key.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';

export interface KeepPeaksDependencies {
  /** Absent where none are kept. */
  readonly peaks?: Pick<PeakStore, 'put'>;
  readonly log: Log;
}

/** @returns whether they are kept */
export async function keepPeaks(
  { peaks: store, log }: KeepPeaksDependencies,
  { callSid, recordingSid }: Pick<RecordingRow, 'callSid' | 'recordingSid'>,
  bucket: string,
  peaks: Peaks | undefined,
): Promise<boolean> {
  if (!store || !peaks) return false;
  try {
    await store.put(bucket, peaksKey(callSid, recordingSid), peaks);
    return true;
  } catch (error) {
    log.count('PeaksNotKept');
    log.warn('The peaks of a recording could not be stored; its audio is', {
      event: 'peaks_not_kept',
      callSid,
      recordingSid,
      error,
    });
    return false;
  }
}
