import { Mp3Frames, type Mp3Problem } from '../../../../../lambdas/shared/rules/audio/mp3-frames.ts';
import { readFrameHeader } from '../../../../../lambdas/shared/rules/audio/mp3-header.ts';
import { endTag, frameOffsets, frontTag, type Mp3Options, mp3File, noteFrame } from '../../../support/mp3.ts';
import { fc } from '../../../support/properties.ts';

let file: Buffer;
beforeAll(async () => {
  file = await mp3File();
});

/** What is wrong with the bytes, cut at `offsets`, and the reader as it is then. */
function read(bytes: Buffer, offsets: readonly number[] = []): { problem: Mp3Problem | undefined; mp3: Mp3Frames } {
  const mp3 = new Mp3Frames();
  let start = 0;
  for (const end of [...offsets, bytes.length]) {
    const problem = mp3.read(bytes.subarray(start, end));
    if (problem) return { problem, mp3 };
    start = end;
  }
  return { problem: mp3.end(), mp3 };
}
const problemOf = (...parts: readonly Buffer[]) => read(Buffer.concat(parts)).problem;

describe('a header', () => {
  test.each([
    ['ffe348c4', { bytes: 288, samples: 576, sampleRate: 8000, channels: 1, noteOffset: 13 }],
    ['ffe34864', { bytes: 288, samples: 576, sampleRate: 8000, channels: 2, noteOffset: 21 }],
    ['fff340c4', { bytes: 104, samples: 576, sampleRate: 22_050, channels: 1, noteOffset: 13 }],
    ['fff342c4', { bytes: 105, samples: 576, sampleRate: 22_050, channels: 1, noteOffset: 13 }],
    ['fffb9064', { bytes: 417, samples: 1152, sampleRate: 44_100, channels: 2, noteOffset: 36 }],
    ['fffb9264', { bytes: 418, samples: 1152, sampleRate: 44_100, channels: 2, noteOffset: 36 }],
    ['fffa94c4', { bytes: 384, samples: 1152, sampleRate: 48_000, channels: 1, noteOffset: 23 }],
    ['fff314c4', { bytes: 24, samples: 576, sampleRate: 24_000, channels: 1, noteOffset: 13 }],
    ['fffbe800', { bytes: 1440, samples: 1152, sampleRate: 32_000, channels: 2, noteOffset: 36 }],
  ])('%s is read', (bytes, header) => {
    expect(readFrameHeader(Buffer.from(bytes, 'hex'))).toEqual(header);
  });

  test.each([
    ['without its first bits', 'fee348c4'],
    ['without its second bits', 'ff0348c4'],
    ['of no version', 'ffeb48c4'],
    ['of layer I', 'fff748c4'],
    ['of layer II', 'fff548c4'],
    ['of no layer', 'fff148c4'],
    ['of a free bitrate', 'ffe308c4'],
    ['of no bitrate', 'ffe3f8c4'],
    ['of no sample rate', 'ffe34cc4'],
    ['that is cut', 'ffe3'],
  ])('%s is none', (_which, bytes) => {
    expect(readFrameHeader(Buffer.from(bytes, 'hex'))).toBeUndefined();
  });
});

describe('what an encoder makes', () => {
  test.each<Mp3Options>([
    { channels: 1 },
    { channels: 2 },
    { channels: 2, bitrate: 8 },
    { channels: 2, bitrate: 64, seconds: 9 },
    { channels: 1, sampleRate: 11_025, bitrate: 24 },
    { channels: 1, sampleRate: 12_000 },
    { channels: 2, sampleRate: 16_000, bitrate: 48 },
    { channels: 1, sampleRate: 22_050, seconds: 3 },
    { channels: 2, sampleRate: 24_000, bitrate: 160 },
    { channels: 1, sampleRate: 32_000, bitrate: 64 },
    { channels: 2, sampleRate: 44_100, bitrate: 128, seconds: 3 },
    { channels: 2, sampleRate: 48_000, bitrate: 320 },
    { channels: 2, sampleRate: 44_100, vbrQuality: 4, seconds: 3 },
    { channels: 1, sampleRate: 8000, vbrQuality: 9, seconds: 3 },
  ])('is whole, with its channels and its duration: %j', async (options) => {
    const { problem, mp3 } = read(await mp3File(options));
    expect([problem, mp3.channels]).toEqual([undefined, options.channels]);
    // Encoders add a few frames of silence.
    expect(mp3.seconds).toBeGreaterThanOrEqual(options.seconds ?? 1);
    expect(mp3.seconds).toBeLessThan((options.seconds ?? 1) + 0.3);
  });

  test('is read the same, however it is cut', () => {
    const tagged = Buffer.concat([frontTag(300), noteFrame(file, 'Info', 16), file, endTag()]);
    const whole = read(tagged);
    expect([whole.problem, whole.mp3.frames, whole.mp3.noted]).toEqual([undefined, 16, 16]);
    const each = Array.from(tagged, (_byte, index) => index);
    expect(read(tagged, each).mp3).toEqual(whole.mp3);
    const offsets = fc.array(fc.nat(tagged.length), { maxLength: 20 }).map((cuts) => cuts.sort((a, b) => a - b));
    fc.assert(
      fc.property(offsets, (cuts) => {
        expect(read(tagged, cuts)).toEqual(whole);
      }),
    );
  });

  test('ends where a frame ends, and nowhere else', () => {
    const ends = new Set(frameOffsets(file).slice(1));
    for (let length = 0; length <= file.length; length++) {
      const wrong = length < 4 ? 'not-an-mp3-file' : 'truncated';
      expect([length, problemOf(file.subarray(0, length))]).toEqual([length, ends.has(length) ? undefined : wrong]);
    }
  });
});

describe('tags', () => {
  test('in front and behind hold no audio', () => {
    const { frames } = read(file).mp3;
    for (const tagged of [
      [frontTag(0), file],
      [frontTag(200), file],
      [frontTag(70_000), file, endTag()],
      // The footer is another ten bytes.
      [frontTag(20, 0x10), frontTag(0), file],
      [file, endTag()],
    ]) {
      const { problem, mp3 } = read(Buffer.concat(tagged));
      expect([problem, mp3.frames]).toEqual([undefined, frames]);
    }
  });

  test('that are cut make the file truncated', () => {
    for (const length of [4, 9, 10, 50]) expect(problemOf(frontTag(100).subarray(0, length))).toBe('truncated');
    expect(problemOf(frontTag(100).subarray(0, 2))).toBe('not-an-mp3-file');
    for (const length of [1, 3, 4, 127]) expect(problemOf(file, endTag().subarray(0, length))).toBe('truncated');
  });

  test('alone are no MP3', () => {
    expect(problemOf(frontTag(100))).toBe('not-an-mp3-file');
    expect(problemOf(endTag())).toBe('not-an-mp3-file');
    expect(problemOf(frontTag(100), endTag())).toBe('not-an-mp3-file');
    expect(problemOf(noteFrame(file, 'Xing', undefined))).toBe('not-an-mp3-file');
  });

  test('of no length are no MP3', () => {
    const tag = frontTag(100);
    tag[9] = 0x80;
    expect(problemOf(tag, file)).toBe('not-an-mp3-file');
  });

  test('behind are the end', () => {
    expect(problemOf(file, endTag(), Buffer.of(0))).toBe('bytes-beside-frames');
    expect(problemOf(file, endTag(), file)).toBe('bytes-beside-frames');
  });
});

describe("an encoder's note", () => {
  test.each(['Xing', 'Info'])('%s is no audio, and counts the frames', (name) => {
    const { problem, mp3 } = read(Buffer.concat([noteFrame(file, name, 16), file]));
    expect([problem, mp3.frames, mp3.noted]).toEqual([undefined, 16, 16]);
  });

  test('finds the file shorter than it was made', () => {
    expect(problemOf(noteFrame(file, 'Xing', 17), file)).toBeUndefined();
    expect(problemOf(noteFrame(file, 'Xing', 18), file)).toBe('truncated');
  });

  test('without a number counts nothing', () => {
    const { problem, mp3 } = read(Buffer.concat([noteFrame(file, 'Xing', undefined), file]));
    expect([problem, mp3.frames, mp3.noted]).toEqual([undefined, 16, undefined]);
  });

  test('stands behind the checksum of a frame that has one, and in one channel sooner', async () => {
    for (const made of [await mp3File({ channels: 1 }), await mp3File({ sampleRate: 44_100, bitrate: 128 })]) {
      for (const checked of [false, true]) {
        const audio = Buffer.from(made);
        for (const at of frameOffsets(audio).slice(0, -1)) if (checked) audio[at + 1] = (audio[at + 1] ?? 0) & 0xfe;
        const { problem, mp3 } = read(Buffer.concat([noteFrame(audio, 'Xing', 3), audio]));
        expect([problem, mp3.noted, mp3.frames]).toEqual([undefined, 3, frameOffsets(audio).length - 1]);
      }
    }
  });

  test('has no room in a frame of few bytes, which is audio', async () => {
    const small = Buffer.concat(
      Array.from({ length: 3 }, () => Buffer.concat([Buffer.from('fff314c4', 'hex'), Buffer.alloc(20)])),
    );
    const { problem, mp3 } = read(small);
    expect([problem, mp3.frames]).toEqual([undefined, 3]);
  });
});

describe('other bytes', () => {
  test.each(['<html>not found</html>', '{"code":20404}', 'RIFF\u0024\u0000\u0000\u0000WAVE', 'oops', 'ab'])(
    '%j are no MP3',
    (text) => {
      expect(problemOf(Buffer.from(text, 'latin1'))).toBe('not-an-mp3-file');
    },
  );

  test('between frames are found', () => {
    const [, second = 0] = frameOffsets(file);
    for (const strange of ['\u0000\u0000\u0000\u0000', '<html>', 'ID3\u0004']) {
      const bytes = Buffer.from(strange, 'latin1');
      expect(problemOf(file.subarray(0, second), bytes, file.subarray(second))).toBe('bytes-beside-frames');
      expect(problemOf(file, bytes)).toBe('bytes-beside-frames');
    }
  });

  test('that were taken out are found, wherever the rest goes on', () => {
    const offsets = frameOffsets(file);
    const [, second = 0, third = 0] = offsets;
    for (let missing = 1; missing < third - second; missing++) {
      expect([missing, problemOf(file.subarray(0, second + 10), file.subarray(second + 10 + missing))]).not.toEqual([
        missing,
        undefined,
      ]);
    }
  });

  test('of another file are found', async () => {
    expect(problemOf(file, await mp3File({ channels: 1 }))).toBe('frames-differ');
    expect(problemOf(file, await mp3File({ sampleRate: 16_000 }))).toBe('frames-differ');
  });
});
