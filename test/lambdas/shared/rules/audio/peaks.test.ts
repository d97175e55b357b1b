import fc from 'fast-check';
import { PEAKS_MAX, PeakMeter, type Peaks } from '../../../../../lambdas/shared/rules/audio/peaks.ts';
import { type WavOptions, wavFile } from '../../../support/wav.ts';

/** A WAV whose samples are `loudness` of their channel and time, from 0 to 1. */
function wavOf(options: WavOptions, loudness: (channel: number, at: number) => number): Buffer {
  const { channels = 2 } = options;
  const wav = wavFile(options);
  const begin = wav.indexOf('data', 0, 'latin1') + 8;
  const frames = (wav.length - begin) / (2 * channels);
  for (let frame = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      const sign = frame % 2 === 0 ? 1 : -1;
      const sample = Math.round(sign * loudness(channel, frame / frames) * 32_767);
      wav.writeInt16LE(sample, begin + 2 * (frame * channels + channel));
    }
  }
  return wav;
}

function peaksOf(wav: Buffer, cuts: readonly number[] = []): Peaks | undefined {
  const meter = new PeakMeter();
  let start = 0;
  for (const end of [...cuts, wav.length]) {
    meter.read(wav.subarray(start, end));
    start = end;
  }
  return meter.result();
}

test.each([
  [0.5, 1],
  [3, 2],
  [60, 2],
  [700, 2],
])('%d s in %i channels: as many values a channel, and no more than may be', (seconds, channels) => {
  const peaks = peaksOf(wavOf({ seconds, channels }, () => 0.5));
  expect(peaks?.durationSeconds).toBeCloseTo(seconds, 3);
  expect(peaks?.channels).toHaveLength(channels);
  for (const values of peaks?.channels ?? []) {
    expect(values.length).toBeLessThanOrEqual(PEAKS_MAX);
    expect(values.length).toBeGreaterThanOrEqual(Math.min(PEAKS_MAX / 2, (seconds * 8000) / 31 - 1));
    // The high byte of a negative sample is less by one.
    expect(values.filter((value) => value !== 63 && value !== 64)).toEqual([]);
  }
});

test('show what each channel has when, whatever the other has', () => {
  const wav = wavOf({ seconds: 40 }, (channel, at) => (channel === 0 ? (at < 0.5 ? 1 : 0) : at));
  const { channels: [left = [], right = []] = [] } = peaksOf(wav) ?? {};
  const middle = left.length / 2;
  expect(new Set(left.slice(0, middle - 2))).toEqual(new Set([127]));
  expect(new Set(left.slice(middle + 2))).toEqual(new Set([0]));
  expect(right.filter((value, index) => Math.abs(value - (127 * index) / right.length) > 2)).toEqual([]);
});

test('are the same to a value or two, wherever the audio is cut', () => {
  const wav = wavOf({ seconds: 10 }, (channel, at) => (channel === 0 ? at : 1 - at));
  const whole = peaksOf(wav);
  const cut = fc.array(fc.integer({ min: 1, max: wav.length - 1 }), { maxLength: 30 });
  fc.assert(
    fc.property(cut, (cuts) => {
      const peaks = peaksOf(
        wav,
        [...new Set(cuts)].sort((one, other) => one - other),
      );
      expect(peaks?.durationSeconds).toBe(whole?.durationSeconds);
      peaks?.channels.forEach((values, channel) => {
        const expected = whole?.channels[channel] ?? [];
        expect(Math.abs(values.length - expected.length)).toBeLessThanOrEqual(cuts.length);
        expect(values.filter((value, index) => Math.abs(value - (expected[index] ?? value)) > 2)).toEqual([]);
      });
    }),
    { numRuns: 40 },
  );
});

test('leave out what stands behind the audio', () => {
  const wav = Buffer.concat([wavOf({ seconds: 2 }, () => 0.1), Buffer.alloc(9000, 0x7f)]);
  const peaks = peaksOf(wav);
  expect(peaks?.durationSeconds).toBe(2);
  expect(Math.max(...(peaks?.channels.flat() ?? []))).toBe(12);
});

test('take the length that has come where the file names none', () => {
  expect(peaksOf(wavOf({ seconds: 2, dataLength: 0xffffffff }, () => 1))?.durationSeconds).toBe(2);
});

test.each([
  ['of nothing', Buffer.alloc(0)],
  ['of what is no WAV', Buffer.from('<html>'.repeat(2000))],
  ['of an MP3', Buffer.alloc(20_000, 0xff)],
  ['of three channels', wavFile({ channels: 3 })],
  ['of a header without an end', Buffer.concat([wavFile().subarray(0, 36), Buffer.alloc(10_000)])],
])('there are none %s, and nothing is thrown', (_, bytes) => {
  expect(peaksOf(bytes, [Math.min(20, bytes.length)])).toBeUndefined();
});

test('there are none of audio at another rate', () => {
  const wav = wavFile();
  wav.writeUInt32LE(8000, 28);
  expect(peaksOf(wav)).toBeUndefined();
});
