/** What a stored object says of itself, so that its row could be rebuilt from it: S3's user metadata. */
import type { TwilioRecording } from '../../ports/twilio.ts';
import type { Draft, EncryptionDetails, RecordingRow } from '../table/rows.ts';
import { toIso } from '../values/instant.ts';

/** Names in lower case, as S3 keeps them; `docs/states.md` lists them. They stay the same from version to version. */
export type ObjectMetadata = { readonly [name: string]: string };

/** S3 counts the bytes of all names and values. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
export const METADATA_BYTES_MAX = 2048;

/** What an HTTP header carries unchanged. */
const SAFE = /^[\x21-\x7e]+$/;
/** Twilio's own words, such as `StartCallRecordingAPI`: nothing that a caller could have chosen. */
const WORD = /^[A-Za-z]+$/;

/** Twilio's word, as far as it could be had. */
export type SaidOfRecording = Pick<
  Partial<TwilioRecording>,
  'channels' | 'durationSeconds' | 'startTime' | 'source'
> & {
  readonly encryption?: EncryptionDetails | undefined;
};

/**
 * What is known of a recording before its first byte is stored. The checksum is S3's own.
 *
 * The object must be stored whatever Twilio says of it: what does not fit into a header, or into S3's limit, is left out, the least
 * important first.
 *
 * @param said what Twilio says of the recording now
 */
export function objectMetadata(row: Draft<RecordingRow>, said: SaidOfRecording, stage: string): ObjectMetadata {
  const startTime = said.startTime ?? row.startTime;
  const source = said.source ?? row.source ?? '';
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['call-sid', row.callSid],
    ['recording-sid', row.recordingSid],
    ['encryption-key-sid', said.encryption?.publicKeySid],
    ['encryption-cek', said.encryption?.encryptedCek],
    ['encryption-iv', said.encryption?.iv],
    ['stage', stage],
    ['made-by', row.madeBy],
    ['proof', row.proof],
    ['start-time', startTime === undefined ? undefined : toIso(startTime)],
    ['duration-seconds', said.durationSeconds ?? row.durationSeconds],
    ['channels', said.channels ?? row.channels],
    ['source', WORD.test(source) ? source : undefined],
  ];
  const metadata: { [name: string]: string } = {};
  let bytes = 0;
  for (const [name, fact] of facts) {
    const value = String(fact ?? '');
    if (!SAFE.test(value) || bytes + name.length + value.length > METADATA_BYTES_MAX) continue;
    metadata[name] = value;
    bytes += name.length + value.length;
  }
  return metadata;
}
