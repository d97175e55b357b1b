/** MP3 as Twilio makes it of its WAV; how many kilobits a second Twilio itself spends is in no document (unconfirmed). */
import { createMp3Encoder } from 'wasm-media-encoders';
import { SAMPLE_RATE } from './wav.ts';

const KILOBITS_PER_SECOND = 32;
const FULL_SCALE = 32_768;

/**
 * Encodes 16-bit samples, of two channels in turn, piece by piece. The same samples give the same bytes, however they are cut.
 *
 * @param samples pieces of whole samples of all channels
 */
export async function* encodeMp3(samples: AsyncIterable<Buffer>, channels: 1 | 2): AsyncGenerator<Buffer> {
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: SAMPLE_RATE, channels, bitrate: KILOBITS_PER_SECOND });
  // What the encoder answers is its own memory, which it uses again.
  for await (const piece of samples) yield Buffer.from(encoder.encode(channelsOf(piece, channels)));
  yield Buffer.from(encoder.finalize());
}

function channelsOf(piece: Buffer, channels: 1 | 2): Float32Array[] {
  const count = piece.length / (2 * channels);
  return Array.from({ length: channels }, (_channel, channel) =>
    Float32Array.from({ length: count }, (_sample, index) => {
      return piece.readInt16LE(2 * (index * channels + channel)) / FULL_SCALE;
    }),
  );
}
