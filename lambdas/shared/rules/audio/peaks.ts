/** How loud each channel of a WAV is over its time: what a waveform is drawn from, without reading the audio again. */
import { HEADER_BYTES } from './audio-rejected.ts';
import { readWavHeader, type WavHeader } from './wav-header.ts';

export interface Peaks {
  readonly durationSeconds: number;
  /** For each channel, at most {@link PEAKS_MAX} values from 0 to 127, over equal parts of the time. */
  readonly channels: readonly (readonly number[])[];
}

export const PEAKS_MAX = 4000;

/**
 * One of so many frames of samples is looked at: 258 a second, enough to draw by, and a fortieth of a copy's CPU
 * (`node bench/copy/peaks.ts`). A prime, so that a steady tone is not met at the same place of each of its waves.
 */
const STRIDE = 31;
/** Twilio's WAV: 8,000 samples of two bytes a second in each channel. */
const BYTES_PER_SECOND = 16_000;
const CHANNELS_MAX = 2;

/** Reads a WAV as it passes by. It never throws: audio that it cannot read has no peaks. */
export class PeakMeter {
  #head: Buffer | undefined = Buffer.alloc(0);
  #header: WavHeader | undefined;
  /** Bytes of the file that have passed. */
  #passed = 0;
  /** Where in the file the next frame to be looked at has the first channel's high byte. */
  #next = 0;
  /** Where the audio ends. */
  #end = Number.POSITIVE_INFINITY;
  #peaks: readonly Uint8Array[] = [];
  /** Values that are complete. */
  #count = 0;
  /** Frames that are looked at for each value, and for the one that is under way. */
  #perPeak = 1;
  #looked = 0;

  read(chunk: Uint8Array): void {
    if (this.#head) {
      this.#head = Buffer.concat([this.#head, chunk]);
      this.#begin(this.#head);
    } else if (this.#header) this.#look(chunk, this.#header.channels);
    this.#passed += chunk.length;
  }

  /** @returns `undefined` where the audio was none that can be drawn */
  result(): Peaks | undefined {
    if (!this.#header) return undefined;
    const { dataOffset, bytesPerSecond } = this.#header;
    const count = this.#count + (this.#looked > 0 ? 1 : 0);
    return {
      durationSeconds: Math.max(0, Math.min(this.#passed, this.#end) - dataOffset) / bytesPerSecond,
      channels: this.#peaks.map((peaks) => [...peaks.subarray(0, count)]),
    };
  }

  #begin(head: Buffer): void {
    const header = headerOf(head);
    if (header === undefined && head.length < HEADER_BYTES) return;
    this.#head = undefined;
    if (!header || header.channels > CHANNELS_MAX || header.bytesPerSecond !== BYTES_PER_SECOND * header.channels)
      return;
    this.#header = header;
    this.#peaks = Array.from({ length: header.channels }, () => new Uint8Array(PEAKS_MAX));
    this.#end = header.dataOffset + (header.dataBytes ?? Number.POSITIVE_INFINITY);
    // A sample of two bytes has its high one behind.
    this.#next = header.dataOffset + 1;
    const passed = this.#passed;
    this.#passed = 0;
    this.#look(head, header.channels);
    this.#passed = passed;
  }

  /**
   * The high byte of a sample is enough, and lies wherever the chunks are cut. A frame that two chunks share is passed over. All audio
   * comes by here: the loop has local variables alone.
   */
  #look(chunk: Uint8Array, channels: number): void {
    const second = 2 * (channels - 1);
    const step = 2 * channels * STRIDE;
    const end = Math.min(chunk.length, this.#end - this.#passed);
    let at = this.#next - this.#passed;
    while (at + second < end) {
      const frames = Math.min(this.#perPeak - this.#looked, Math.ceil((end - second - at) / step));
      const stop = at + frames * step;
      let [left, right] = [0, 0];
      for (; at < stop; at += step) {
        const one = chunk[at] as number;
        const other = chunk[at + second] as number;
        left = Math.max(left, one < 128 ? one : 255 - one);
        right = Math.max(right, other < 128 ? other : 255 - other);
      }
      this.#note(0, left);
      if (channels > 1) this.#note(1, right);
      this.#looked += frames;
      if (this.#looked === this.#perPeak) this.#complete();
    }
    if (at < end) at += step;
    this.#next = at + this.#passed;
  }

  #note(channel: number, loudness: number): void {
    const peaks = this.#peaks[channel];
    if (peaks && loudness > (peaks[this.#count] ?? 0)) peaks[this.#count] = loudness;
  }

  /** Once there are as many values as may be, each two become one: the length need not be known beforehand. */
  #complete(): void {
    this.#looked = 0;
    this.#count += 1;
    if (this.#count < PEAKS_MAX) return;
    for (const peaks of this.#peaks) {
      for (let index = 0; index < PEAKS_MAX / 2; index++) {
        peaks[index] = Math.max(peaks[2 * index] ?? 0, peaks[2 * index + 1] ?? 0);
      }
      peaks.fill(0, PEAKS_MAX / 2);
    }
    this.#count = PEAKS_MAX / 2;
    this.#perPeak *= 2;
  }
}

function headerOf(head: Buffer): WavHeader | undefined {
  try {
    return readWavHeader(head);
  } catch {
    // Whether the audio is right is for its check to say.
    return undefined;
  }
}
