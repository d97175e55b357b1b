import { AudioRejected, type ExpectedAudio } from '../../../../../lambdas/shared/rules/audio/audio-check.ts';
import { readWavHeader } from '../../../../../lambdas/shared/rules/audio/wav-header.ts';
import { check, expectRefusedUnlessWhole, whole } from '../../../support/checked.ts';
import { fc } from '../../../support/properties.ts';
import { BYTES_PER_SECOND, brokenOff, inChunks, type WavOptions, wavFile } from '../../../support/wav.ts';

const HEADER_BYTES = 44;
const TWO_CHANNELS = { format: 'wav', channels: 2, durationSeconds: 1, encrypted: false } as const;

const checkFile = (file: Buffer, over: Omit<Partial<ExpectedAudio>, 'format'> = {}) =>
  check(inChunks(file), { ...TWO_CHANNELS, contentLength: file.length, ...over });

describe('audio that is whole', () => {
  test.each<[string, WavOptions, Omit<ExpectedAudio, 'encrypted' | 'format'>]>([
    ['of two channels', {}, { channels: 2, durationSeconds: 1 }],
    ['of one channel', { channels: 1 }, { channels: 1, durationSeconds: 1 }],
    ['of unknown channels', { channels: 1 }, { durationSeconds: 1 }],
    ['of a minute', { seconds: 60 }, { channels: 2, durationSeconds: 60 }],
    ['of unknown duration', { seconds: 7 }, { channels: 2 }],
    ['with chunks before the audio', { between: [{ name: 'LIST', body: Buffer.alloc(26) }] }, TWO_CHANNELS],
    ['with an odd chunk before the audio', { between: [{ name: 'LIST', body: Buffer.alloc(27) }] }, TWO_CHANNELS],
    ['with the RIFF length left open', { riffLength: 0xffffffff }, TWO_CHANNELS],
    ['with both lengths left open', { riffLength: 0, dataLength: 0 }, TWO_CHANNELS],
    ['with both lengths all ones', { riffLength: 0xffffffff, dataLength: 0xffffffff }, TWO_CHANNELS],
  ])('%s passes unchanged', async (_what, options, expected) => {
    const file = wavFile(options);
    const all = { ...expected, contentLength: file.length, encrypted: false, format: 'wav' } as const;
    expect(await check(inChunks(file), all)).toBe(whole(file));
  });

  test('passes without a content length, where the file itself says how long it is', async () => {
    const file = wavFile();
    expect(await check(inChunks(file), TWO_CHANNELS)).toBe(whole(file));
  });

  test('passes however the bytes are cut', async () => {
    const file = wavFile({ seconds: 0.01, between: [{ name: 'LIST', body: Buffer.from('abc') }] });
    for (let cut = 0; cut <= 80; cut++) {
      expect(await check(inChunks(file, [cut]), { ...TWO_CHANNELS, contentLength: file.length })).toBe(whole(file));
    }
    const each = Array.from(file, (_byte, index) => index);
    expect(await check(inChunks(file, each), { ...TWO_CHANNELS, contentLength: file.length })).toBe(whole(file));
  });

  test('passes with what another tool put behind the audio', async () => {
    const tail = Buffer.concat([Buffer.from('LIST'), Buffer.from([4, 0, 0, 0]), Buffer.from('INFO')]);
    const plain = wavFile();
    const file = Buffer.concat([plain, tail]);
    file.writeUInt32LE(file.length - 8, 4);
    expect(await checkFile(file)).toBe(whole(file));
  });
});

describe('audio that is cut short', () => {
  const file = wavFile();

  test.each([0.25, 0.5, 0.999])('at %d of its length is refused', async (part) => {
    const cut = file.subarray(0, Math.floor(file.length * part));
    expect(await checkFile(cut, { contentLength: file.length })).toBe('truncated');
    expect(await check(inChunks(cut), TWO_CHANNELS)).toBe('riff-length-differs');
  });

  test('is refused at every length, the reply saying the truth or nothing', async () => {
    const short = wavFile({ seconds: 0.005 });
    for (let length = 0; length < short.length - 1; length++) {
      const cut = short.subarray(0, length);
      const known = await check(inChunks(cut), { ...TWO_CHANNELS, contentLength: short.length });
      expect(known).toBe(length === 0 ? 'no-audio' : 'truncated');
      expect(await check(inChunks(cut), TWO_CHANNELS)).not.toContain('whole');
    }
  });

  test('is refused where the reply itself promises the shorter length', async () => {
    expect(await checkFile(file.subarray(0, file.length - 100))).toBe('riff-length-differs');
  });

  test('is refused by the length of the data chunk, where the RIFF length is open', async () => {
    const open = wavFile({ riffLength: 0 });
    expect(await checkFile(open.subarray(0, open.length - 100))).toBe('data-length-differs');
  });

  test('is refused where no length tells the end from a broken connection', async () => {
    expect(await check(inChunks(wavFile({ riffLength: 0, dataLength: 0 })), TWO_CHANNELS)).toBe('length-unknown');
    expect(await check(inChunks(wavFile({ riffLength: 0xffffffff })), TWO_CHANNELS)).toBe('length-unknown');
  });

  test('ends with the error of the connection, where that breaks', async () => {
    await expect(check(brokenOff(file, 20_000), TWO_CHANNELS)).rejects.toThrow('aborted');
  });

  test('is refused by its duration, where it was written short from the beginning', async () => {
    expect(await checkFile(wavFile({ seconds: 3 }), { durationSeconds: 10 })).toBe('duration-differs');
  });
});

describe('other bytes than the recording', () => {
  test.each([
    ['a page of XML', '<?xml version="1.0"?><TwilioResponse><RestException><Status>404</Status></RestException>'],
    ['a page of HTML', '<!DOCTYPE html><html><body>Service unavailable</body></html>'],
    ['JSON', '{"code":20404,"message":"The requested resource was not found","status":404}'],
    ['an MP3 file', 'ID3\u0004\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000'],
    ['a RIFF file that is no WAV', 'RIFF\u0024\u0000\u0000\u0000AVI LIST\u0000\u0000\u0000\u0000'],
    ['a word', 'oops'],
  ])('%s is refused', async (_what, text) => {
    expect(await checkFile(Buffer.from(text, 'latin1'))).toBe('not-a-wav-file');
  });

  test('nothing at all is refused', async () => {
    expect(await checkFile(Buffer.alloc(0))).toBe('no-audio');
    expect(await check(inChunks(Buffer.alloc(0)), { format: 'wav', encrypted: true })).toBe('no-audio');
  });

  test('a foreign beginning is refused at once, not at its end', async () => {
    async function* endless() {
      for (;;) yield Buffer.from('<html>not found</html>');
    }
    expect(await check(endless(), TWO_CHANNELS)).toBe('not-a-wav-file');
  });

  test('a header that never ends is refused', async () => {
    const between = [{ name: 'LIST', body: Buffer.alloc(100_000) }];
    const file = wavFile({ between });
    expect(await check(inChunks(file, [0, 1000, 5000, 6000]), TWO_CHANNELS)).toBe('not-a-wav-file');
  });

  test.each([
    ['no format before the audio', (file: Buffer) => file.write('junk', 12, 'latin1')],
    ['no channels', (file: Buffer) => file.writeUInt16LE(0, 22)],
    ['no bytes a second', (file: Buffer) => file.writeUInt32LE(0, 28)],
  ])('a header with %s is refused', async (_what, spoil) => {
    const file = wavFile();
    spoil(file);
    expect(await checkFile(file)).toBe('not-a-wav-file');
  });

  test.each([
    [2, 1],
    [1, 2],
    [1, 4],
  ])('%d channels are refused where Twilio says %d', async (channels, said) => {
    expect(await checkFile(wavFile({ channels }), { channels: said })).toBe('channels-differ');
  });
});

describe('lengths', () => {
  test('the reply must have as many bytes as it said', async () => {
    const file = wavFile();
    expect(await checkFile(file, { contentLength: file.length - 1 })).toBe('truncated');
    expect(await checkFile(file, { contentLength: file.length + 1 })).toBe('truncated');
  });

  test('the RIFF length may differ by the pad byte, and no more', async () => {
    const { length } = wavFile();
    for (const [difference, accepted] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ] as const) {
      const file = wavFile({ riffLength: length - 8 + difference });
      expect(await checkFile(file)).toBe(accepted ? whole(file) : 'riff-length-differs');
    }
  });

  test('the data chunk must not reach beyond the file', async () => {
    const audio = 2 * BYTES_PER_SECOND;
    expect(await checkFile(wavFile({ dataLength: audio + 1 }))).toBe('data-length-differs');
  });

  test('the duration may differ by two seconds either way', async () => {
    const file = wavFile({ seconds: 10 });
    for (const [durationSeconds, accepted] of [
      [7, false],
      [8, true],
      [10, true],
      [12, true],
      [13, false],
    ] as const) {
      expect(await checkFile(file, { durationSeconds })).toBe(accepted ? whole(file) : 'duration-differs');
    }
    expect(await checkFile(wavFile({ seconds: 7.99 }), { durationSeconds: 10 })).toBe('duration-differs');
  });

  test('the duration is measured where the header leaves the length open', async () => {
    const file = wavFile({ seconds: 4, riffLength: 0, dataLength: 0 });
    expect(await checkFile(file, { durationSeconds: 4 })).toBe(whole(file));
    expect(await checkFile(file, { durationSeconds: 8 })).toBe('duration-differs');
  });
});

describe('encrypted audio', () => {
  const bytes = Buffer.from('no header, nothing but noise: \u0080', 'latin1');

  test('passes if it has the length that the reply said', async () => {
    expect(
      await check(inChunks(bytes), { format: 'wav', encrypted: true, contentLength: bytes.length, durationSeconds: 5 }),
    ).toBe(whole(bytes));
  });

  test('is refused where no length tells the end from a broken connection', async () => {
    expect(await check(inChunks(bytes), { format: 'wav', encrypted: true, durationSeconds: 5 })).toBe('length-unknown');
  });

  test('is refused where it is cut short', async () => {
    expect(await check(inChunks(bytes), { format: 'wav', encrypted: true, contentLength: bytes.length + 1 })).toBe(
      'truncated',
    );
  });
});

describe('header', () => {
  test('is read once it is complete, and not before', () => {
    const file = wavFile({ between: [{ name: 'fact', body: Buffer.alloc(4) }] });
    const complete = HEADER_BYTES + 12;
    for (let length = 0; length < complete; length++) {
      expect(readWavHeader(file.subarray(0, length))).toBeUndefined();
    }
    expect(readWavHeader(file.subarray(0, complete))).toEqual({
      channels: 2,
      bytesPerSecond: 2 * BYTES_PER_SECOND,
      fileBytes: file.length,
      dataOffset: complete,
      dataBytes: 2 * BYTES_PER_SECOND,
    });
  });

  test('of any bytes is read, awaited or refused, and nothing else', () => {
    const header = wavFile().subarray(0, HEADER_BYTES);
    const spoiled = fc.array(fc.tuple(fc.nat(HEADER_BYTES - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
      const bytes = Buffer.from(header);
      for (const [offset, value] of changes) bytes[offset] = value;
      return bytes;
    });
    const any = fc.oneof(
      spoiled,
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(any, (bytes) => {
        try {
          const read = readWavHeader(bytes);
          if (read) expect(read.dataOffset).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(AudioRejected);
        }
      }),
    );
  });
});

test('what passes is what came, or a prefix of it that ends in a refusal', async () => {
  await expectRefusedUnlessWhole(wavFile({ seconds: 0.1 }), TWO_CHANNELS);
});
