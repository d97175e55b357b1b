/** S3's SHA-256 of an object, made anew of its bytes. */
import { createHash } from 'node:crypto';
import { PART_BYTES } from '../../lambdas/shared/adapters/aws/s3-audio-store.ts';

/** S3's checksum of an object, as it was uploaded: whole, or in parts of one size. */
export class S3Checksum {
  bytes = 0;
  readonly #partBytes: number;
  readonly #digests: Buffer[] = [];
  #part = createHash('sha256');
  #inPart = 0;

  /** @param partBytes infinite where it was uploaded whole */
  private constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  /** Of the same kind as a checksum that was noted: with `-<parts>` behind it, it is that of the parts' checksums. */
  static like(noted = ''): S3Checksum {
    return new S3Checksum(noted.includes('-') ? PART_BYTES : Number.POSITIVE_INFINITY);
  }

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + this.#partBytes - this.#inPart);
      this.#part.update(piece);
      this.#inPart += piece.length;
      at += piece.length;
      if (this.#inPart === this.#partBytes) this.#endPart();
    }
  }

  /** To be asked once, at the end. */
  value(): string {
    if (this.#partBytes === Number.POSITIVE_INFINITY) return this.#part.digest('base64');
    if (this.#inPart > 0) this.#endPart();
    const composite = createHash('sha256');
    for (const digest of this.#digests) composite.update(digest);
    return `${composite.digest('base64')}-${this.#digests.length}`;
  }

  #endPart(): void {
    this.#digests.push(this.#part.digest());
    this.#part = createHash('sha256');
    this.#inPart = 0;
  }
}
