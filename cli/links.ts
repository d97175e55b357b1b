/** Links to stored audio, as the look-up routes give them: signed with the operator's own credentials. */
import { s3Playback } from '../lambdas/shared/adapters/s3-playback.ts';
import type { RecordingRow } from '../lambdas/shared/rules/rows.ts';
import { fileNameOf } from '../lambdas/shared/rules/storage-key.ts';
import { type RecordingStory, storyOfRecording } from '../lambdas/shared/rules/story.ts';
import type { Clients } from './clients.ts';
import type { OptionHelp } from './command.ts';
import type { Links } from './story.ts';

export const URL_OPTION: OptionHelp = {
  type: 'boolean',
  help: 'with a link to the audio of each that is stored, good for 15 minutes or until your AWS session ends, for whoever has it',
};

export async function linksTo({ s3 }: Clients, rows: readonly RecordingRow[], now: () => number): Promise<Links> {
  const playback = s3Playback(s3, { now });
  const links = rows.map(async ({ recordingSid, stored }) => {
    return [recordingSid, stored && (await playback.link(stored, fileNameOf(recordingSid, stored)))] as const;
  });
  return new Map((await Promise.all(links)).flatMap(([sid, link]) => (link ? [[sid, link] as const] : [])));
}

/** The recording's story, and its link where there is one. */
export function withLink(row: RecordingRow, links: Links): RecordingStory {
  const playback = links.get(row.recordingSid);
  return { ...storyOfRecording(row), ...(playback && { playback }) };
}
