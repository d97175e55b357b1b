/** The event bus of local mode, by the real client and our adapter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventBridgeBus } from '../../../lambdas/shared/adapters/aws/eventbridge-bus.ts';
import type { OutgoingEvent } from '../../../lambdas/shared/ports/event-bus.ts';
import { type BusEvent, startEventsServer } from '../../../local/emulators/events-server.ts';
import { temporaryDirectory } from '../support.ts';

const file = join(temporaryDirectory(), 'aws', 'events.jsonl');
const told: BusEvent[] = [];
const operations: string[] = [];
let server: Awaited<ReturnType<typeof startEventsServer>>;
let client: EventBridgeClient;

beforeAll(async () => {
  server = await startEventsServer({
    file,
    onEvent: (event) => told.push(event),
    onRequest: ({ operation }) => operations.push(operation),
  });
  client = new EventBridgeClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'TEST', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const event = (id: string): OutgoingEvent => ({
  detailType: 'Recording Stored',
  at: Date.parse('2026-03-01T12:00:00.250Z'),
  detail: { version: 1, id, at: '2026-03-01T12:00:00.250Z', stage: 'prod', callSid: `CA${'1'.repeat(32)}` },
});

test('what our adapter sends is accepted, kept, and told', async () => {
  expect(await eventBridgeBus(client, 'telephony').put([event('a'), event('b')])).toEqual([undefined, undefined]);
  expect(told).toEqual([
    {
      id: expect.any(String),
      bus: 'telephony',
      source: 'call-recorder',
      detailType: 'Recording Stored',
      // The detail has the rest.
      time: '2026-03-01T12:00:00Z',
      detail: event('a').detail,
    },
    expect.objectContaining({ detail: event('b').detail }),
  ]);
  const kept = readFileSync(file, 'utf8').trim().split('\n');
  expect(kept.map((line) => JSON.parse(line))).toEqual(told);
  expect(operations).toContain('PutEvents');
});

test('of a request, single entries are refused in their own places', async () => {
  const before = told.length;
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({
      Entries: [
        { Source: 'call-recorder', DetailType: 'A', Detail: 'not JSON' },
        { Source: 'call-recorder', DetailType: 'B', Detail: '{}' },
        { DetailType: 'C', Detail: '{}' },
        { Source: 'call-recorder', DetailType: 'D', Detail: '[]' },
      ],
    }),
  );
  expect(FailedEntryCount).toBe(3);
  expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    'MalformedDetail',
    undefined,
    'InvalidArgument',
    'MalformedDetail',
  ]);
  expect(told.slice(before).map(({ detailType, bus }) => [detailType, bus])).toEqual([['B', 'default']]);
});

test('our adapter tells which of its events were refused', async () => {
  const broken = { ...event('c'), detailType: '' };
  expect(await eventBridgeBus(client, 'default').put([event('d'), broken])).toEqual([undefined, 'InvalidArgument']);
});

test('eleven entries at once are refused as a whole, as by the service', async () => {
  const many = Array.from({ length: 11 }, (_, index) => event(String(index)));
  await expect(eventBridgeBus(client, 'default').put(many)).rejects.toMatchObject({ name: 'ValidationException' });
});

test('what it does not know, it says', async () => {
  await expect(client.send(new ListRulesCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' });
});
