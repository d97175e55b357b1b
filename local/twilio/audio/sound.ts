/** Sound files that TwiML names: fetched, decoded, ready to be played. */
import { samplesVoice, toLineSamples, type Voice } from './voice.ts';
import { SAMPLE_RATE } from './wav.ts';

export type Sound =
  | { readonly voice: () => Voice; readonly milliseconds: number }
  | { readonly problem: string; readonly code: number };

const LARGEST_BYTES = 40 * 1024 * 1024;
const FETCH_FAILED = 11_200;
const MEDIA_INVALID = 12_300;
const FETCH_MILLISECONDS = 15_000;

/** Fetches a WAV file; Twilio plays more kinds, for which there is no decoder here. Rejects only by the signal. */
export async function fetchSound(url: string, signal: AbortSignal): Promise<Sound> {
  let bytes: Uint8Array;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_MILLISECONDS)]) });
    if (!response.ok) return { problem: `it answered ${response.status}`, code: FETCH_FAILED };
    if (Number(response.headers.get('content-length') ?? 0) > LARGEST_BYTES) {
      return { problem: `it is larger than ${LARGEST_BYTES} bytes`, code: MEDIA_INVALID };
    }
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    signal.throwIfAborted();
    return { problem: error instanceof Error ? error.message : String(error), code: FETCH_FAILED };
  }
  try {
    const samples = toLineSamples(bytes, url);
    return { voice: () => samplesVoice(samples), milliseconds: (samples.length * 1000) / SAMPLE_RATE };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error), code: MEDIA_INVALID };
  }
}
