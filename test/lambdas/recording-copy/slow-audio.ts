/** Audio at a limited rate, in virtual time, by a server that knows ranges or does not. */
import type { AudioOffset, OpenedAudio, Refusal } from '../../../lambdas/shared/ports/twilio.ts';
import { SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { VirtualClock } from '../support/time.ts';

export interface SlowAudioOptions {
  readonly clock: VirtualClock;
  readonly file: Buffer;
  readonly bytesPerSecond: number;
  readonly ranges?: 'served' | 'refused';
  readonly contentType?: string;
  /** Absent where the server sends none. */
  readonly etag?: (request: number) => string | undefined;
  readonly length?: 'said' | 'unsaid';
  /** After so many bytes of a reply its connection breaks. */
  readonly breaksAfter?: (request: number) => number | undefined;
}

export class SlowAudio {
  /** The first byte that each request asked for. */
  readonly asked: number[] = [];
  readonly #options: SlowAudioOptions;

  constructor(options: SlowAudioOptions) {
    this.#options = options;
  }

  readonly open = (_sid: string, _channels: unknown, _format: unknown, from?: AudioOffset): OpenedAudio | Refusal => {
    const { file, ranges = 'served', contentType = 'audio/x-wav', etag, length = 'said' } = this.#options;
    this.asked.push(from?.bytes ?? 0);
    const request = this.asked.length;
    const tag = etag?.(request);
    const isPart = from !== undefined && ranges === 'served';
    if (isPart && from.bytes >= file.length) return { kind: 'refused', status: 416, reason: 'status 416' };
    return {
      kind: 'opened',
      contentType,
      ...(length === 'said' ? { contentLength: file.length } : { endIsMarked: true }),
      ...(tag !== undefined && { etag: tag }),
      ...(isPart && { from: from.bytes }),
      bytes: this.#bytes(isPart ? file.subarray(from.bytes) : file, request),
      close: () => undefined,
    };
  };

  async *#bytes(bytes: Buffer, request: number): AsyncGenerator<Uint8Array> {
    const { clock, bytesPerSecond, breaksAfter } = this.#options;
    const end = breaksAfter?.(request) ?? Number.POSITIVE_INFINITY;
    // A chunk comes every ten seconds.
    const chunk = bytesPerSecond * 10;
    for (let offset = 0; offset < bytes.length; offset += chunk) {
      clock.advance(10 * SECOND);
      if (offset + chunk > end) throw Object.assign(new Error('aborted'), { name: 'ConnectionBroken' });
      yield bytes.subarray(offset, offset + chunk);
    }
  }
}
