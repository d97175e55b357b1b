/** Opens a recording's audio: from its first byte, or where an earlier invocation has left off. */
import type { AudioFormat } from '../shared/contract/settings.ts';
import type { AudioStore } from '../shared/ports/audio-store.ts';
import type { Clock } from '../shared/ports/clock.ts';
import type { AudioOffset, OpenedAudio, Refusal, TwilioRest } from '../shared/ports/twilio.ts';
import { canBeResumed, continues, identityOf, isResumable } from '../shared/rules/recording/resumption.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';
import type { Upload } from '../shared/rules/table/upload.ts';

export interface OpenAudioDependencies {
  readonly twilio: Pick<TwilioRest, 'openAudio'>;
  readonly store: Pick<AudioStore, 'abandon' | 'partBytes'>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface WantedAudio {
  readonly channels: number | undefined;
  readonly format: AudioFormat;
  /** Where it is to be stored. */
  readonly key: string;
}

export interface AudioSource {
  readonly kind: 'source';
  readonly audio: OpenedAudio;
  /** What is stored already; the audio begins behind it. */
  readonly upload: Upload | undefined;
  /** Another invocation may go on where this one ends. */
  readonly resumable: boolean;
}

/**
 * Asked for a part, Twilio may answer with the whole audio, or with another one than before. Then the stored parts are given up, and
 * everything must come in this invocation. Otherwise a copy that is interrupted again and again would begin for ever, and tell nobody.
 */
export async function openAudio(
  deps: OpenAudioDependencies,
  { recordingSid, upload }: RecordingRow,
  { channels, format, key }: WantedAudio,
): Promise<AudioSource | Refusal> {
  const open = (from?: AudioOffset) => deps.twilio.openAudio(recordingSid, channels, format, from);
  const whole = (reply: OpenedAudio | Refusal, resumable: boolean): AudioSource | Refusal =>
    reply.kind === 'opened'
      ? { kind: 'source', audio: reply, upload: undefined, resumable: resumable && isResumable(identityOf(reply)) }
      : reply;

  if (upload && !canBeResumed(upload, key, deps.store.partBytes, deps.clock.now())) await abandon(deps, upload);
  else if (upload) {
    const rest = await open({ bytes: upload.bytes, etag: upload.source.etag });
    if (rest.kind === 'opened' && continues(upload, rest))
      return { kind: 'source', audio: rest, upload, resumable: true };
    if (rest.kind !== 'opened' && !isAnotherAudio(rest)) return rest;
    await abandon(deps, upload);
    if (rest.kind === 'opened' && rest.from === undefined) return whole(rest, false);
    if (rest.kind === 'opened') rest.close();
    return whole(await open(), false);
  }
  return whole(await open(), true);
}

/** The audio is shorter than what is stored of it (416), or the part that came cannot be placed. */
const isAnotherAudio = ({ status }: Refusal): boolean => status === 416 || status === 206;

/** Gives up the parts that are stored. What cannot be removed now, the bucket's lifecycle removes. */
export async function abandon(
  { store }: Pick<OpenAudioDependencies, 'store'>,
  { key, uploadId }: Pick<Upload, 'key' | 'uploadId'>,
): Promise<void> {
  await store.abandon(key, uploadId).catch(() => undefined);
}
