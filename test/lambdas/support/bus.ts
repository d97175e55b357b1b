/** An event bus in memory. */
import type { EventBus, OutgoingEvent } from '../../../lambdas/shared/ports/event-bus.ts';

export class KeptBus implements EventBus {
  /** What was accepted, in order. */
  readonly events: OutgoingEvent[] = [];
  /** How many events each request had. */
  readonly requests: number[] = [];
  /** The bus's code for an event that it refuses. */
  refuse: (event: OutgoingEvent) => string | undefined = () => undefined;

  async put(events: readonly OutgoingEvent[]): Promise<readonly (string | undefined)[]> {
    this.requests.push(events.length);
    return events.map((event) => {
      const refusal = this.refuse(event);
      if (refusal === undefined) this.events.push(event);
      return refusal;
    });
  }

  detailTypes(): string[] {
    return this.events.map(({ detailType }) => detailType);
  }
}
