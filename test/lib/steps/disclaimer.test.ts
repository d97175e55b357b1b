import { createRequire } from 'node:module';
import type wavefile from 'wavefile';
import {
  DEFAULT_DISCLAIMER,
  DisclaimerError,
  disclaimerFromWav,
  playableFile,
  readDisclaimer,
} from '../../../lib/steps/disclaimer.ts';

const { WaveFile }: typeof wavefile = createRequire(import.meta.filename)('wavefile');

const HERTZ = 440;

/** A WAV file of a tone at half of the full level; a second channel is silent. */
function tone({ rate = 8000, channels = 1, bits = '16', seconds = 0.5, gain = 1 } = {}): Uint8Array {
  const full = { '8': 127, '24': 2 ** 23 - 1, '32f': 1 }[bits] ?? 32767;
  const offset = bits === '8' ? 128 : 0;
  const samples = Array.from({ length: Math.round(rate * seconds) }, (_, at) => {
    const value = 0.5 * gain * full * Math.sin((2 * Math.PI * HERTZ * at) / rate);
    return offset + (bits === '32f' ? value : Math.round(value));
  });
  const wav = new WaveFile();
  const silence = samples.map(() => offset);
  wav.fromScratch(channels, rate, bits, channels === 1 ? samples : [samples, ...Array(channels - 1).fill(silence)]);
  return wav.toBuffer();
}

function adpcm(): Uint8Array {
  const wav = new WaveFile(tone());
  wav.toIMAADPCM();
  return wav.toBuffer();
}

/** G.711's decoding of one mu-law byte to 16 bits. */
function linear(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

function peakOf(muLaw: Uint8Array): number {
  return Math.max(...Array.from(muLaw, linear).map(Math.abs));
}

/** Sign changes give the tone's frequency. */
function hertzOf(muLaw: Uint8Array): number {
  const samples = Array.from(muLaw, linear).filter((sample) => Math.abs(sample) > 100);
  const changes = samples.filter(
    (sample, at) => at > 0 && Math.sign(sample) !== Math.sign(samples[at - 1] ?? 0),
  ).length;
  return changes / 2 / (muLaw.length / 8000);
}

describe('the disclaimer', () => {
  it.each([
    ['as it should be', {}],
    ['of CD quality', { rate: 44100 }],
    ['of 48 kHz and 24 bits', { rate: 48000, bits: '24' }],
    ['of 8 bits and 11 kHz', { rate: 11025, bits: '8' }],
    ['of floating point numbers', { rate: 16000, bits: '32f' }],
  ])('is made from a WAV %s', (_, form) => {
    const muLaw = disclaimerFromWav(tone(form), 'tone.wav');
    expect(Math.abs(muLaw.length - 4000)).toBeLessThanOrEqual(1);
    expect(Math.abs(hertzOf(muLaw) - HERTZ)).toBeLessThan(10);
    expect(peakOf(muLaw)).toBeGreaterThan(13_000);
    expect(peakOf(muLaw)).toBeLessThan(19_000);
  });

  it.each(['LIST', 'cue ', 'smpl', 'bext', 'iXML', 'JUNK', 'oddly'])('is made from a WAV with a chunk %j', (chunk) => {
    const plain = Buffer.from(tone());
    const other = Buffer.alloc(8 + 26 + 1 + 1);
    other.write(chunk, 'latin1');
    // An odd length, and what is in it means nothing: nobody needs it for the sound.
    other.writeUInt32LE(27, 4);
    other.fill(0xff, 8, 35);
    const form = plain.indexOf('data');
    for (const file of [
      Buffer.concat([plain.subarray(0, form), other, plain.subarray(form)]),
      Buffer.concat([plain, other]),
    ]) {
      file.writeUInt32LE(file.length - 8, 4);
      expect(disclaimerFromWav(file, 'tone.wav')).toEqual(disclaimerFromWav(plain, 'tone.wav'));
    }
  });

  it('is made from a WAV that was written into a pipe', () => {
    const streamed = Buffer.from(tone());
    const at = streamed.indexOf('data');
    streamed.writeUInt32LE(0xffffffff, 4);
    streamed.writeUInt32LE(0xffffffff, at + 4);
    expect(disclaimerFromWav(streamed, 'tone.wav')).toEqual(disclaimerFromWav(tone(), 'tone.wav'));
  });

  it.each([2, 3])('mixes %i channels into one, so that none can clip', (channels) => {
    const muLaw = disclaimerFromWav(tone({ channels, gain: 2 }), 'tone.wav');
    expect(muLaw).toHaveLength(4000);
    expect(Math.abs(peakOf(muLaw) - 32767 / channels)).toBeLessThan(1200);
  });

  it.each(['mu-law', 'A-law'])('is made from a WAV in %s', (form) => {
    const wav = new WaveFile(tone());
    if (form === 'mu-law') wav.toMuLaw();
    else wav.toALaw();
    const muLaw = disclaimerFromWav(wav.toBuffer(), 'tone.wav');
    expect(Math.abs(hertzOf(muLaw) - HERTZ)).toBeLessThan(10);
  });

  it('that ships lasts a few seconds and can be heard', () => {
    const muLaw = readDisclaimer(DEFAULT_DISCLAIMER);
    expect(muLaw.length).toBeGreaterThan(2 * 8000);
    expect(muLaw.length).toBeLessThan(5 * 8000);
    expect(peakOf(muLaw)).toBeGreaterThan(16_000);
  });

  it.each([
    ['an MP3', Buffer.from('ID3\u0004 not a wave'), /is not a WAV file that can be read .*ffmpeg/],
    ['an empty file', new Uint8Array(), /is not a WAV file that can be read/],
    ['a WAV cut in its header', tone().subarray(0, 30), /is not a WAV file that can be read/],
    ['a WAV in ADPCM', adpcm(), /is not a WAV file that can be read \(its audio is of format 17\)/],
    ['a WAV without samples', tone({ seconds: 0 }), /holds no sound/],
    ['a WAV of 61 s', tone({ seconds: 61 }), /lasts 61\.0 s, .* longer than 60 s; shorten it/],
  ])('is not made from %s', (_, file, message) => {
    expect(() => disclaimerFromWav(file, 'speech.wav')).toThrow(DisclaimerError);
    expect(() => disclaimerFromWav(file, 'speech.wav')).toThrow(message);
  });

  it('is not made from a file that is not there', () => {
    expect(() => readDisclaimer('/nowhere/speech.wav')).toThrow(/cannot read .*speech\.wav .* give the path/);
  });
});

describe('the file that Twilio plays', () => {
  const muLaw = disclaimerFromWav(tone({ seconds: 1 }), 'tone.wav');
  const { name, bytes } = playableFile(muLaw);

  it('is a WAV of 16 bits, one channel, 8,000 samples a second, with the same sound', () => {
    const wav = new WaveFile(bytes);
    expect(wav.fmt).toMatchObject({ audioFormat: 1, numChannels: 1, sampleRate: 8000, bitsPerSample: 16 });
    expect([...wav.getSamples(false, Int16Array)]).toEqual([...muLaw].map(linear));
  });

  it('has a name that is made of what is in it', () => {
    expect(name).toMatch(/^[0-9a-f]{64}\.wav$/);
    expect(playableFile(muLaw).name).toBe(name);
    expect(playableFile(disclaimerFromWav(tone({ seconds: 2 }), 'tone.wav')).name).not.toBe(name);
  });
});
