/** ITU-T G.711 mu-law: 8 bits a sample, the encoding of telephone lines and of media streams. */

const BIAS = 0x84;
const CLIP = 32_635;

const DECODED = Int16Array.from({ length: 256 }, (_, code) => decodeSample(code));
/** Indexed by the sample's 16 bits, read as unsigned. */
const ENCODED = Uint8Array.from({ length: 65_536 }, (_, bits) => encodeSample(bits < 32_768 ? bits : bits - 65_536));

/** Silence in mu-law. */
export const MULAW_SILENCE = 0xff;

function decodeSample(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + BIAS) << ((bits & 0x70) >> 4);
  return (bits & 0x80) === 0 ? magnitude - BIAS : BIAS - magnitude;
}

function encodeSample(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

/** Encodes 16-bit samples. */
export function encodeMulaw(samples: Int16Array): Buffer {
  const encoded = Buffer.allocUnsafe(samples.length);
  for (let index = 0; index < samples.length; index += 1) {
    encoded[index] = ENCODED[(samples[index] ?? 0) & 0xffff] ?? MULAW_SILENCE;
  }
  return encoded;
}

/** The 16-bit sample of one mu-law byte. */
export function decodeMulaw(code: number): number {
  return DECODED[code & 0xff] ?? 0;
}
