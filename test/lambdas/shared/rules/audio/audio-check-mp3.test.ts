import type { ExpectedAudio } from '../../../../../lambdas/shared/rules/audio/audio-check.ts';
import { check, expectRefusedUnlessWhole, whole } from '../../../support/checked.ts';
import { endTag, frameOffsets, frontTag, mp3File } from '../../../support/mp3.ts';
import { brokenOff, inChunks, wavFile } from '../../../support/wav.ts';

const TWO_CHANNELS = { format: 'mp3', channels: 2, durationSeconds: 1, encrypted: false } as const;
/** As Node's client reads a reply in chunks: it would throw where that breaks off. */
const MARKED = { ...TWO_CHANNELS, endIsMarked: true } as const;

let file: Buffer;
beforeAll(async () => {
  file = await mp3File();
});

const checkFile = (bytes: Buffer, over: Partial<ExpectedAudio> = {}) =>
  check(inChunks(bytes), { ...TWO_CHANNELS, contentLength: bytes.length, ...over });

describe('an MP3 that is whole', () => {
  test('passes unchanged, by the length of the reply or by its marked end', async () => {
    expect(await checkFile(file)).toBe(whole(file));
    expect(await check(inChunks(file, [1, 5, 300, 2000]), MARKED)).toBe(whole(file));
    const tagged = Buffer.concat([frontTag(100), file, endTag()]);
    expect(await check(inChunks(tagged), MARKED)).toBe(whole(tagged));
  });

  test('of one channel passes, and of channels or a duration that nobody knows', async () => {
    const mono = await mp3File({ channels: 1, seconds: 5 });
    expect(await checkFile(mono, { channels: 1, durationSeconds: 5 })).toBe(whole(mono));
    expect(await check(inChunks(mono), { format: 'mp3', encrypted: false, endIsMarked: true })).toBe(whole(mono));
  });

  test('is refused where no length tells the end from a broken connection', async () => {
    expect(await check(inChunks(file), TWO_CHANNELS)).toBe('length-unknown');
    expect(await check(inChunks(file), { ...TWO_CHANNELS, endIsMarked: false })).toBe('length-unknown');
  });

  test.each([
    [2, 1],
    [1, 2],
  ] as const)('of %d channels is refused where Twilio says %d', async (channels, said) => {
    expect(await checkFile(await mp3File({ channels }), { channels: said })).toBe('channels-differ');
  });

  test('may differ from the duration by two seconds either way', async () => {
    const ten = await mp3File({ seconds: 10 });
    // It has 10.152 seconds, with the frames that the encoder adds.
    for (const [durationSeconds, accepted] of [
      [8, false],
      [9, true],
      [10, true],
      [12, true],
      [13, false],
    ] as const) {
      expect(await checkFile(ten, { durationSeconds })).toBe(accepted ? whole(ten) : 'duration-differs');
    }
  });
});

describe('an MP3 that is cut short', () => {
  test('never passes, wherever it was cut, if the reply has said its length', async () => {
    for (let length = 0; length < file.length; length++) {
      const known = await check(inChunks(file.subarray(0, length)), { ...TWO_CHANNELS, contentLength: file.length });
      expect(known).toBe(length === 0 ? 'no-audio' : 'truncated');
    }
  });

  test('never passes between two frames, if nothing marks the end', async () => {
    for (const end of frameOffsets(file).slice(1)) {
      expect(await check(inChunks(file.subarray(0, end)), TWO_CHANNELS)).toBe('length-unknown');
    }
  });

  test('never passes within a frame, whatever the reply has said', async () => {
    const ends = new Set(frameOffsets(file));
    for (let length = 4; length < file.length; length++) {
      if (!ends.has(length)) expect(await check(inChunks(file.subarray(0, length)), MARKED)).toBe('truncated');
    }
  });

  test('ends with the error of the connection, where the end is marked and has not come', async () => {
    for (const end of frameOffsets(file)) await expect(check(brokenOff(file, end), MARKED)).rejects.toThrow('aborted');
  });

  test('is refused by its duration, where it was sent short and closed properly', async () => {
    const ten = await mp3File({ seconds: 10 });
    const [end = 0] = frameOffsets(ten).filter((offset) => offset > ten.length / 2);
    expect(await check(inChunks(ten.subarray(0, end)), { ...MARKED, durationSeconds: 10 })).toBe('duration-differs');
  });
});

describe('other bytes than an MP3', () => {
  test.each([
    ['a page of XML', '<?xml version="1.0"?><TwilioResponse><RestException><Status>404</Status></RestException>'],
    ['JSON', '{"code":16109,"message":"Cannot fetch .mp3 encrypted recording","status":400}'],
    ['a tag and a page', `ID3\u0004\u0000\u0000\u0000\u0000\u0000\u0000<html>Service unavailable</html>`],
  ])('%s are refused', async (_what, text) => {
    expect(await checkFile(Buffer.from(text, 'latin1'))).toBe('not-an-mp3-file');
  });

  test('a WAV file is refused, and an MP3 where a WAV file is wanted', async () => {
    const wav = wavFile();
    expect(await checkFile(wav)).toBe('not-an-mp3-file');
    expect(await checkFile(file, { format: 'wav' })).toBe('not-a-wav-file');
  });

  test('nothing at all is refused', async () => {
    expect(await checkFile(Buffer.alloc(0))).toBe('no-audio');
    expect(await check(inChunks(Buffer.alloc(0)), MARKED)).toBe('no-audio');
  });

  test('a foreign beginning is refused at once, not at its end', async () => {
    async function* endless() {
      for (;;) yield Buffer.from('<html>not found</html>');
    }
    expect(await check(endless(), MARKED)).toBe('not-an-mp3-file');
  });

  test('a page behind the first frames is refused', async () => {
    const page = Buffer.concat([file, Buffer.from('<html>Service unavailable</html>')]);
    expect(await checkFile(page)).toBe('bytes-beside-frames');
  });
});

test('of encrypted audio only the length is checked', async () => {
  const noise = Buffer.from('no frames, nothing but noise: \u0080', 'latin1');
  expect(await checkFile(noise, { encrypted: true })).toBe(whole(noise));
  expect(await check(inChunks(noise), { ...MARKED, encrypted: true })).toBe('length-unknown');
});

test('what passes is what came, or a prefix of it that ends in a refusal', async () => {
  await expectRefusedUnlessWhole(file, TWO_CHANNELS);
});
