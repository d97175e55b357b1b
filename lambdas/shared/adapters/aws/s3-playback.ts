/** Links to stored audio that end by themselves. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Clock } from '../../ports/clock.ts';
import type { Playback } from '../../ports/playback.ts';
import { SECOND, toIso } from '../../rules/values/instant.ts';

/** A link ends sooner where the session of its signer does. */
export const LINK_SECONDS = 15 * 60;

export function s3Playback(client: S3Client, clock: Pick<Clock, 'now'>): Playback {
  return {
    async link({ bucket, key, contentType, versionId }, fileName, use = 'play') {
      const command = new GetObjectCommand({
        ...{ Bucket: bucket, Key: key },
        // The very version that was verified.
        ...(versionId !== undefined && { VersionId: versionId }),
        ResponseContentType: contentType,
        ResponseContentDisposition: `${use === 'play' ? 'inline' : 'attachment'}; filename="${fileName}"`,
        ResponseCacheControl: 'no-store',
      });
      const signedAt = clock.now();
      const url = await getSignedUrl(client, command, { expiresIn: LINK_SECONDS });
      return { url, expiresAt: toIso(signedAt + LINK_SECONDS * SECOND) };
    },
  };
}
