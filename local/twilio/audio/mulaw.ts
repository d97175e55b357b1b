/** ITU-T G.711 mu-law: 8 bits a sample, the encoding of telephone lines and of media streams. */
import { createRequire } from 'node:module';
import type * as alawmulaw from 'alawmulaw';

// A CommonJS package that Node finds no named exports in.
const { mulaw }: typeof alawmulaw = createRequire(import.meta.filename)('alawmulaw');

/** Encodes 16-bit samples. */
export function encodeMulaw(samples: Int16Array): Buffer {
  return Buffer.from(mulaw.encode(samples).buffer);
}

/** The 16-bit sample of one mu-law byte. */
export const decodeMulaw: (code: number) => number = mulaw.decodeSample;
