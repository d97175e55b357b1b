/** A check that another invocation goes on with comes to what one alone would have come to. */
import {
  AudioRejected,
  checkedAudio,
  type ExpectedAudio,
} from '../../../../../lambdas/shared/rules/audio/audio-check.ts';
import type { AudioCheckState } from '../../../../../lambdas/shared/rules/audio/check-state.ts';
import { endTag, frontTag, mp3File, noteFrame } from '../../../support/mp3.ts';
import { fc } from '../../../support/properties.ts';
import { collect, inChunks, wavFile } from '../../../support/wav.ts';

const WAV: ExpectedAudio = { format: 'wav', encrypted: false };
const MP3: ExpectedAudio = { format: 'mp3', encrypted: false };

interface Result {
  readonly result: string;
  readonly slips: readonly string[];
}

/** Checks in pieces: each ends at a checkpoint, and the next begins there from the state, as a row holds it. */
async function inTurns(file: Buffer, expected: ExpectedAudio, every: number): Promise<Result> {
  const slips = new Set<string>();
  const full = { contentLength: file.length, ...expected };
  let from: AudioCheckState | undefined;
  try {
    for (let turn = 0; turn <= file.length / every + 1; turn++) {
      const states: AudioCheckState[] = [];
      const rest = file.subarray(from?.bytes ?? 0);
      const checkpoints = { every, from, reached: (state: AudioCheckState) => void states.push(state) };
      const passed = checkedAudio(inChunks(rest, [1, 999, 1001]), full, (slip) => slips.add(slip), checkpoints);
      let bytes = from?.bytes ?? 0;
      for await (const piece of passed) {
        bytes += piece.length;
        const [state] = states;
        if (state === undefined || bytes === file.length) continue;
        expect(state.bytes).toBe(bytes);
        from = JSON.parse(JSON.stringify(state));
        break;
      }
      if (bytes === file.length) return { result: 'whole', slips: [...slips] };
    }
    return { result: 'endless', slips: [] };
  } catch (error) {
    if (!(error instanceof AudioRejected)) throw error;
    return { result: error.reason, slips: [...slips] };
  }
}

async function atOnce(file: Buffer, expected: ExpectedAudio): Promise<Result> {
  const slips = new Set<string>();
  try {
    await collect(checkedAudio(inChunks(file), { contentLength: file.length, ...expected }, (slip) => slips.add(slip)));
    return { result: 'whole', slips: [...slips] };
  } catch (error) {
    if (!(error instanceof AudioRejected)) throw error;
    return { result: error.reason, slips: [...slips] };
  }
}

let cases: readonly (readonly [Buffer, ExpectedAudio])[];
beforeAll(async () => {
  const wav = wavFile({ seconds: 0.3 });
  const mp3 = await mp3File({ seconds: 2 });
  const broken = Buffer.concat([mp3.subarray(0, 2000), Buffer.from('beside'), mp3.subarray(2000)]);
  cases = [
    [wav, WAV],
    [wav, { ...WAV, durationSeconds: 9 }],
    [wav.subarray(0, -10), WAV],
    [wavFile({ seconds: 0.3, riffLength: 0xffffffff, dataLength: 0xffffffff }), WAV],
    [wavFile({ seconds: 0.3, riffLength: 7 }), { ...WAV, accepted: true }],
    [wav, { ...WAV, channels: 1, accepted: true }],
    [mp3, MP3],
    [Buffer.concat([frontTag(1500), mp3, endTag()]), MP3],
    [Buffer.concat([mp3, endTag(), Buffer.alloc(700)]), MP3],
    [Buffer.concat([noteFrame(mp3, 'Xing', 5), mp3]), MP3],
    [mp3.subarray(0, -10), MP3],
    [broken, MP3],
    [broken, { ...MP3, accepted: true }],
    [Buffer.alloc(5000, '\u0080noise', 'latin1'), { ...WAV, encrypted: true }],
  ];
});

test('wherever it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(13), fc.integer({ min: 50, max: 4000 }), async (which, every) => {
      const [file, expected] = cases[which] ?? [Buffer.alloc(0), WAV];
      const [turns, once] = [await inTurns(file, expected, every), await atOnce(file, expected)];
      expect(turns.result).toBe(once.result);
      expect([...turns.slips].sort()).toEqual([...once.slips].sort());
    }),
    { numRuns: 150 },
  );
});

test('and one cut into the header, or behind the frames, is taken up further on', async () => {
  const [wav] = cases[0] ?? [];
  const states: AudioCheckState[] = [];
  await collect(
    checkedAudio(inChunks(wav ?? Buffer.alloc(0)), { ...WAV, contentLength: wav?.length ?? 0 }, undefined, {
      every: 20,
      reached: (state) => void states.push(state),
    }),
  );
  expect(states[0]?.bytes).toBe(60);
});
