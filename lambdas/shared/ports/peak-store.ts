/** Where peaks are kept beside the audio. */
import type { Peaks } from '../rules/audio/peaks.ts';

export interface PeakStore {
  /** Keeps them, unless some are kept already. @throws where that fails, after seconds */
  put(bucket: string, key: string, peaks: Peaks): Promise<void>;
  /** As JSON; `undefined` where there are none. */
  read(bucket: string, key: string): Promise<string | undefined>;
}
