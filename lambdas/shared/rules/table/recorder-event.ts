/** What a row notes for the event bus: an event is pending in its row until `announce` has announced it. */
import type { EventKind } from '../../contract/events.ts';
import type { Instant } from '../values/instant.ts';

export interface RecorderEvent {
  /** The same each time that the event is announced: `<SID>:<kind>:<version of the row>`. */
  readonly id: string;
  readonly kind: EventKind;
  readonly at: Instant;
  /** What the event says beside the names of call and recording. A row may change before it is announced; this does not. */
  readonly facts: Facts;
}

/** Fields of an event's detail, see `docs/events.md`. No telephone number has a name here. */
export type Facts = { readonly [name: string]: string | number | boolean };
