/** Events to an EventBridge bus. */
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../contract/events.ts';
import type { EventBus } from '../../ports/event-bus.ts';

/** @param busName `default`, or the name of a bus of one's own */
export function eventBridgeBus(client: EventBridgeClient, busName: string): EventBus {
  return {
    async put(events) {
      const { Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: events.map(({ detailType, at, detail }) => ({
            EventBusName: busName,
            Source: EVENT_SOURCE,
            DetailType: detailType,
            Time: new Date(at),
            Detail: JSON.stringify(detail),
          })),
        }),
      );
      // A request succeeds although some of its entries were refused: only an entry with an id was taken.
      // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
      return events.map((_event, index) => {
        const { EventId, ErrorCode } = Entries[index] ?? {};
        return EventId !== undefined && ErrorCode === undefined ? undefined : (ErrorCode ?? 'no-answer');
      });
    },
  };
}
