/** A copy that takes longer than an invocation: how long each goes on, and when the next may take over. */
import type { OpenedAudio } from '../../ports/twilio.ts';
import type { AudioIdentity, Upload } from '../table/upload.ts';
import { DAY, type Instant, MINUTE } from '../values/instant.ts';

/**
 * An invocation hands a copy over after this long. The rest of its 15 minutes leaves room for a source that stalls for half a minute,
 * and for one part whose three attempts take a minute each.
 */
export const COPY_HANDS_OVER_MS = 11 * MINUTE;
/** Where nothing can be handed over, the transfer has this long. */
export const COPY_ENDS_MS = 12.5 * MINUTE;
/** An upload that is older is begun anew. The bucket's lifecycle removes incomplete ones after seven days. */
export const UPLOAD_LASTS_MS = 3 * DAY;

/** Without a length or an ETag nothing would tell that Twilio goes on with the same audio. */
export const isResumable = ({ length, etag }: AudioIdentity): boolean => length !== undefined || etag !== undefined;

export const identityOf = ({ contentLength, etag }: OpenedAudio): AudioIdentity => ({
  ...(contentLength !== undefined && { length: contentLength }),
  ...(etag !== undefined && { etag }),
});

/** @param partBytes the size of the parts now; an earlier version may have had another */
export const canBeResumed = (upload: Upload, key: string, partBytes: number, now: Instant): boolean =>
  upload.key === key && upload.bytes % partBytes === 0 && now - upload.begunAt < UPLOAD_LASTS_MS;

/** Whether a reply goes on exactly where the upload ends, with the same audio. */
export function continues({ bytes, source }: Upload, audio: OpenedAudio): boolean {
  if (audio.from !== bytes) return false;
  return isSame(source.length, audio.contentLength) && isSame(source.etag, audio.etag);
}

const isSame = <Value>(known: Value | undefined, said: Value | undefined): boolean =>
  known === undefined || known === said;
