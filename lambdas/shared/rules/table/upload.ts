/** An upload in parts that outlives its invocation. */
import type { AudioCheckState } from '../audio/check-state.ts';
import type { Instant } from '../values/instant.ts';

/** A part as S3 knows it; both are wanted when the upload is completed. */
export interface UploadedPart {
  readonly etag: string;
  /** SHA-256, base64. */
  readonly sha256: string;
}

/** What of an object is in S3. */
export interface Uploaded {
  readonly uploadId: string;
  readonly parts: readonly UploadedPart[];
  /** Of all parts together. */
  readonly bytes: number;
}

/** By what audio is known to be the same when it is opened again. */
export interface AudioIdentity {
  /** Of the whole. */
  readonly length?: number;
  readonly etag?: string;
}

/** A copy, as far as it has come: what another invocation needs to go on with it. */
export interface Upload extends Uploaded {
  readonly key: string;
  readonly contentType: string;
  readonly begunAt: Instant;
  readonly source: AudioIdentity;
  /** Of the check of these very bytes. */
  readonly check: AudioCheckState;
}
