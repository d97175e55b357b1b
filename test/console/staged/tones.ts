import { wavFile } from '../../lambdas/support/wav.ts';

const RATE = 8000;
const HEADER_BYTES = 44;

/** Both tones are whole numbers of waves a second: each second is the same. */
const ONE_SECOND = Buffer.alloc(RATE * 4);
for (let at = 0; at < RATE; at += 1) {
  for (const [channel, hertz] of [440, 880].entries()) {
    const sample = Math.round(9000 * Math.sin((at * hertz * 2 * Math.PI) / RATE));
    ONE_SECOND.writeInt16LE(sample, at * 4 + channel * 2);
  }
}

/** A WAV with another tone in each channel. */
export function twoTones(seconds: number): Buffer {
  const wav = wavFile({ seconds, channels: 2 });
  for (let at = 0; at < seconds; at += 1) ONE_SECOND.copy(wav, HEADER_BYTES + at * ONE_SECOND.length);
  return wav;
}
