/** How far the check of audio has come, as a plain value: a row can hold it, and another invocation goes on from it. */
import type { AcceptableReason } from './audio-rejected.ts';
import type { Mp3FrameHeader } from './mp3-header.ts';
import type { WavHeader } from './wav-header.ts';

export interface AudioCheckState {
  /** That have passed. */
  readonly bytes: number;
  readonly header?: WavHeader;
  readonly mp3?: Mp3State;
  /** What was forgiven of accepted audio; it is looked at no further then. */
  readonly forgiven?: AcceptableReason;
}

/** Where in the chain of frames an MP3 has been read to. */
export interface Mp3State {
  readonly frames: number;
  readonly noted?: number;
  readonly format?: Mp3FrameHeader;
  /** The bytes at hand, base64. */
  readonly head: string;
  readonly wanted: number;
  readonly skipped: number;
  readonly within: 'front' | 'front-tag' | 'between' | 'first-frame' | 'frame' | 'end-tag';
}

/** Where a check takes notes of how far it has come. */
export interface Checkpoints {
  /** Bytes between two of them. */
  readonly every: number;
  readonly from?: AudioCheckState | undefined;
  readonly reached: (state: AudioCheckState) => void;
  /** Looks at each piece of the audio as it passes. A generator of its own would cost a copy more than most looks. */
  readonly passing?: ((piece: Uint8Array) => void) | undefined;
}
