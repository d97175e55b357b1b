import { wavFile } from '../../lambdas/support/wav.ts';

const RATE = 8000;
const HEADER_BYTES = 44;

/** A WAV with another tone in each channel. */
export function twoTones(seconds: number): Buffer {
  const wav = wavFile({ seconds, channels: 2 });
  for (let at = 0; at < seconds * RATE; at += 1) {
    for (const [channel, hertz] of [440, 880].entries()) {
      const sample = Math.round(9000 * Math.sin((at * hertz * 2 * Math.PI) / RATE));
      wav.writeInt16LE(sample, HEADER_BYTES + at * 4 + channel * 2);
    }
  }
  return wav;
}
