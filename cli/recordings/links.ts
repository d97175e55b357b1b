/** Links to audio, as the look-up routes give them: signed with the operator's own credentials. */
import { functionUrlPlayback } from '../../lambdas/shared/adapters/aws/function-url-playback.ts';
import { s3Playback } from '../../lambdas/shared/adapters/aws/s3-playback.ts';
import { linkToAudio } from '../../lambdas/shared/rows/link-to-audio.ts';
import { type RecordingStory, storyOfRecording } from '../../lambdas/shared/rules/call/story.ts';
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';
import type { Links } from '../calls/story.ts';
import type { OptionHelp } from '../command/command.ts';
import type { Clients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';

export const URL_OPTION: OptionHelp = {
  type: 'boolean',
  help: 'with a link to the audio of each, in S3 or else at Twilio, good for 15 minutes or until your AWS session ends, for whoever has it',
};

export async function linksTo(
  { playUrl }: Pick<Place, 'playUrl'>,
  { s3 }: Clients,
  rows: readonly RecordingRow[],
  now: () => number,
): Promise<Links> {
  const deps = {
    playback: s3Playback(s3, { now }),
    fromTwilio: playUrl === undefined ? undefined : functionUrlPlayback(playUrl, s3.config, { now }),
  };
  const links = await Promise.all(rows.map(async (row) => [row.recordingSid, await linkToAudio(deps, row)] as const));
  return new Map(links.flatMap(([sid, link]) => (link ? [[sid, link] as const] : [])));
}

/** The recording's story, and its link where there is one. */
export function withLink(row: RecordingRow, links: Links): RecordingStory {
  const playback = links.get(row.recordingSid);
  return { ...storyOfRecording(row), ...(playback && { playback }) };
}
