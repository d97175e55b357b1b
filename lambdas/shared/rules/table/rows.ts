/**
 * The rows of the table, one query by call SID apart: a call, its recordings, and the service's own memory.
 *
 * Rows are values. Every change is a pure function from a row (or none) to the next row; `rows/change-row.ts` writes it
 * under the condition that nobody else changed the row meanwhile.
 */
import type { CallPolicy } from '../call/policy.ts';
import type { Instant } from '../values/instant.ts';
import type { Claim } from './claim.ts';
import type { ErasedAudio, ErasureRow, HoldRow } from './kept-rows.ts';
import type { Eventful, RecordingState, Waiting } from './row-parts.ts';
import type { ServiceRow, Versioned } from './service-rows.ts';
import type { Upload } from './upload.ts';

export type { PartyRow, ReconcileRow, ServiceRow, WatchRow } from './service-rows.ts';

/** `answered` → `unstreamed` → `noted` ⇄ `posting` → `recording` | `unrecordable`. The last two are final; see `docs/states.md`. */
export type CallState =
  /** Twilio has the TwiML; the call's stream must start before the row is due. */
  | 'answered'
  /** The stream has not started in time although the call lives: the call is not recorded, unless its stream still comes. */
  | 'unstreamed'
  /** The stream has started; no start request is outstanding at Twilio. */
  | 'noted'
  /** A start request, or TwiML that starts a recording, may have reached Twilio. Never repeated blind: the call's recordings are asked for first. */
  | 'posting'
  | 'recording'
  | 'unrecordable';

export interface CallRow extends Versioned, Eventful {
  readonly kind: 'call';
  readonly callSid: string;
  readonly state: CallState;
  readonly streamSid?: string;
  /** Our number that was called, or that called: E.164. Absent where that is not known, and on rows from before it was kept. */
  readonly number?: string;
  readonly direction?: 'inbound' | 'outbound';
  /** HMAC of the other party's number, from which a {@link PartyRow} leads to the call. */
  readonly party?: string;
  /** What the number's voice URL said of its calls, as far as it matters later. */
  readonly policy?: CallPolicy;
  /** The TwiML that answered the call starts its recording. Absent where its stream does, or a request. */
  readonly startBy?: 'twiml';
  /** When Twilio was answered. Absent where that could not be noted, and on rows from before it was. */
  readonly answeredAt?: Instant;
  /** When the stream's `start` message arrived, absent before; or when TwiML was answered that starts the recording. */
  readonly startedAt?: Instant;
  readonly waiting?: Waiting;
  readonly claim?: Claim;
  /** Start requests that Twilio answered with anything but success. */
  readonly attempts: number;
  readonly recordingSid?: string;
  /** Found in Twilio's list after a doubtful reply, not named by a 201. */
  readonly adopted?: boolean;
  /** When the start request whose outcome is in doubt was sent, at the earliest. */
  readonly askedAt?: Instant;
  /** The ARN that requested the recording, of a call that this recorder did not answer or that had no stream. */
  readonly requestedBy?: string;
  /** The call is recorded although its stream had not started: no disclaimer was played before. */
  readonly noDisclaimer?: true;
  /** Why the call is unrecordable, or why the last attempt failed. */
  readonly reason?: string;
  /** The recorder has placed it to test itself: reports count it apart. */
  readonly canary?: true;
  /** The whole call was erased, with all recordings of it that may still be found. */
  readonly erased?: { readonly erasure: string; readonly at: Instant; readonly alsoOthers?: true };
}

/** The verified copy in S3. */
export interface StoredAudio {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
  /** S3's SHA-256 checksum, base64; of the parts' checksums and with `-<parts>` where the upload had parts. */
  readonly checksum: string;
  readonly contentType: string;
  readonly versionId?: string;
  readonly storedAt: Instant;
}

/** Without these an encrypted recording can never be read: they are kept before Twilio's copy goes. */
export interface EncryptionDetails {
  readonly publicKeySid: string;
  readonly encryptedCek: string;
  readonly iv: string;
}

/**
 * How a recording is known to be this recorder's. `reply`: a 201 to our own request named it. `callback`: it called back to a URL that
 * only our request has named. `owner`: the owner has imported it to be deleted at Twilio.
 */
export type OwnershipProof = 'reply' | 'callback' | 'owner';

export interface RecordingRow extends Versioned, Eventful {
  readonly kind: 'recording';
  readonly callSid: string;
  readonly recordingSid: string;
  readonly state: RecordingState;
  /** Where the audio lies at Twilio, built from the configuration and the validated SIDs. The fallback. */
  readonly twilioUrl: string;
  /** `other` where nothing proves that this recorder made it: it is kept, copied and flagged, never deleted at Twilio. */
  readonly madeBy: 'recorder' | 'other';
  /** How it is known to be ours to delete. Absent on what is not, and on rows from before proofs were kept. */
  readonly proof?: OwnershipProof;
  /** The recording's URL at Twilio that a deletion was sent to, which may have arrived. */
  readonly deletionSentTo?: string;
  /** The call has another recording too. */
  readonly extra?: boolean;
  /** Twilio's `source`, for example `StartCallRecordingAPI`. */
  readonly source?: string;
  readonly channels?: number;
  readonly durationSeconds?: number;
  readonly startTime?: Instant;
  /** Twilio's code of an `absent` or `failed` recording. */
  readonly errorCode?: number;
  readonly waiting?: Waiting;
  readonly claim?: Claim;
  /** Copies, or deletions, that have failed in a row. */
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly reason?: string;
  readonly stored?: StoredAudio;
  /** Peaks are kept beside the audio, for drawing it. */
  readonly peaks?: true;
  /** A copy that takes longer than an invocation, as far as it has come. */
  readonly upload?: Upload;
  /** What the container of the stored audio gets wrong, although all of the audio has come. */
  readonly slips?: readonly string[];
  /** An operator takes the audio as Twilio sends it, whatever the checks of the audio itself say. */
  readonly accepted?: { readonly reason: string; readonly at: Instant };
  readonly encryption?: EncryptionDetails;
  readonly notedAt: Instant;
  readonly completedAt?: Instant;
  readonly deletedAt?: Instant;
  readonly erased?: ErasedAudio;
}

/** Rows of a call, which have events. */
export type EventRow = CallRow | RecordingRow | HoldRow | ErasureRow;
export type Row = EventRow | ServiceRow;

export type RowKey =
  | { readonly kind: 'call'; readonly callSid: string }
  | { readonly kind: 'recording'; readonly callSid: string; readonly recordingSid: string }
  | { readonly kind: 'hold'; readonly callSid: string }
  | { readonly kind: 'erasure'; readonly callSid: string; readonly id: string }
  | { readonly kind: 'reconcile' }
  | { readonly kind: 'watch'; readonly at: Instant; readonly id: string }
  | { readonly kind: 'party'; readonly party: string; readonly at: Instant; readonly call: string };

/** The row that a key of this shape leads to. */
export type RowOf<Key extends RowKey> = Extract<Row, { kind: Key['kind'] }>;

export const isOfService = (row: { readonly kind: Row['kind'] }): row is ServiceRow =>
  row.kind === 'reconcile' || row.kind === 'watch' || row.kind === 'party';

/** A row as a rule makes it: the version is given when it is written. */
export type Draft<R extends Row> = R extends Row ? Omit<R, 'version' | 'writer'> : never;

/** Fields that hold an instant, wherever they stand in a row; `waiting.due` aside, which the index names. */
export const INSTANT_FIELDS = [
  'answeredAt',
  'startedAt',
  'notedAt',
  'completedAt',
  'deletedAt',
  'heldSince',
  'requestedAt',
  'erasedAt',
  'quietFrom',
  'storedAt',
  'startTime',
  'checkedUntil',
  'fullUntil',
  'fullAt',
  'queuedSince',
  'begunAt',
  'knownUntil',
  'reachesBackTo',
  'settledUntil',
  'touchedAt',
  'until',
  'at',
] as const;
