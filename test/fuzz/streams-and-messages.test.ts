/** WebSocket events and queue messages of any kind. */
import { comparePiece } from '../../lambdas/reconcile/pieces.ts';
import { recordingCopy } from '../../lambdas/recording-copy/recording-copy.ts';
import { recordingDelete } from '../../lambdas/recording-delete/recording-delete.ts';
import { recordingStart } from '../../lambdas/recording-start/recording-start.ts';
import { readPieceMessage, readRecordingMessage, readStartMessage } from '../../lambdas/shared/entry/messages.ts';
import { consume } from '../../lambdas/shared/entry/queue-consumer.ts';
import { routeStreamEvent } from '../../lambdas/stream-connect/route.ts';
import { recordOf } from '../../sim/aws/event-source.ts';
import { ACCOUNT, CALL, STREAM } from '../lambdas/support/fixtures.ts';
import { fc } from '../lambdas/support/properties.ts';
import { NOT_FOUND } from '../lambdas/support/scripted-twilio.ts';
import { CONNECTION, startMessage } from '../lambdas/support/stream.ts';
import { makeWorld, type World } from '../lambdas/support/world.ts';
import { expectNothingSecret, jsonish, PHONE, PRIVATE, sidish, text } from './arbitraries.ts';

const DISCLAIMER = Buffer.alloc(100, 0xff);
const stream = (world: World, foreignStreams: 'refuse' | 'record-only' = 'refuse') => ({
  ...world,
  foreignStreams,
  disclaimer: DISCLAIMER,
});

/** API Gateway names a route of its own configuration, never what a client has sent. */
const routes = fc.constantFrom('$connect', 'start', 'mark', 'media', 'stop', '$default');
const bodies = fc.oneof(
  text,
  jsonish.map((value) => JSON.stringify(value) ?? ''),
  jsonish.map((value) => JSON.stringify({ event: 'start', start: value })),
  fc.constant('['.repeat(60_000)),
  fc.constant(`{"event":"start","start":{"callSid":"${'x'.repeat(100_000)}"}}`),
);

test('no event of the WebSocket API fails, and none without a token has a call recorded', async () => {
  await fc.assert(
    fc.asyncProperty(
      routes,
      fc.option(bodies, { nil: undefined }),
      fc.option(fc.dictionary(text, text, { maxKeys: 4 }), { nil: undefined }),
      async (routeKey, body, headers) => {
        const world = makeWorld();
        const event = { requestContext: { routeKey, connectionId: CONNECTION }, ...(headers && { headers }) };
        const reply = await routeStreamEvent(stream(world), { ...event, ...(body !== undefined && { body }) });
        expect([200, 400, 403]).toContain(reply.statusCode);
        if (routeKey === '$connect') expect(reply.statusCode).toBe(403);
        expect(world.table.rows()).toEqual([]);
        expect(world.startQueue.size).toBe(0);
        expect(world.connections.sent).toEqual([]);
        if (routeKey === 'start') expect(world.connections.closed).toEqual([CONNECTION]);
        expectNothingSecret(world.log.lines);
      },
    ),
    { numRuns: 1500 },
  );
});

test('a genuine start, with any field changed, starts its own call or none', async () => {
  const fields = fc.record(
    {
      streamSid: sidish,
      accountSid: sidish,
      callSid: sidish,
      customParameters: fc.oneof(jsonish, fc.dictionary(fc.constantFrom('token', 'parentCallSid', PRIVATE), sidish)),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fields, async (over) => {
      const world = makeWorld();
      const event = { requestContext: { routeKey: 'start', connectionId: CONNECTION }, body: startMessage(over) };
      expect(await routeStreamEvent(stream(world), event)).toEqual({ statusCode: 200 });
      const calls = world.table.rows().map((row) => row.kind === 'call' && row.callSid);
      if (calls.length > 0) expect(calls).toEqual([CALL]);
      expect(world.startQueue.size).toBe(calls.length);
      expectNothingSecret(world.log.lines);
    }),
    { numRuns: 1000 },
  );
});

test('where foreign streams are recorded, what is noted is still a call SID of this account', async () => {
  await fc.assert(
    fc.asyncProperty(sidish, sidish, sidish, async (streamSid, accountSid, callSid) => {
      const world = makeWorld();
      const body = startMessage({ streamSid, accountSid, callSid, customParameters: {} });
      const event = { requestContext: { routeKey: 'start', connectionId: CONNECTION }, body };
      await routeStreamEvent(stream(world, 'record-only'), event);
      const valid = streamSid === STREAM && accountSid === ACCOUNT && callSid === CALL;
      expect(world.table.rows()).toHaveLength(valid ? 1 : 0);
    }),
    { numRuns: 1000 },
  );
});

/** Each worker's queue as `index.ts` wires it. */
const WORKERS = {
  'recording-start': (world: World, event: Parameters<typeof consume>[1]) =>
    consume({ ...world, visibility, read: readStartMessage, step: recordingStart.bind(null, world) }, event),
  'recording-copy': (world: World, event: Parameters<typeof consume>[1]) =>
    consume({ ...world, visibility, read: readRecordingMessage, step: recordingCopy.bind(null, world) }, event),
  'recording-delete': (world: World, event: Parameters<typeof consume>[1]) =>
    consume({ ...world, visibility, read: readRecordingMessage, step: recordingDelete.bind(null, world) }, event),
  reconcile: (world: World, event: Parameters<typeof consume>[1]) =>
    consume({ ...world, visibility, read: readPieceMessage, step: comparePiece.bind(null, world) }, event),
};
const visibility = { change: async () => undefined };

test('no message of a queue fails its batch, and what is none of ours is handed back untouched', async () => {
  const message = fc.oneof(
    bodies,
    fc
      .record({ callSid: sidish, recordingSid: sidish, startedAt: fc.oneof(fc.double(), text) })
      .map((one) => JSON.stringify(one)),
  );
  const workers = fc.constantFrom(...(Object.keys(WORKERS) as (keyof typeof WORKERS)[]));
  await fc.assert(
    fc.asyncProperty(workers, message, fc.integer({ min: 1, max: 60 }), async (worker, body, receives) => {
      const world = makeWorld();
      world.twilio.answer('startRecording', NOT_FOUND);
      const record = recordOf({ messageId: 'one', receiptHandle: 'handle', body, receives });
      const { batchItemFailures } = await WORKERS[worker](world, { Records: [record] });
      const read = (worker === 'recording-start' ? readStartMessage : readRecordingMessage)(parsed(body));
      if (read === undefined) {
        expect(batchItemFailures).toEqual([{ itemIdentifier: 'one' }]);
        expect(world.log.line('message_unreadable').level).toBe('error');
        expect(world.twilio.methods()).toEqual([]);
      }
      // A message alone makes no recording row, stores nothing and deletes nothing.
      expect(world.table.rows().filter(({ kind }) => kind !== 'call')).toEqual([]);
      expect(world.store.keys()).toEqual([]);
      expect(world.twilio.methods()).not.toContain('deleteRecording');
      expectNothingSecret(world.log.lines);
      expect(JSON.stringify(world.log.lines)).not.toContain(PHONE);
    }),
    { numRuns: 1000 },
  );
});

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
