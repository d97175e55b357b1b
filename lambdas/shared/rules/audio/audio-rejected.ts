/** Why audio is refused, and what is only noted of it. */

/** Why the audio was refused; the reason goes into the table and the log. */
export class AudioRejected extends Error {
  override readonly name = 'AudioRejected';
  readonly reason: string;
  constructor(reason: string) {
    super(`Twilio's audio was refused: ${reason}`);
    this.reason = reason;
  }
}

/** What a container gets wrong although all of its audio has come: noted, and no reason to refuse it. */
export type ContainerSlip =
  /** The RIFF chunk or the `data` chunk has a number that a writer left who did not know the length. */
  | 'riff-length-placeholder'
  | 'data-length-placeholder'
  /** More than {@link HEADER_BYTES} come before the audio. */
  | 'long-header'
  /** Behind the frames of an MP3: tags, or bytes of zero. */
  | 'trailing-tag'
  | 'trailing-padding'
  /** What would have been a refusal, had an operator not accepted the audio. */
  | AcceptableReason;

/** Reasons that speak of the audio, not of its transfer: an operator may accept audio that was refused for one of them. */
const ACCEPTABLE_REASONS = [
  'content-type-is-not-audio',
  'not-a-wav-file',
  'riff-length-differs',
  'data-length-differs',
  'not-an-mp3-file',
  'bytes-beside-frames',
  'frames-differ',
  /** Within a frame of an MP3. A transfer that was cut has the same reason, and stays refused. */
  'truncated',
  'channels-differ',
  'duration-differs',
  /** Of encrypted audio whose transfer has marked its end. Where nothing marks it, it stays refused. */
  'length-unknown',
] as const;
export type AcceptableReason = (typeof ACCEPTABLE_REASONS)[number];

export const isAcceptable = (reason: string): reason is AcceptableReason =>
  ACCEPTABLE_REASONS.some((acceptable) => acceptable === reason);

/** Takes a slip down; the same one may come more than once. */
export type NoteSlip = (slip: ContainerSlip) => void;

/** What a plain header fits into. */
export const HEADER_BYTES = 4096;
/** The most that is kept in memory of what stands before or behind the audio, where the transfer itself proves its end. */
export const BESIDE_AUDIO_BYTES_MAX = 1024 * 1024;
