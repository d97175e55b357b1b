/** How far a transfer has come, and what of it another invocation could go on with. */
import type { LastingUpload } from '../shared/ports/audio-store.ts';
import type { Clock } from '../shared/ports/clock.ts';
import type { AudioCheckState, Checkpoints } from '../shared/rules/audio/check-state.ts';
import { identityOf } from '../shared/rules/recording/resumption.ts';
import type { Upload, Uploaded } from '../shared/rules/table/upload.ts';
import type { Instant } from '../shared/rules/values/instant.ts';
import type { AudioSource, OpenAudioDependencies } from './open-audio.ts';

/** The transfer has used up this invocation's time. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

export class Progress {
  /** What another invocation could go on with. */
  upload: Upload | undefined;
  /** More is stored than before this invocation. */
  advanced = false;
  /** The audio broke off, or took too long: what is stored of it is right. */
  interrupted = false;
  readonly checkpoints: Checkpoints;
  readonly lasting: LastingUpload;
  #uploadId: string | undefined;
  readonly #key: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #states = new Map<number, AudioCheckState>();

  constructor({ clock, store }: OpenAudioDependencies, { audio, upload }: AudioSource, key: string) {
    this.upload = upload;
    this.#uploadId = upload?.uploadId;
    this.#key = key;
    this.#clock = clock;
    const begun = { key, contentType: audio.contentType, begunAt: clock.now(), source: identityOf(audio) };
    this.checkpoints = {
      every: store.partBytes,
      from: upload?.check,
      reached: (state) => void this.#states.set(state.bytes, state),
    };
    this.lasting = {
      from: upload,
      onProgress: (uploaded) => this.#note(uploaded, upload ?? begun, audio.contentLength),
    };
  }

  #note(uploaded: Uploaded, begun: Omit<Upload, 'check' | keyof Uploaded>, length: number | undefined): void {
    this.#uploadId = uploaded.uploadId;
    const check = this.#states.get(uploaded.bytes);
    this.#states.delete(uploaded.bytes);
    // Behind the last byte there is nothing to ask Twilio for.
    if (!check || uploaded.bytes === length) return;
    this.upload = { ...begun, ...uploaded, check };
    this.advanced = true;
  }

  /** Passes audio on until the time is over. */
  async *watch(bytes: AsyncIterable<Uint8Array>, until: Instant): AsyncGenerator<Uint8Array> {
    const chunks = bytes[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await chunks.next().catch((error: unknown) => {
          this.interrupted = true;
          throw error;
        });
        if (next.done) return;
        if (this.#clock.now() >= until) {
          this.interrupted = true;
          throw new OutOfTime();
        }
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }

  /** The upload in S3, whether it can be gone on with or not. */
  get begun(): Pick<Upload, 'key' | 'uploadId'> | undefined {
    return this.#uploadId === undefined ? undefined : { key: this.#key, uploadId: this.#uploadId };
  }
}
