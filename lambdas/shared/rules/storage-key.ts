/** Where a recording lies in the bucket. */
import { isCallSid, isRecordingSid } from './sids.ts';

/**
 * `recordings/CA…/RE….wav`: from validated SIDs only, so that no name from outside can reach another object.
 *
 * @throws {TypeError} where a SID is malformed; callers have validated it, so this is a bug.
 */
export function storageKey(callSid: string, recordingSid: string): string {
  if (!isCallSid(callSid) || !isRecordingSid(recordingSid)) {
    throw new TypeError('A storage key needs a call SID and a recording SID.');
  }
  return `recordings/${callSid}/${recordingSid}.wav`;
}
