/** HTTP bodies and headers of any kind, at both doors. */
import { incomingCall } from '../../lambdas/incoming-call/incoming-call.ts';
import { writeTwiml } from '../../lambdas/incoming-call/twiml.ts';
import { recordingCallback } from '../../lambdas/recording-callback/recording-callback.ts';
import type { WebhookRequest } from '../../lambdas/shared/rules/webhook/webhook.ts';
import { ACCOUNT, CALL, RECORDING } from '../lambdas/support/fixtures.ts';
import { fc } from '../lambdas/support/properties.ts';
import { callbackForm, signatureOf, webhook } from '../lambdas/support/webhook.ts';
import { makeWorld, type World } from '../lambdas/support/world.ts';
import { expectNothingSecret, PHONE, PRIVATE, sidish, text } from './arbitraries.ts';

const DOORS = {
  '/voice': (world: World, request: WebhookRequest) =>
    incomingCall({ ...world, writeTwiml, afterDisclaimer: { kind: 'say', text: 'Goodbye' } }, request),
  '/recording-callback': recordingCallback,
};
const doors = fc.constantFrom(...(Object.keys(DOORS) as (keyof typeof DOORS)[]));

const changes = (world: World) => ({
  rows: world.table.rows(),
  messages: [world.startQueue.size, world.copyQueue.size, world.deleteQueue.size],
  twilio: world.twilio.methods(),
  objects: world.store.keys(),
});
const NO_CHANGES = { rows: [], messages: [0, 0, 0], twilio: [], objects: [] };

const form = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(
        fc.constantFrom('AccountSid', 'CallSid', 'RecordingSid', 'RecordingStatus', 'RecordingUrl', 'From'),
        text,
      ),
      fc.oneof(sidish, fc.constantFrom('completed', 'absent', 'in-progress', PHONE, PRIVATE)),
    ),
    { maxLength: 8, selector: ([name]) => name },
  )
  // What does not go over the wire as it is, cannot have been signed.
  .map((pairs) => pairs.map(([name, value]): [string, string] => [name.toWellFormed(), value.toWellFormed()]));

const body = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  form.map((pairs) => new URLSearchParams(pairs).toString()),
  // Twice the same name, by two spellings.
  form.map((pairs) => `${new URLSearchParams(pairs)}&CallSid=${CALL}&%43allSid=${CALL}`),
  fc.constant(`a=${'x'.repeat(300_000)}`),
);

const headers = fc.dictionary(
  fc.oneof(fc.constantFrom('x-twilio-signature', 'X-Twilio-Signature', 'host', '__proto__', 'content-type'), text),
  fc.option(text, { nil: undefined }),
  { maxKeys: 5 },
);

const request: fc.Arbitrary<WebhookRequest> = fc.record({
  rawPath: fc.oneof(
    doors,
    text.map((path) => `/${path}`),
  ),
  rawQueryString: fc.oneof(fc.constant(''), text),
  headers,
  body: fc.option(body, { nil: undefined }),
  isBase64Encoded: fc.boolean(),
});

test('whatever Twilio did not sign is refused, changes nothing, and is not quoted', async () => {
  await fc.assert(
    fc.asyncProperty(doors, request, async (door, sent) => {
      const world = makeWorld();
      const reply = await DOORS[door](world, sent);
      expect([400, 403, 413]).toContain(reply.statusCode);
      expect(changes(world)).toEqual(NO_CHANGES);
      expectNothingSecret(world.log.lines);
    }),
    { numRuns: 1500 },
  );
});

test('a genuine callback that was changed on its way is refused', async () => {
  const genuine = webhook('/recording-callback', callbackForm());
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const bytes = Buffer.from(genuine.body ?? '', 'base64');
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ flip;
      // Some bytes decode to the same parameters: then the request is still what was signed.
      const same = new URLSearchParams(bytes.toString()).toString() === new URLSearchParams(callbackForm()).toString();
      const world = makeWorld();
      const reply = await recordingCallback(world, { ...genuine, body: bytes.toString('base64') });
      expect(reply.statusCode === 204).toBe(same);
      if (!same) expect(changes(world)).toEqual(NO_CHANGES);
    }),
    { numRuns: 1000 },
  );
});

test('whatever Twilio signs, of any parameters, is answered without an error, and malformed SIDs change nothing', async () => {
  await fc.assert(
    fc.asyncProperty(doors, form, async (door, pairs) => {
      const world = makeWorld();
      const reply = await DOORS[door](world, webhook(door, Object.fromEntries(pairs)));
      expect([200, 204, 400]).toContain(reply.statusCode);
      if (reply.statusCode !== 204) expect(changes(world)).toEqual(NO_CHANGES);
      expectNothingSecret(world.log.lines);
    }),
    { numRuns: 1000 },
  );
});

/** A callback of a recording of ours, its other parameters being anything. */
const details = fc.record(
  {
    RecordingStatus: fc.oneof(fc.constantFrom('in-progress', 'completed', 'absent', 'failed'), text),
    RecordingDuration: text,
    RecordingChannels: text,
    RecordingStartTime: text,
    RecordingSource: text,
    RecordingTrack: text,
    RecordingUrl: text,
    ErrorCode: text,
  },
  { requiredKeys: [] },
);

test('a signed callback with any details leads to a row that can be stored, or to none', async () => {
  await fc.assert(
    fc.asyncProperty(details, async (over) => {
      const world = makeWorld();
      const reply = await recordingCallback(
        world,
        webhook('/recording-callback', { AccountSid: ACCOUNT, CallSid: CALL, RecordingSid: RECORDING, ...over }),
      );
      const rows = world.table.rows();
      expect(rows).toHaveLength(reply.statusCode === 204 ? 1 : 0);
      const text = JSON.stringify(rows);
      expect(JSON.parse(text)).toEqual(rows);
      // What others call its address, and what belongs to no field, is left aside.
      expect(text).not.toContain(PRIVATE);
      expect(text).not.toContain(PHONE);
    }),
    { numRuns: 1000 },
  );
});

test('a signature of any text is answered, never an error', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (signature) => {
      const world = makeWorld();
      const sent = webhook('/recording-callback', callbackForm(), { signature });
      expect((await recordingCallback(world, sent)).statusCode).toBe(403);
    }),
  );
  expect(signatureOf('https://x', {})).toMatch(/=$/);
});
