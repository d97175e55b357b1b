/** Rows of what must be kept, and of what must go. */
import type { Instant } from '../values/instant.ts';
import type { Eventful, RecordingState, Waiting } from './row-parts.ts';
import type { Versioned } from './service-rows.ts';

/** What is left of an erased recording, for its receipt: nothing of the conversation. */
export interface ErasedAudio {
  /** The id of its erasure. */
  readonly erasure: string;
  readonly at: Instant;
  /** Its state before. */
  readonly was: RecordingState;
  /** From then on no copy that began before can be alive. */
  readonly quietFrom: Instant;
  /** What lay in S3. */
  readonly key?: string;
  readonly bytes?: number;
  readonly checksum?: string;
  /** What became of it at Twilio. `left`: another application's, which nobody asked to be deleted. */
  readonly atTwilio?: 'deleted' | 'left' | 'gone';
}

/** A call that must be kept as it is: nothing of it is erased or deleted at Twilio while its hold stands. */
export interface HoldRow extends Versioned, Eventful {
  readonly kind: 'hold';
  readonly callSid: string;
  readonly state: 'held' | 'released';
  /** Why, as the person who placed it says; or who released it. */
  readonly reason: string;
  /** The ARN that placed it, or released it. */
  readonly by: string;
  readonly at: Instant;
  /** Since when it stands, or stood. */
  readonly heldSince: Instant;
}

/** Somebody has asked that a call, or some of its recordings, be erased; later on, the receipt. */
export interface ErasureRow extends Versioned, Eventful {
  readonly kind: 'erasure';
  readonly callSid: string;
  readonly id: string;
  /** `asked` → `begun` → `erased`. What is `begun` may be erased in part. */
  readonly state: 'asked' | 'begun' | 'erased';
  /** Absent where the whole call is to be erased. */
  readonly recordingSids?: readonly string[];
  /** Recordings of other applications are deleted at Twilio too. */
  readonly alsoOthers?: true;
  /** The ARN that asked. */
  readonly by: string;
  /** Why, as that person says. */
  readonly reason: string;
  readonly requestedAt: Instant;
  readonly begunAt?: Instant;
  readonly erasedAt?: Instant;
  /** The recordings that were erased, once they are. */
  readonly done?: readonly string[];
  /** The receipt that was read to do this again, after a restore. */
  readonly replayOf?: string;
  readonly waiting?: Waiting;
  /** Attempts in a row that Twilio or S3 have refused. */
  readonly attempts: number;
  /** What it waits for: `held`, `copy-under-way`, or who has refused what. */
  readonly waitsFor?: string;
}
