/** Where a recording lies in the bucket. */
import type { AudioFormat } from '../../contract/settings.ts';
import type { RecordingRow } from '../table/rows.ts';
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

/**
 * All that lies in the bucket of a call, or of some of its recordings: each key that is erased begins with one of these.
 *
 * @param recordingSids `undefined` for the whole call
 * @param rows of what is erased: a canary's audio lies elsewhere
 */
export function erasedPrefixes(
  callSid: string,
  recordingSids: readonly string[] | undefined,
  rows: readonly Pick<RecordingRow, 'erased'>[],
): string[] {
  if (!isCallSid(callSid)) throw new TypeError('A prefix needs a call SID.');
  const paths = recordingSids?.map((recordingSid) => `${pathOf(callSid, recordingSid)}.`) ?? [`${callSid}/`];
  const known = rows.flatMap(({ erased }) => (erased?.key?.startsWith('recordings/') ? [erased.key] : []));
  return [...new Set([...paths.flatMap((path) => [`recordings/${path}`, `peaks/${path}`]), ...known])];
}

function pathOf(callSid: string, recordingSid: string): string {
  if (!isCallSid(callSid) || !isRecordingSid(recordingSid)) {
    throw new TypeError('A storage key needs a call SID and a recording SID.');
  }
  return `${callSid}/${recordingSid}`;
}

/** The name of a file with stored audio: its row knows by the key what it was stored as, whatever is configured now. */
export const fileNameOf = (recordingSid: string, { key }: { readonly key: string }): string =>
  recordingSid + (/\.[a-z0-9]+$/.exec(key)?.[0] ?? '');
