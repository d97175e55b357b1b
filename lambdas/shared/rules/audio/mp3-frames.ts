/**
 * Reads MPEG audio layer III (MP3) frame by frame as it passes by, in constant memory: headers are read, bodies skipped.
 *
 * An MP3 file is a chain of frames, each as long as its header says, so that the chain proves itself: what is no MP3, has
 * other bytes between two frames, or ends within one, is found. Where the chain may end, it does not say.
 */

import { BESIDE_AUDIO_BYTES_MAX, type ContainerSlip } from './audio-rejected.ts';
import type { Mp3State } from './check-state.ts';
import { FRAME_HEADER_BYTES, type Mp3FrameHeader, readFrameHeader } from './mp3-header.ts';
import { readMp3Tail } from './mp3-tail.ts';

/** Why bytes are no whole MP3. */
export type Mp3Problem = 'not-an-mp3-file' | 'bytes-beside-frames' | 'frames-differ' | 'truncated';

/** A tag in front (ID3v2) says its length in its first ten bytes; one at the end (ID3v1) has this many. */
const FRONT_TAG_HEADER_BYTES = 10;
const END_TAG_BYTES = 128;
/** The encoder's note begins with its name, flags, and the number of frames where the lowest flag is set. */
const NOTE_BYTES = 12;

/** The chain of frames, as far as it has come. */
export class Mp3Frames {
  /** Frames with audio, each whole. */
  frames = 0;
  /** Of all frames alike; known from the first on. */
  channels: 1 | 2 | undefined;
  /** How many frames the encoder has noted, where it has. */
  noted: number | undefined;
  #format: Mp3FrameHeader | undefined;
  /** What is read next, as far as it has come. */
  readonly #head = Buffer.alloc(FRAME_HEADER_BYTES + 2 + 32 + NOTE_BYTES);
  #held = 0;
  #wanted = FRAME_HEADER_BYTES;
  /** Bytes that follow without being read. */
  #skipped = 0;
  /** What the bytes at hand belong to. */
  #within: Mp3State['within'] | 'tail' = 'front';
  /** What stands behind the last frame, where that may be more than a tag of one kind. */
  readonly #tail: Buffer[] = [];
  #tailBytes = 0;
  readonly #mayHaveTail: boolean;
  /** Known at the end. */
  slips: ReadonlySet<ContainerSlip> = new Set();

  /**
   * @param mayHaveTail any tags, and padding, may follow the last frame: only where the transfer itself says that this is the end
   * @param from goes on where another has come to
   */
  constructor({
    mayHaveTail = false,
    from,
  }: { readonly mayHaveTail?: boolean; readonly from?: Mp3State | undefined } = {}) {
    this.#mayHaveTail = mayHaveTail;
    if (!from) return;
    this.frames = from.frames;
    this.noted = from.noted;
    this.#format = from.format;
    this.channels = from.format?.channels;
    this.#held = this.#head.write(from.head, 'base64');
    this.#wanted = from.wanted;
    this.#skipped = from.skipped;
    this.#within = from.within;
  }

  /** How far it has come; `undefined` behind the frames, where it holds too much to be kept. */
  get state(): Mp3State | undefined {
    if (this.#within === 'tail') return undefined;
    return {
      frames: this.frames,
      ...(this.noted !== undefined && { noted: this.noted }),
      ...(this.#format && { format: this.#format }),
      head: this.#head.toString('base64', 0, this.#held),
      wanted: this.#wanted,
      skipped: this.#skipped,
      within: this.#within,
    };
  }

  /** Seconds of audio. */
  get seconds(): number {
    return this.#format ? (this.frames * this.#format.samples) / this.#format.sampleRate : 0;
  }

  /** Takes the next bytes, however they are cut. @returns what is wrong with them. */
  read(chunk: Uint8Array): Mp3Problem | undefined {
    for (let at = 0; at < chunk.length; ) {
      if (this.#skipped > 0) {
        const step = Math.min(this.#skipped, chunk.length - at);
        this.#skipped -= step;
        at += step;
        if (this.#skipped === 0) this.#endElement();
        continue;
      }
      if (this.#within === 'end-tag') return 'bytes-beside-frames';
      if (this.#within === 'tail') return this.#keepTail(chunk.subarray(at));
      while (this.#held < this.#wanted && at < chunk.length) this.#head[this.#held++] = chunk[at++] ?? 0;
      const problem = this.#held === this.#wanted ? this.#readHead() : undefined;
      if (problem) return problem;
    }
    return undefined;
  }

  /** To be asked once nothing more comes. @returns what is wrong with the end. */
  end(): Mp3Problem | undefined {
    if (!this.#readTail()) return 'bytes-beside-frames';
    const isAtAnEnd = this.#skipped === 0 && this.#held === 0;
    if (!this.#format) return isAtAnEnd || this.#within === 'front' ? 'not-an-mp3-file' : 'truncated';
    if (!isAtAnEnd) return 'truncated';
    if (this.frames === 0) return 'not-an-mp3-file';
    // Some encoders count the frame with the note, which holds no audio.
    return this.noted !== undefined && this.frames < this.noted - 1 ? 'truncated' : undefined;
  }

  #readHead(): Mp3Problem | undefined {
    const name = this.#head.toString('latin1', 0, 3);
    switch (this.#within) {
      case 'front':
        if (name !== 'ID3') return this.#readHeader();
        this.#within = 'front-tag';
        this.#wanted = FRONT_TAG_HEADER_BYTES;
        return undefined;
      case 'front-tag':
        return this.#readFrontTag();
      case 'first-frame':
        this.#readNote();
        return undefined;
      default:
        if (this.#mayHaveTail && this.#format && !readFrameHeader(this.#head)) return this.#beginTail();
        if (name !== 'TAG' || !this.#format) return this.#readHeader();
        this.#skip('end-tag', END_TAG_BYTES);
        return undefined;
    }
  }

  #beginTail(): Mp3Problem | undefined {
    const begun = Buffer.from(this.#head.subarray(0, this.#held));
    this.#within = 'tail';
    this.#held = 0;
    return this.#keepTail(begun);
  }

  #keepTail(bytes: Uint8Array): Mp3Problem | undefined {
    this.#tailBytes += bytes.length;
    if (this.#tailBytes > BESIDE_AUDIO_BYTES_MAX) return 'bytes-beside-frames';
    this.#tail.push(Buffer.from(bytes));
    return undefined;
  }

  /** @returns false where it holds other bytes than tags and padding */
  #readTail(): boolean {
    // Padding may be shorter than a header.
    const isPadding = this.#head.subarray(0, this.#held).every((byte) => byte === 0);
    if (this.#mayHaveTail && this.#within === 'between' && this.#format && isPadding) this.#beginTail();
    const slips = readMp3Tail(Buffer.concat(this.#tail));
    if (slips) this.slips = slips;
    return slips !== undefined;
  }

  #readFrontTag(): Mp3Problem | undefined {
    const sizes = this.#head.subarray(6, FRONT_TAG_HEADER_BYTES);
    if (sizes.some((byte) => byte > 0x7f)) return 'not-an-mp3-file';
    const body = sizes.reduce((sum, byte) => sum * 128 + byte, 0);
    const hasFooter = ((this.#head[5] ?? 0) & 0x10) !== 0;
    this.#skip('front-tag', FRONT_TAG_HEADER_BYTES + body + (hasFooter ? FRONT_TAG_HEADER_BYTES : 0));
    return undefined;
  }

  #readHeader(): Mp3Problem | undefined {
    const header = readFrameHeader(this.#head);
    if (!header) return this.#format ? 'bytes-beside-frames' : 'not-an-mp3-file';
    if (this.#format) {
      const { sampleRate, channels } = this.#format;
      if (header.sampleRate !== sampleRate || header.channels !== channels) return 'frames-differ';
      this.#skip('frame', header.bytes);
      return undefined;
    }
    this.#format = header;
    this.channels = header.channels;
    this.#within = 'first-frame';
    this.#wanted = Math.min(header.bytes, header.noteOffset + NOTE_BYTES);
    return undefined;
  }

  /** The first frame may be an encoder's note instead of audio. */
  #readNote(): void {
    const { bytes = 0, noteOffset = 0 } = this.#format ?? {};
    const name = this.#head.toString('latin1', noteOffset, noteOffset + 4);
    const isNote = this.#held === noteOffset + NOTE_BYTES && (name === 'Xing' || name === 'Info');
    if (isNote && (this.#head.readUInt32BE(noteOffset + 4) & 1) === 1) {
      this.noted = this.#head.readUInt32BE(noteOffset + 8);
    }
    this.#skip(isNote ? 'between' : 'frame', bytes);
  }

  /** Leaves the rest of an element of so many bytes unread. */
  #skip(element: 'front-tag' | 'between' | 'frame' | 'end-tag', bytes: number): void {
    this.#within = element;
    this.#skipped = bytes - this.#held;
    this.#held = 0;
    if (this.#skipped === 0) this.#endElement();
  }

  #endElement(): void {
    if (this.#within === 'end-tag') return;
    if (this.#within === 'frame') this.frames += 1;
    this.#within = 'between';
    this.#wanted = FRAME_HEADER_BYTES;
  }
}
