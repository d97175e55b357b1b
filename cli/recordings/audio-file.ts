/** Audio into a file that gets its name only once it is proven. */
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { PART_BYTES } from '../../lambdas/shared/adapters/aws/s3-audio-store.ts';
import { Problem } from '../command/command.ts';
import type { Progress } from '../command/terminal.ts';

export interface ExpectedFile {
  readonly bytes: number;
  /** S3's SHA-256 in base64; of the parts' digests, and with their number behind it, where there were parts. */
  readonly checksum: string;
}

/**
 * Writes `audio` to `FILE.partial`, proves it, then gives it its name.
 *
 * @param expected absent where `audio` checks itself and throws
 * @returns its bytes
 * @throws {Problem} where it is not what was expected; nothing is left behind then
 */
export async function writeProven(
  file: string,
  audio: AsyncIterable<Uint8Array>,
  expected: ExpectedFile | undefined,
  progress: Progress,
): Promise<number> {
  const partial = `${file}.partial`;
  const checksum = new S3Checksum(PART_BYTES);
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of audio) {
      checksum.add(chunk);
      progress.at(checksum.bytes);
      yield chunk;
    }
  }
  try {
    const out = createWriteStream(partial, { mode: 0o600 });
    // Audio that is refused at its first byte would otherwise be over before the file is there, which is then left behind.
    await once(out, 'open');
    await pipeline(measured, out);
    if (expected !== undefined) prove(checksum, expected);
    renameSync(partial, file);
    return checksum.bytes;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    progress.end();
  }
}

function prove(checksum: S3Checksum, expected: ExpectedFile): void {
  const todo = 'Nothing was written. Try again; if it stays so, see docs/runbook.md#deletion-doubtful.';
  if (checksum.bytes !== expected.bytes) {
    throw new Problem(`S3 sent ${checksum.bytes} bytes, the table says ${expected.bytes}. ${todo}`);
  }
  const inParts = expected.checksum.includes('-');
  if (checksum.value(inParts) !== expected.checksum) {
    throw new Problem(`What S3 sent has another SHA-256 than the table says. ${todo}`);
  }
}

/** S3's checksum of an object, as it was uploaded: whole, or in parts of one size. */
export class S3Checksum {
  bytes = 0;
  readonly #partBytes: number;
  readonly #whole = createHash('sha256');
  readonly #digests: Buffer[] = [];
  #part: Hash = createHash('sha256');
  #inPart = 0;

  constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#whole.update(chunk);
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + this.#partBytes - this.#inPart);
      this.#part.update(piece);
      this.#inPart += piece.length;
      at += piece.length;
      if (this.#inPart === this.#partBytes) this.#endPart();
    }
  }

  /** To be asked once, at the end. */
  value(inParts: boolean): string {
    if (!inParts) return this.#whole.digest('base64');
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
