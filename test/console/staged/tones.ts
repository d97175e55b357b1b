import wavefile from 'wavefile';

const RATE = 8000;

/** A WAV with another tone in each channel. */
export function twoTones(seconds: number): Buffer {
  const tone = (hertz: number) =>
    Float64Array.from({ length: seconds * RATE }, (_, at) =>
      Math.round(9000 * Math.sin((at * hertz * 2 * Math.PI) / RATE)),
    );
  const wav = new wavefile.WaveFile();
  wav.fromScratch(2, RATE, '16', [tone(440), tone(880)]);
  return Buffer.from(wav.toBuffer());
}
