/** What the check of audio comes to, as a text. */
import { createHash } from 'node:crypto';
import { AudioRejected, checkedAudio, type ExpectedAudio } from '../../../lambdas/shared/rules/audio-check.ts';
import { collect } from './wav.ts';

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
