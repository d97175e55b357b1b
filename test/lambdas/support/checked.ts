/** What the check of audio comes to, as a text. */
import { createHash } from 'node:crypto';
import { AudioRejected, checkedAudio, type ExpectedAudio } from '../../../lambdas/shared/rules/audio/audio-check.ts';
import { fc } from './properties.ts';
import { collect, inChunks } from './wav.ts';

/** Stands for these very bytes. */
export const whole = (bytes: Uint8Array): string => `whole: ${createHash('sha256').update(bytes).digest('hex')}`;

/** The reason for which the audio was refused, or what stands for the audio that has passed. */
export async function check(bytes: AsyncIterable<Uint8Array>, expected: ExpectedAudio): Promise<string> {
  try {
    return whole(await collect(checkedAudio(bytes, expected)));
  } catch (error) {
    if (error instanceof AudioRejected) return error.reason;
    throw error;
  }
}

/** The same, and which slips of the container were noted on the way. */
export async function checkNoting(
  bytes: AsyncIterable<Uint8Array>,
  expected: ExpectedAudio,
): Promise<{ readonly result: string; readonly slips: readonly string[] }> {
  const slips = new Set<string>();
  try {
    const passed = await collect(checkedAudio(bytes, expected, (slip) => slips.add(slip)));
    return { result: whole(passed), slips: [...slips] };
  } catch (error) {
    if (error instanceof AudioRejected) return { result: error.reason, slips: [...slips] };
    throw error;
  }
}

/** Whatever of a file has come, however it was cut: just that passes, and all but the whole of it ends in a refusal. */
export async function expectRefusedUnlessWhole(
  file: Buffer,
  expected: Omit<ExpectedAudio, 'contentLength'>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(file.length), { maxLength: 12 }).map((cuts) => cuts.sort((a, b) => a - b)),
      fc.nat(file.length),
      async (cuts, end) => {
        const passed: Uint8Array[] = [];
        let refused = false;
        const sent = file.subarray(0, end);
        const chunks = inChunks(
          sent,
          cuts.filter((cut) => cut <= end),
        );
        try {
          const checked = checkedAudio(chunks, { ...expected, contentLength: file.length });
          for await (const chunk of checked) passed.push(chunk);
        } catch (error) {
          expect(error).toBeInstanceOf(AudioRejected);
          refused = true;
        }
        expect(Buffer.concat(passed).equals(sent)).toBe(true);
        expect(refused).toBe(end < file.length);
      },
    ),
  );
}
