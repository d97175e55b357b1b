/** The event bus. */
import type { EventDetail } from '../rules/table/events.ts';
import type { Instant } from '../rules/values/instant.ts';

/** Where events go. */
export interface EventBus {
  /**
   * Sends up to ten events.
   *
   * @returns for each, in order, `undefined` where it was accepted, or the bus's code of why it was not.
   * @throws where the request as a whole failed; then nobody knows of any of them.
   */
  put(events: readonly OutgoingEvent[]): Promise<readonly (string | undefined)[]>;
}

export interface OutgoingEvent {
  readonly detailType: string;
  readonly at: Instant;
  readonly detail: EventDetail;
}
