/** Whole audio in a container that does not say the truth: it passes, noted, where the transfer proves that all has come. */
import type { ExpectedAudio } from '../../../../../lambdas/shared/rules/audio/audio-check.ts';
import { checkNoting, whole } from '../../../support/checked.ts';
import { apeTag, appendedTag, endTag, frameOffsets, lyricsTag, mp3File } from '../../../support/mp3.ts';
import { inChunks, type WavOptions, wavFile } from '../../../support/wav.ts';

const AS_WAV = { format: 'wav', channels: 2, durationSeconds: 1, encrypted: false } as const;
const AS_MP3 = { ...AS_WAV, format: 'mp3' } as const;

/** How a transfer proves its end; each must be enough. */
const PROVEN: readonly [string, (file: Buffer) => Partial<ExpectedAudio>][] = [
  ['its length', (file) => ({ contentLength: file.length })],
  ['its marked end', () => ({ endIsMarked: true })],
];
const ONES = 0xffffffff;

describe.each(PROVEN)('a transfer that is proven by %s', (_how, proof) => {
  const pass = (file: Buffer, expected: ExpectedAudio, cuts: readonly number[] = [3, 50, 5000, 7000]) =>
    checkNoting(inChunks(file, cuts), { ...expected, ...proof(file) });

  test.each<[string, number, number]>([
    ['all ones', ONES, ONES],
    ['nothing', 0, 0],
    ['all ones, less the header', ONES - 8, ONES - 44],
    ['the largest number with a sign', 0x7fffffff, 0x7fffffff],
    ['the largest number with a sign, less the header', 0x7fffffff - 8, 0x7fffffff - 44],
    ['the number one above it', 0x80000000, 0x80000000],
    ['what sox leaves in a pipe', 0x7ffff024, 0x7ffff000],
    ['two thousand million', 2_000_000_000 + 36, 2_000_000_000],
  ])('a WAV whose lengths were left at %s passes', async (_what, riffLength, dataLength) => {
    const file = wavFile({ riffLength, dataLength });
    expect(await pass(file, AS_WAV)).toEqual({
      result: whole(file),
      slips: ['riff-length-placeholder', 'data-length-placeholder'],
    });
    const riffOnly = wavFile({ riffLength });
    expect(await pass(riffOnly, AS_WAV)).toEqual({ result: whole(riffOnly), slips: ['riff-length-placeholder'] });
    const dataOnly = wavFile({ dataLength });
    expect(await pass(dataOnly, AS_WAV)).toEqual({ result: whole(dataOnly), slips: ['data-length-placeholder'] });
  });

  test.each([6000, 100_000])('a WAV with a list of %d bytes before its audio passes', async (bytes) => {
    const file = wavFile({ between: [{ name: 'LIST', body: Buffer.alloc(bytes) }] });
    expect(await pass(file, AS_WAV)).toEqual({ result: whole(file), slips: ['long-header'] });
  });

  test('a WAV without a slip is noted for none', async () => {
    for (const options of [{}, { between: [{ name: 'LIST', body: Buffer.alloc(4000) }] }] satisfies WavOptions[]) {
      const file = wavFile(options);
      expect(await pass(file, AS_WAV)).toEqual({ result: whole(file), slips: [] });
    }
  });

  test('other lengths than the truth are no slip', async () => {
    for (const [options, reason] of [
      [{ riffLength: 1_999_000_000 }, 'riff-length-differs'],
      [{ riffLength: 0x7ffd0000 }, 'riff-length-differs'],
      [{ riffLength: 20_000 }, 'riff-length-differs'],
      [{ dataLength: 1_999_000_000 }, 'data-length-differs'],
    ] as const) {
      expect((await pass(wavFile(options), AS_WAV)).result).toBe(reason);
    }
  });

  test('what was sent short is found by its duration, and one channel too few by the header', async () => {
    const open = { riffLength: ONES, dataLength: 0x7ffff000 };
    expect((await pass(wavFile(open), { ...AS_WAV, durationSeconds: 10 })).result).toBe('duration-differs');
    expect((await pass(wavFile({ ...open, channels: 1 }), AS_WAV)).result).toBe('channels-differ');
  });

  test('a header that leads to no audio is no WAV', async () => {
    const list = [{ name: 'LIST', body: Buffer.alloc(6000) }];
    const file = wavFile({ between: list });
    expect((await pass(file.subarray(0, 5000), AS_WAV)).result).toBe('not-a-wav-file');
    const longest = wavFile({ between: [{ name: 'LIST', body: Buffer.alloc(2_000_000) }] });
    expect((await pass(longest, AS_WAV)).result).toBe('not-a-wav-file');
  });

  describe('an MP3', () => {
    let file: Buffer;
    beforeAll(async () => {
      file = await mp3File();
    });

    test.each<[string, () => readonly Buffer[], readonly string[]]>([
      ['an APE tag', () => [apeTag()], ['trailing-tag']],
      ['an APE tag without a header', () => [apeTag({ header: false })], ['trailing-tag']],
      ['an APE tag and an ID3v1 tag', () => [apeTag(), endTag()], ['trailing-tag']],
      ['a large APE tag', () => [apeTag({ bytes: 90_000 })], ['trailing-tag']],
      ['lyrics and an ID3v1 tag', () => [lyricsTag(1), endTag()], ['trailing-tag']],
      ['lyrics of version 2 and an ID3v1 tag', () => [lyricsTag(2), endTag()], ['trailing-tag']],
      ['lyrics alone', () => [lyricsTag(2)], ['trailing-tag']],
      ['an appended ID3v2 tag', () => [appendedTag(300)], ['trailing-tag']],
      ['an extended ID3v1 tag', () => [Buffer.alloc(227, 'TAG+'), endTag()], ['trailing-tag']],
      ['everything', () => [apeTag(), lyricsTag(2), endTag(), Buffer.alloc(9)], ['trailing-padding', 'trailing-tag']],
      ...[1, 3, 4, 1000, 40_000].map((bytes): [string, () => readonly Buffer[], readonly string[]] => [
        `${bytes} bytes of nothing`,
        () => [Buffer.alloc(bytes)],
        ['trailing-padding'],
      ]),
      ['nothing between the tags', () => [Buffer.alloc(100), endTag()], ['trailing-padding']],
      ['an ID3v1 tag, which is no slip', () => [endTag()], []],
    ])('with %s behind its audio passes', async (_what, tail, slips) => {
      const tagged = Buffer.concat([file, ...tail()]);
      for (const cuts of [
        [],
        [3, 50, 5000],
        [file.length + 1],
        Array.from({ length: 200 }, (_, at) => file.length + at),
      ]) {
        const inside = cuts.filter((cut) => cut < tagged.length);
        const { result, slips: noted } = await pass(tagged, AS_MP3, inside);
        expect([result, [...noted].sort()]).toEqual([whole(tagged), slips]);
      }
    });

    test.each<[string, () => readonly Buffer[]]>([
      ['frames behind a tag', () => [apeTag(), file]],
      ['frames behind nothing', () => [Buffer.alloc(100), file]],
      ['a page', () => [Buffer.from('<html>Service unavailable</html>')]],
      ['a page behind nothing', () => [Buffer.alloc(100), Buffer.from('<html>Service unavailable</html>')]],
      ['a page before a tag', () => [Buffer.from('<html>Service unavailable</html>'), endTag()]],
      ['a tag that is cut', () => [apeTag().subarray(0, 300)]],
      ['lyrics that are cut', () => [lyricsTag(2).subarray(3), endTag()]],
      ['a tag longer than the file', () => [apeTag({ header: false }).subarray(400)]],
      ['more of nothing than any writer leaves', () => [Buffer.alloc(200_000)]],
      ['more tags than any writer leaves', () => [apeTag({ bytes: 1_500_000 })]],
    ])('with %s behind its audio is refused', async (_what, tail) => {
      expect((await pass(Buffer.concat([file, ...tail()]), AS_MP3)).result).toBe('bytes-beside-frames');
    });

    test('that holds nothing where audio should be is found by its duration', async () => {
      const ten = await mp3File({ seconds: 10 });
      const [end = 0] = frameOffsets(ten).filter((offset) => offset > ten.length / 2);
      const hollow = Buffer.concat([ten.subarray(0, end), Buffer.alloc(ten.length - end)]);
      expect((await pass(hollow, { ...AS_MP3, durationSeconds: 10 })).result).toBe('duration-differs');
    });
  });
});

describe('a transfer that does not prove its end', () => {
  const pass = (file: Buffer, expected: ExpectedAudio) => checkNoting(inChunks(file), expected);

  test.each([0, ONES, ONES - 44, 0x7fffffff, 0x7ffff024, 2_000_000_036])(
    'with a WAV whose RIFF length was left at %d is refused: it may have broken off anywhere',
    async (riffLength) => {
      expect((await pass(wavFile({ riffLength }), AS_WAV)).result).toBe('length-unknown');
      expect((await pass(wavFile({ riffLength, dataLength: riffLength }), AS_WAV)).result).toBe('length-unknown');
    },
  );

  test('is proven by the RIFF length, whatever the data chunk was left at', async () => {
    const file = wavFile({ dataLength: 0x7ffff000 });
    expect(await pass(file, AS_WAV)).toEqual({ result: whole(file), slips: ['data-length-placeholder'] });
    expect((await pass(file.subarray(0, file.length - 100), AS_WAV)).result).toBe('riff-length-differs');
  });

  test('with an MP3 and a tag is refused', async () => {
    const file = Buffer.concat([await mp3File(), apeTag()]);
    expect((await pass(file, AS_MP3)).result).toBe('bytes-beside-frames');
  });
});
