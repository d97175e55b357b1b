/** What rows of several kinds are made of. */
import type { Next } from '../../contract/table.ts';
import type { Instant } from '../values/instant.ts';
import type { RecorderEvent } from './recorder-event.ts';

/** What the row waits for and since when it is overdue: the only thing `sweep` looks for. */
export interface Waiting {
  readonly next: Next;
  readonly due: Instant;
  /** Since when `sweep` puts the row on its queue, again and again, and no worker takes it up. */
  readonly queuedSince?: Instant;
}

export interface Eventful {
  /** The events that are not announced yet, oldest first; absent rather than empty. */
  readonly pendingEvents?: readonly RecorderEvent[];
}

/**
 * Forward only, see `docs/states.md`. `absent` and `failed` yield to `completed`: where Twilio says both, there is
 * audio, and losing none outranks tidiness.
 */
export type RecordingState =
  | 'in-progress'
  | 'absent'
  | 'failed'
  /** Audio lies at Twilio, the copy is to be made. */
  | 'completed'
  /** A copy has failed; Twilio's URL is the way to the audio, the copy is tried again for as long as it takes. */
  | 'fallback'
  /** Verified in S3. */
  | 'stored'
  /** About to be deleted at Twilio: from here on, an answer 404 means done. */
  | 'deleting'
  | 'deleted'
  /** Nothing of it is to be had any more, or will be in a while: its erasure says so. Nothing leads away from here. */
  | 'erased';
