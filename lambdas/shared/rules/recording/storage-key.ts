/** Where a recording lies in the bucket. */
import type { AudioFormat } from '../../contract/settings.ts';
import { isCallSid, isRecordingSid } from '../values/sids.ts';

/**
 * `recordings/CA…/RE….wav` or `….mp3`: from validated SIDs only, so that no name from outside can reach another object.
 *
 * @throws {TypeError} where a SID is malformed; callers have validated it, so this is a bug.
 */
export function storageKey(callSid: string, recordingSid: string, format: AudioFormat): string {
  return `recordings/${pathOf(callSid, recordingSid)}.${format}`;
}

/** `peaks/CA…/RE….json`, in the same way. */
export const peaksKey = (callSid: string, recordingSid: string): string =>
  `peaks/${pathOf(callSid, recordingSid)}.json`;

function pathOf(callSid: string, recordingSid: string): string {
  if (!isCallSid(callSid) || !isRecordingSid(recordingSid)) {
    throw new TypeError('A storage key needs a call SID and a recording SID.');
  }
  return `${callSid}/${recordingSid}`;
}

/** The name of a file with stored audio: its row knows by the key what it was stored as, whatever is configured now. */
export const fileNameOf = (recordingSid: string, { key }: { readonly key: string }): string =>
  recordingSid + (/\.[a-z0-9]+$/.exec(key)?.[0] ?? '');
