/** The link to a recording's audio, wherever that is: the same for look-ups over HTTP and for the operator's commands. */
import type { Playback, PlaybackLink, TwilioPlayback } from '../ports/playback.ts';
import { audioOf } from '../rules/call/story.ts';
import { formatToPlay } from '../rules/recording/playable.ts';
import { fileNameOf } from '../rules/recording/storage-key.ts';
import type { LinkUse } from '../rules/table/audit.ts';
import type { RecordingRow } from '../rules/table/rows.ts';

export interface LinkDependencies {
  readonly playback: Playback;
  /** Absent where nothing is played from Twilio. */
  readonly fromTwilio?: TwilioPlayback | undefined;
}

/** @returns `undefined` where there is no audio, or where it is at Twilio only and cannot be played from there. */
export async function linkToAudio(
  { playback, fromTwilio }: LinkDependencies,
  row: RecordingRow,
  use: LinkUse = 'play',
): Promise<PlaybackLink | undefined> {
  if (row.stored) return playback.link(row.stored, fileNameOf(row.recordingSid, row.stored), use);
  return audioOf(row).where === 'twilio' && formatToPlay(row) ? fromTwilio?.link(row) : undefined;
}
