/** Links to audio, and replies that play it. */
import type { LinkUse } from '../rules/table/audit.ts';
import type { StoredAudio } from '../rules/table/rows.ts';
import type { RecordingMessage } from './queues.ts';

/** Links to stored audio, for people without rights to the bucket. */
export interface Playback {
  /**
   * @param fileName what a browser saves it as
   * @param use whether a browser plays it, which is the default, or saves it at once
   */
  link(stored: StoredAudio, fileName: string, use?: LinkUse): Promise<PlaybackLink>;
}

/** Links to audio that is at Twilio only, for people without Twilio's credentials. */
export interface TwilioPlayback {
  link(recording: RecordingMessage): Promise<PlaybackLink>;
}

export interface PlaybackLink {
  readonly url: string;
  /** ISO 8601 in UTC; it may end sooner, with the session of its signer. */
  readonly expiresAt: string;
}

/** The head of a reply, and its body as a text or piece by piece. */
export interface StreamedReply {
  readonly statusCode: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | AsyncIterable<Uint8Array>;
}
