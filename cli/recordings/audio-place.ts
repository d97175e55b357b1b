/** Where a recording's audio is: in words, and as a link like those of the look-up routes, signed with the operator's own credentials. */
import type { PlaybackLink } from '../../lambdas/shared/ports/playback.ts';
import { type AudioPlace, type RecordingStory, storyOfRecording } from '../../lambdas/shared/rules/call/story.ts';
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';
import { withClients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';

export function audioAsText(audio: AudioPlace): string {
  if (audio.where === 's3') return `${audio.uri}${audio.alsoAtTwilio ? ' (and still at Twilio)' : ''}`;
  if (audio.where === 'twilio') return `${audio.url} (only at Twilio)`;
  return `none: ${audio.why}`;
}

/** By recording SID. */
export type Links = ReadonlyMap<string, PlaybackLink>;

/** Signs without asking anybody. What signs is imported only where there is something to sign. */
export async function linksTo(place: Place, rows: readonly RecordingRow[], now: () => number): Promise<Links> {
  if (rows.length === 0) return new Map();
  const [{ functionUrlPlayback }, { s3Playback }, { linkToAudio }] = await Promise.all([
    import('../../lambdas/shared/adapters/aws/function-url-playback.ts'),
    import('../../lambdas/shared/adapters/aws/s3-playback.ts'),
    import('../../lambdas/shared/rows/link-to-audio.ts'),
  ]);
  const { playUrl } = place;
  return withClients(place, ['s3'], async ({ s3 }) => {
    const deps = {
      playback: s3Playback(s3, { now }),
      fromTwilio: playUrl === undefined ? undefined : functionUrlPlayback(playUrl, s3.config, { now }),
    };
    const links = await Promise.all(rows.map(async (row) => [row.recordingSid, await linkToAudio(deps, row)] as const));
    return new Map(links.flatMap(([sid, link]) => (link ? [[sid, link] as const] : [])));
  });
}

/** The recording's story, and its link where there is one. */
export function withLink(row: RecordingRow, links: Links): RecordingStory {
  const playback = links.get(row.recordingSid);
  return { ...storyOfRecording(row), ...(playback && { playback }) };
}
