/** Cuts a stream of bytes into parts of one size; only the last may be shorter. */

/**
 * Fills one buffer after the other.
 *
 * @param takeBuffer gives a free buffer for the next part; all have the size of a part.
 * @throws what `bytes` throws.
 */
export async function* partsOf(bytes: AsyncIterable<Uint8Array>, takeBuffer: () => Buffer): AsyncGenerator<Buffer> {
  let part = takeBuffer();
  let filled = 0;
  for await (const chunk of bytes) {
    for (let offset = 0; offset < chunk.length; ) {
      const taken = chunk.subarray(offset, offset + part.length - filled);
      part.set(taken, filled);
      filled += taken.length;
      offset += taken.length;
      if (filled < part.length) continue;
      yield part;
      part = takeBuffer();
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}

/**
 * Buffers that are used again and again: without it a long recording would leave behind a buffer for each part, faster
 * than they are collected.
 */
export class BufferPool {
  readonly #bytes: number;
  readonly #free: Buffer[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** A buffer with whatever it held before. */
  readonly take = (): Buffer => this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);

  /** Gives back what {@link take} gave, or a part of it. */
  give(part: Buffer): void {
    this.#free.push(Buffer.from(part.buffer, 0, this.#bytes));
  }
}
