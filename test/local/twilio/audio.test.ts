/** Codec, WAV files, voices and the line, without a clock. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WaveFile } from 'wavefile';
import {
  decodeMulaw,
  encodeMulaw,
  hum,
  mulawVoice,
  openVoice,
  samplesVoice,
  type Voice,
} from '../../../local/twilio/audio/voice.ts';
import { finishWav, HEADER_BYTES, readWavFormat, wavHeader } from '../../../local/twilio/audio/wav.ts';
import { FRAME_SAMPLES, Line } from '../../../local/twilio/call/line.ts';
import { makeRecorder } from '../../../local/twilio/call/recorder.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audio-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function sine(samples: number, rate: number, hertz: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, index) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * hertz * index) / rate)),
  );
}

function readAll(voice: Voice): Int16Array {
  const all: number[] = [];
  const frame = new Int16Array(FRAME_SAMPLES);
  for (let read = FRAME_SAMPLES; read === FRAME_SAMPLES; ) {
    read = voice.read(frame, 0);
    all.push(...frame.subarray(0, read));
  }
  voice.close();
  return Int16Array.from(all);
}

/** How often a tone crosses zero, upwards, in a second of 8 kHz samples. */
function pitch(samples: Int16Array): number {
  let crossings = 0;
  for (let index = 1; index < samples.length; index += 1) {
    if ((samples[index - 1] ?? 0) < 0 && (samples[index] ?? 0) >= 0) crossings += 1;
  }
  return (crossings * 8000) / samples.length;
}

test('mu-law agrees with wavefile for every sample and every code', () => {
  const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
  const wav = new WaveFile();
  wav.fromScratch(1, 8000, '16', samples);
  wav.toMuLaw();
  const codes = Uint8Array.from(wav.getSamples(false, Uint8Array) as ArrayLike<number>);
  expect(Buffer.compare(encodeMulaw(samples), codes)).toBe(0);
  wav.fromMuLaw();
  const decoded = Int16Array.from(codes, (code) => decodeMulaw(code));
  expect(decoded).toEqual(Int16Array.from(wav.getSamples(false, Int16Array) as ArrayLike<number>));
});

test.each([
  ['8 kHz 16 bit mono', 8000, '16', 1],
  ['44.1 kHz 16 bit stereo', 44_100, '16', 2],
  ['48 kHz 32 bit float mono', 48_000, '32f', 1],
  ['22.05 kHz 24 bit stereo', 22_050, '24', 2],
  ['11.025 kHz 8 bit mono', 11_025, '8', 1],
  ['8 kHz mu-law mono', 8000, '8m', 1],
])('%s is heard at its pitch and length', (_, rate, depth, channels) => {
  const path = join(directory, 'tone.wav');
  const wav = new WaveFile();
  const tone = sine(rate, rate, 440);
  wav.fromScratch(channels, rate, '16', channels === 1 ? tone : [tone, tone]);
  if (depth === '8m') wav.toMuLaw();
  else if (depth !== '16') wav.toBitDepth(depth);
  writeFileSync(path, wav.toBuffer());
  for (const round of ['converted', 'from the cache']) {
    const heard = readAll(openVoice(path, join(directory, 'cache')));
    expect([round, Math.abs(heard.length - 8000) < 20]).toEqual([round, true]);
    expect(Math.abs(pitch(heard) - 440)).toBeLessThan(5);
    expect(Math.max(...heard)).toBeGreaterThan(8000);
  }
});

test.each([
  ['is not there', null, 'There is no WAV file'],
  ['is no WAV', 'This is a text, and a long one at that.', 'is not a WAV file'],
  ['has no samples', 'RIFF\x04\x00\x00\x00WAVE', 'without a format or without samples'],
])('a file that %s is refused by name', (_, content, message) => {
  const path = join(directory, 'caller.wav');
  if (content !== null) writeFileSync(path, content, 'latin1');
  expect(() => openVoice(path, directory)).toThrow(message);
  expect(() => openVoice(path, directory)).toThrow(path);
});

test('an unfinished file is finished from its length, without half a frame', () => {
  const path = join(directory, 'a.wav');
  writeFileSync(path, Buffer.concat([wavHeader(2, 0), Buffer.alloc(4002)]));
  const file = openSync(path, 'r+');
  finishWav(file, 2, statSync(path).size);
  closeSync(file);
  expect(readWavFormat(path)).toEqual({
    ...{ encoding: 1, channels: 2, sampleRate: 8000, bitsPerSample: 16 },
    ...{ dataOffset: HEADER_BYTES, dataLength: 4000 },
  });
  expect(statSync(path).size).toBe(HEADER_BYTES + 4000);
  expect(new WaveFile(readFileSync(path)).fmt).toMatchObject({ numChannels: 2, sampleRate: 8000 });
});

/** A ticker that the test beats by hand. */
function handTicker(): { add: (onFrame: () => void) => () => void; beat: (frames: number) => void } {
  const listeners = new Set<() => void>();
  return {
    add(onFrame) {
      listeners.add(onFrame);
      return () => listeners.delete(onFrame);
    },
    beat(frames) {
      for (let left = frames; left > 0; left -= 1) for (const listener of listeners) listener();
    },
  };
}

const never = new AbortController().signal;

test('marks are reached when what was queued before them has been heard', () => {
  const ticker = handTicker();
  const line = new Line(ticker, samplesVoice(new Int16Array(0)));
  const reached: string[] = [];
  line.play(mulawVoice(Buffer.alloc(FRAME_SAMPLES + 80)));
  line.mark(() => reached.push('one and a half'));
  line.play(mulawVoice(Buffer.alloc(FRAME_SAMPLES)));
  line.mark(() => reached.push('two and a half'));
  ticker.beat(1);
  expect(reached).toEqual([]);
  ticker.beat(1);
  expect(reached).toEqual(['one and a half']);
  ticker.beat(1);
  expect(reached).toEqual(['one and a half', 'two and a half']);
  line.mark(() => reached.push('at once'));
  ticker.beat(1);
  expect(reached.at(-1)).toBe('at once');
  line.play(hum(10_000));
  line.mark(() => reached.push('cleared'));
  line.clear();
  expect(reached.at(-1)).toBe('cleared');
});

test('a wait takes as many frames as it says, and ends with the call', async () => {
  const ticker = handTicker();
  const line = new Line(ticker, samplesVoice(new Int16Array(0)));
  let over = false;
  const waiting = line.wait(100, never).then(() => {
    over = true;
  });
  ticker.beat(4);
  await Promise.resolve();
  expect(over).toBe(false);
  ticker.beat(1);
  await waiting;
  const controller = new AbortController();
  const broken = line.wait(100, controller.signal);
  controller.abort(new Error('hung up'));
  await expect(broken).rejects.toThrow('hung up');
});

describe('a recording', () => {
  const caller = sine(FRAME_SAMPLES * 4, 8000, 400);
  const callee = sine(FRAME_SAMPLES * 4, 8000, 900);

  function record(channels: 1 | 2, track: 'inbound' | 'outbound' | 'both'): number[][] {
    const ticker = handTicker();
    const line = new Line(ticker, samplesVoice(caller));
    line.connect(samplesVoice(callee));
    const recorder = makeRecorder(directory);
    recorder.start(line, 'RE1', channels, track);
    ticker.beat(4);
    recorder.stop('RE1', channels);
    const wav = new WaveFile(readFileSync(recorder.place('RE1')));
    const samples: unknown = wav.getSamples(false, Int16Array);
    return (Array.isArray(samples) ? samples : [samples]).map((channel: Int16Array) => [...channel]);
  }

  test('holds the caller in the first channel and what the caller hears in the second', () => {
    expect(record(2, 'both')).toEqual([[...caller], [...callee]]);
  });

  test('mixes both into one channel', () => {
    expect(record(1, 'both')).toEqual([[...caller].map((sample, index) => sample + (callee[index] ?? 0))]);
  });

  test('of one track leaves the other silent', () => {
    expect(record(2, 'inbound')).toEqual([[...caller], [...callee].map(() => 0)]);
    expect(record(1, 'outbound')).toEqual([[...callee]]);
  });

  test.each([
    ['silence', 4],
    ['skip', 2],
  ] as const)('paused with %s is %d frames long', (behavior, frames) => {
    const ticker = handTicker();
    const line = new Line(ticker, samplesVoice(caller));
    const recorder = makeRecorder(directory);
    recorder.start(line, 'RE1', 1, 'both');
    ticker.beat(1);
    recorder.pause('RE1', behavior);
    ticker.beat(2);
    recorder.resume('RE1');
    ticker.beat(1);
    recorder.stop('RE1', 1);
    expect(recorder.length('RE1', 1)).toBe(frames * 20);
    const recorded = readAll(openVoice(recorder.place('RE1'), directory));
    expect([...recorded.subarray(0, FRAME_SAMPLES)]).toEqual([...caller.subarray(0, FRAME_SAMPLES)]);
    expect([...recorded.subarray(-FRAME_SAMPLES)]).toEqual([...caller.subarray(-FRAME_SAMPLES)]);
    if (behavior === 'silence') expect(Math.max(...recorded.subarray(FRAME_SAMPLES, 3 * FRAME_SAMPLES))).toBe(0);
  });

  test('that a killed process left behind is finished by the next', () => {
    writeFileSync(join(directory, 'RE2.wav.part'), Buffer.concat([wavHeader(2, 0), Buffer.alloc(32_001)]));
    const recorder = makeRecorder(directory);
    expect(recorder.path('RE2')).toBeUndefined();
    recorder.stop('RE2', 2);
    expect(recorder.length('RE2', 2)).toBe(1000);
    expect(readWavFormat(recorder.place('RE2')).dataLength).toBe(32_000);
  });
});
