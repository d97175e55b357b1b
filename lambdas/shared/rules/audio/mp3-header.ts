/**
 * The header of a frame of MPEG audio layer III.
 *
 * @see ISO/IEC 11172-3 and 13818-3; MPEG-2.5 (8 to 12 kHz) is an extension that all decoders know.
 */

/** What a frame's header says. */
export interface Mp3FrameHeader {
  /** Of the whole frame, in bytes. */
  readonly bytes: number;
  readonly samples: number;
  /** Samples a second. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Where in the frame an encoder's own note may lie (`Xing`, `Info`): behind what describes the audio. */
  readonly noteOffset: number;
}

/** Kilobits a second by the header's index, from 1; 0 ("free") and 15 are no bitrates. */
const BITRATES_MPEG_1 = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BITRATES_MPEG_2 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
/** Samples a second of MPEG-1; MPEG-2 has half of them, MPEG-2.5 a quarter. */
const SAMPLE_RATES = [44_100, 48_000, 32_000];

/** Of the header itself. */
export const FRAME_HEADER_BYTES = 4;
const MPEG_1 = 3;
const MPEG_2 = 2;
const MPEG_2_5 = 0;
const LAYER_III = 1;
const MONO = 3;

/** @returns `undefined` where four bytes are no header of a frame. */
export function readFrameHeader(bytes: Uint8Array): Mp3FrameHeader | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  const version = (second >> 3) & 3;
  const bitrates = version === MPEG_1 ? BITRATES_MPEG_1 : BITRATES_MPEG_2;
  const kilobits = bitrates[(third >> 4) - 1];
  const fullRate = SAMPLE_RATES[(third >> 2) & 3];
  const isFrame = first === 0xff && second >= 0xe0 && ((second >> 1) & 3) === LAYER_III;
  if (!isFrame || ![MPEG_1, MPEG_2, MPEG_2_5].includes(version)) return undefined;
  if (kilobits === undefined || fullRate === undefined) return undefined;

  const sampleRate = version === MPEG_1 ? fullRate : fullRate / (version === MPEG_2 ? 2 : 4);
  const samples = version === MPEG_1 ? 1152 : 576;
  const padding = (third >> 1) & 1;
  const channels = fourth >> 6 === MONO ? 1 : 2;
  const checksumBytes = (second & 1) === 0 ? 2 : 0;
  const sideBytes = version === MPEG_1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  return {
    bytes: Math.floor((samples * kilobits * 125) / sampleRate) + padding,
    samples,
    sampleRate,
    channels,
    noteOffset: FRAME_HEADER_BYTES + checksumBytes + sideBytes,
  };
}
