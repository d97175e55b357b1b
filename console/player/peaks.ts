/** What is drawn of a recording, and where nobody speaks in it. */
import type { Peaks } from '../api/types.ts';

/** Longer recordings without prepared peaks are not decoded in the browser: they get a plain bar. */
export const DECODED_SECONDS_MAX = 600;
const VALUES = 2000;
const LARGEST = 127;
/** Twilio's recordings are telephone audio. */
const SAMPLE_RATE = 8000;

/** Makes the peaks of a short recording from its audio. */
export async function peaksOf(audio: ArrayBuffer): Promise<Peaks> {
  const buffer = await new OfflineAudioContext(1, 1, SAMPLE_RATE).decodeAudioData(audio);
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, index) =>
    largestOf(buffer.getChannelData(index), VALUES),
  );
  return { durationSeconds: buffer.duration, channels };
}

/** @param samples each from -1 to 1 */
export function largestOf(samples: Float32Array, values: number): number[] {
  const size = Math.max(1, samples.length / Math.min(values, samples.length));
  return Array.from({ length: Math.min(values, samples.length) }, (_, index) => {
    let largest = 0;
    for (let at = Math.floor(index * size); at < Math.floor((index + 1) * size); at += 1) {
      largest = Math.max(largest, Math.abs(samples[at] ?? 0));
    }
    return Math.min(LARGEST, Math.round(largest * LARGEST));
  });
}

/** A stretch without a voice, in seconds. */
export interface Silence {
  readonly from: number;
  readonly to: number;
}

/** Of full scale: a quiet line has some noise. */
const QUIET = 4;
const SHORTEST_SECONDS = 2;
/** Left on both sides, so that no word loses its beginning. */
const MARGIN_SECONDS = 0.3;

/** Where all channels are quiet for long enough to be worth a jump. */
export function silencesOf({ durationSeconds, channels }: Peaks): readonly Silence[] {
  const length = Math.max(0, ...channels.map((channel) => channel.length));
  const isQuiet = (index: number) => channels.every((channel) => (channel[index] ?? 0) <= QUIET);
  const secondsAt = (index: number) => (index / length) * durationSeconds;
  const found: Silence[] = [];
  let begun: number | undefined;
  for (let index = 0; index <= length; index += 1) {
    const quiet = index < length && isQuiet(index);
    if (quiet) begun ??= index;
    else if (begun !== undefined) {
      const [from, to] = [secondsAt(begun) + MARGIN_SECONDS, secondsAt(index) - MARGIN_SECONDS];
      if (to - from >= SHORTEST_SECONDS) found.push({ from, to });
      begun = undefined;
    }
  }
  return found;
}
