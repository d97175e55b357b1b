import { createHmac } from 'node:crypto';
import type { ForeignStreams } from '../../../lambdas/shared/contract/settings.ts';
import { DISCLAIMER_MARK, FOREIGN_DISCLAIMER_MARK } from '../../../lambdas/shared/contract/stream.ts';
import {
  STREAM_DISCLAIMER_PARAMETER,
  STREAM_TOKEN_PARAMETER,
  streamToken,
} from '../../../lambdas/shared/rules/call/stream-token.ts';
import { probeMark } from '../../../lambdas/shared/rules/webhook/probe.ts';
import { routeStreamEvent, type StreamEvent } from '../../../lambdas/stream-connect/route.ts';
import { breakPort, killedEverywhere, killer, nth, withAround } from '../support/faults.ts';
import {
  CALL,
  CREDENTIALS,
  callRow,
  callSid,
  OLD_TOKEN,
  OTHER_ACCOUNT,
  STREAM,
  STREAM_URL,
  streamSid,
  TOKEN,
} from '../support/fixtures.ts';
import { fc } from '../support/properties.ts';
import { CONNECTION, markOf, type StartFields, startMessage } from '../support/stream.ts';
import { NOON } from '../support/time.ts';
import { signatureOf } from '../support/webhook.ts';
import { makeWorld, type World } from '../support/world.ts';

/** No two messages of it are the same. */
const NOISE = Buffer.alloc(
  100_000,
  Uint8Array.from({ length: 251 }, (_, index) => index),
);
/** What a number may name instead. */
const SALES = NOISE.subarray(7, 50_000);
/** Ten seconds of disclaimer. */
const DISCLAIMER = NOISE.subarray(0, 80_000);

let world: World;
let foreignStreams: ForeignStreams;
beforeEach(() => {
  world = makeWorld();
  foreignStreams = 'refuse';
});

const dependencies = (of: World = world) => ({
  ...of,
  foreignStreams,
  disclaimer: DISCLAIMER,
  disclaimerCalled: (name: string) => (name === 'sales' ? SALES : undefined),
});
const route = (routeKey: string, event: Omit<StreamEvent, 'requestContext'>, deps = dependencies()) =>
  routeStreamEvent(deps, { requestContext: { routeKey, connectionId: CONNECTION }, ...event });
const connect = (headers: { [name: string]: string }) => route('$connect', { headers });
const start = (over: StartFields = {}) => route('start', { body: startMessage(over) });
const custom = (parameters: object) => ({ customParameters: parameters });
const token = (authToken: string, sid: string, issuedAt = NOON) => ({
  [STREAM_TOKEN_PARAMETER]: streamToken(authToken, sid, issuedAt),
});
/** As version 0.1 made it. */
const timeless = (sid: string) => ({
  [STREAM_TOKEN_PARAMETER]: createHmac('sha256', TOKEN).update(`call-recorder stream ${sid}`).digest('base64url'),
});

async function expectNothingWritten(): Promise<void> {
  expect(world.table.rows()).toEqual([]);
  expect(world.startQueue.size).toBe(0);
  expect(world.connections.sent).toEqual([]);
}
/** The token of a stream that plays a named disclaimer, beside what it names. */
const named = (bound: string, name: unknown = bound) =>
  custom({
    [STREAM_TOKEN_PARAMETER]: streamToken(TOKEN, CALL, NOON, bound),
    ...(name !== undefined && { [STREAM_DISCLAIMER_PARAMETER]: name }),
  });
const played = () =>
  Buffer.concat(
    world.connections.sent
      .map((message) => JSON.parse(message))
      .flatMap(({ media }) => (media ? [Buffer.from(media.payload, 'base64')] : [])),
  );
const sentEvents = () => world.connections.sent.map((message) => JSON.parse(message).event);

describe('$connect', () => {
  test.each(['x-twilio-signature', 'X-Twilio-Signature', 'X-TWILIO-SIGNATURE'])(
    'admits Twilio, whose header is spelled %s',
    async (name) => {
      expect(await connect({ [name]: signatureOf(STREAM_URL, {}) })).toEqual({ statusCode: 200 });
    },
  );

  test('admits a signature over the URL with a slash at its end', async () => {
    const signature = signatureOf(`${STREAM_URL}/`, {});
    expect(await connect({ 'x-twilio-signature': signature })).toEqual({ statusCode: 200 });
  });

  test.each([
    ['none', {}],
    ['an empty one', { 'x-twilio-signature': '' }],
    ['one by another token', { 'x-twilio-signature': signatureOf(STREAM_URL, {}, 'forged') }],
    ['one over another host', { 'x-twilio-signature': signatureOf('wss://evil.test/live', {}) }],
    ['one over https', { 'x-twilio-signature': signatureOf(STREAM_URL.replace('wss', 'https'), {}) }],
  ])('refuses a handshake whose signature is %s', async (_what, headers: { [name: string]: string }) => {
    expect(await connect(headers)).toEqual({ statusCode: 403 });
    // A handshake names no account: any signature may be Twilio's.
    const own = headers['x-twilio-signature'] ? { OwnSignatureRefused: 1 } : {};
    expect(world.log.counts).toEqual({ SignatureRefused: 1, ...own });
  });

  test('refuses, without counting it, a handshake that is marked as meant to be refused', async () => {
    const mark = { 'X-Call-Recorder-Probe': probeMark(TOKEN, STREAM_URL) };
    const signature = { 'x-twilio-signature': signatureOf(STREAM_URL, {}, 'forged') };
    expect(await connect({ ...signature, ...mark })).toEqual({ statusCode: 403 });
    expect(world.log.counts).toEqual({});
    expect(world.log.events()).toEqual(['probe_refused']);
  });

  test('admits a signature by a rotated token after it has read the secret again', async () => {
    world.credentials.secret = { ...CREDENTIALS, authTokens: ['new-token', TOKEN] };
    const headers = { 'x-twilio-signature': signatureOf(STREAM_URL, {}, 'new-token') };
    expect(await connect(headers)).toEqual({ statusCode: 200 });
  });

  test('writes nothing: a client that never sends start leaves no trace', async () => {
    await connect({ 'x-twilio-signature': signatureOf(STREAM_URL, {}) });
    await expectNothingWritten();
  });
});

describe('start of our own stream', () => {
  test('notes the call and queues its start after one second', async () => {
    await start();
    expect(await world.call()).toMatchObject({ state: 'noted', streamSid: STREAM, startedAt: NOON });
    expect(world.startQueue.contents()).toEqual([
      { message: { callSid: CALL, streamSid: STREAM, startedAt: NOON }, visibleAt: NOON + 1000 },
    ]);
    expect(world.log.line('stream_started')).toMatchObject({
      level: 'info',
      message: 'WebSocket stream started',
      callSid: CALL,
      streamSid: STREAM,
    });
    expect(world.log.counts).toEqual({ StreamStarted: 1 });
  });

  test('queues before anything of the disclaimer is sent', async () => {
    const order: string[] = [];
    const deps = withAround(dependencies(), async (name, request) => {
      order.push(name);
      return request();
    });
    await route('start', { body: startMessage() }, deps);
    expect(order.slice(0, 4)).toEqual(['credentials.current', 'startQueue.send', 'table.read', 'connections.send']);
  });

  test('plays the whole disclaimer in messages of at most 32 kB, then the mark', async () => {
    await start();
    expect(sentEvents()).toEqual(['media', 'media', 'media', 'media', 'mark']);
    const parts = world.connections.sent.slice(0, -1).map((message) => {
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(32_000);
      const { streamSid: stream, media } = JSON.parse(message);
      expect(stream).toBe(STREAM);
      return Buffer.from(media.payload, 'base64');
    });
    expect(Buffer.concat(parts).equals(DISCLAIMER)).toBe(true);
    expect(JSON.parse(world.connections.sent.at(-1) ?? '')).toEqual({
      event: 'mark',
      streamSid: STREAM,
      mark: { name: DISCLAIMER_MARK },
    });
    expect(world.connections.closed).toEqual([]);
  });

  test.each([
    ['answered', { answeredAt: NOON - 2000, waiting: { next: 'stream', due: NOON + 28_000 } }],
    ['unstreamed', { answeredAt: NOON - 90_000, reason: 'no-stream', waiting: { next: 'stream', due: NOON + 100 } }],
  ] as const)('notes a call that is %s, whenever its stream comes', async (state, over) => {
    const { startedAt: _none, streamSid: _no, ...row } = callRow({ state, ...over });
    await world.given(row);
    await start();
    const noted = await world.call();
    expect(noted).toMatchObject({
      state: 'noted',
      streamSid: STREAM,
      startedAt: NOON,
      answeredAt: over.answeredAt,
      waiting: { next: 'start', due: NOON + 11_000 },
    });
    expect(noted).not.toHaveProperty('reason');
    expect(world.startQueue.size).toBe(1);
  });

  test('again for the same call changes no row; its message finds the call as it is', async () => {
    const settled = callRow({ state: 'recording', startedAt: NOON - 5000 });
    await world.given(settled);
    await start();
    expect(await world.call()).toEqual(settled);
  });

  test('sends no more once the caller has hung up', async () => {
    world.connections.goneAfter = 2;
    await start();
    expect(sentEvents()).toEqual(['media', 'media']);
    expect(world.connections.closed).toEqual([]);
    expect(world.startQueue.size).toBe(1);
  });

  test('is closed where the disclaimer cannot be played: nobody waits in silence', async () => {
    breakPort(world.connections, 'send', nth(2));
    await start();
    expect(world.connections.closed).toEqual([CONNECTION]);
    expect(world.log.line('disclaimer_not_played').level).toBe('error');
    expect(world.startQueue.size).toBe(1);
  });

  test('by the previous auth token is as good, while one is rotated', async () => {
    world.credentials.secret = { ...CREDENTIALS, authTokens: [TOKEN, OLD_TOKEN] };
    await world.credentials.refresh();
    await start(custom(token(OLD_TOKEN, CALL)));
    expect(world.startQueue.size).toBe(1);
  });
});

describe('start, while the auth token is rotated', () => {
  // The secret gets the new token beside the old one; Twilio goes on signing with the old one, so no handshake fails.
  const rotated = { ...CREDENTIALS, authTokens: ['new-token', TOKEN] as const };

  test('by a token newer than what this environment remembers: the secret is read again, the call is recorded', async () => {
    world.credentials.secret = rotated;
    await start(custom(token('new-token', CALL)));
    expect(world.startQueue.size).toBe(1);
    expect(world.connections.closed).toEqual([]);
    expect(world.log.counts).toEqual({ StreamStarted: 1 });
  });

  test('by a token newer than what this environment has read a moment ago: as well', async () => {
    await world.credentials.refresh();
    world.credentials.secret = rotated;
    await start(custom(token('new-token', CALL)));
    expect(world.startQueue.size).toBe(1);
  });

  test('by a forged token: the secret is read once a second at most, and the stream is refused', async () => {
    const before = world.clock.now();
    for (let forged = 0; forged < 10; forged++) await start(custom(token('forged', CALL)));
    expect(world.credentials.refreshes).toBe(10);
    expect(world.clock.now() - before).toBe(9000);
    expect(world.log.counts).toEqual({ StreamRefused: 10 });
    expect(world.startQueue.size).toBe(0);
  });
});

describe('start, where', () => {
  test('the queue fails: the call is noted, the sweep will start it, the disclaimer is played', async () => {
    breakPort(world.startQueue, 'send');
    await start();
    expect(await world.call()).toMatchObject({ state: 'noted', waiting: { next: 'start', due: NOON + 11_000 } });
    expect(world.log.line('start_not_queued').level).toBe('error');
    expect(sentEvents()).toContain('mark');
  });

  test('the table fails: the message alone starts the recording, the disclaimer is played', async () => {
    breakPort(world.table, 'write');
    await start();
    expect(world.startQueue.size).toBe(1);
    expect(world.log.line('call_not_noted').level).toBe('error');
    expect(sentEvents()).toContain('mark');
  });

  test('both fail for a while: the call is offered again until one of them takes it', async () => {
    breakPort(world.startQueue, 'send', (call) => call <= 3);
    breakPort(world.table, 'write', (call) => call <= 3);
    await start();
    expect(world.startQueue.contents()).toEqual([
      // The second that Twilio needs has passed meanwhile: the message is not delayed any more.
      { message: { callSid: CALL, streamSid: STREAM, startedAt: NOON }, visibleAt: NOON + 3000 },
    ]);
    expect(await world.call()).toMatchObject({ state: 'noted', startedAt: NOON });
    expect(world.log.counts).toEqual({ StreamStarted: 1 });
  });

  test('both fail: the disclaimer is played, then the invocation fails, which alarms', async () => {
    breakPort(world.startQueue, 'send');
    breakPort(world.table, 'write');
    await expect(start()).rejects.toThrow('it is not recorded');
    expect(sentEvents()).toContain('mark');
    expect(world.clock.now()).toBe(NOON + 10_000);
    foreignStreams = 'record-only';
    await expect(start(custom({}))).rejects.toThrow('it is not recorded');
  });

  test('the environment is killed at any of its requests: what was written suffices, or nothing was', async () => {
    const histories = await killedEverywhere(async (kill) => {
      const one = makeWorld();
      const { around, killed } = killer(kill);
      await route('start', { body: startMessage() }, withAround(dependencies(one), around)).catch(() => undefined);
      const noted = one.table.rows().length > 0;
      const queued = one.startQueue.size > 0;
      // Nothing of the disclaimer is sent before both requests are on their way, so that a mark never comes without them.
      if (one.connections.sent.some((message) => JSON.parse(message).event === 'mark'))
        expect(noted || queued).toBe(true);
      return killed();
    });
    expect(histories).toBeGreaterThan(10);
  });
});

describe('start of another leg', () => {
  const parent = callSid('2');

  test('records the leg that parentCallSid names, by a token for that leg', async () => {
    await start(custom({ ...token(TOKEN, parent), parentCallSid: parent }));
    expect(world.startQueue.contents()[0]?.message.callSid).toBe(parent);
    expect((await world.call(parent)).state).toBe('noted');
  });

  test.each([
    ['a token of its own call', token(TOKEN, CALL)],
    ['a token of its own call without a time', timeless(CALL)],
    ['a token of that leg without a time', timeless(parent)],
  ])('is refused by %s', async (_what, parameters) => {
    for (const allowed of ['refuse', 'record-with-disclaimer', 'record-only'] as const) {
      foreignStreams = allowed;
      await start(custom({ ...parameters, parentCallSid: parent }));
      await expectNothingWritten();
    }
    expect(world.connections.closed).toEqual([CONNECTION, CONNECTION, CONNECTION]);
    expect(world.log.line('stream_refused').reason).toBe('token-does-not-fit');
  });

  test.each(['', 'CA../../x', 7, null, {}, STREAM])('is refused where it is no call: %j', async (parentCallSid) => {
    await start(custom({ ...token(TOKEN, CALL), parentCallSid }));
    expect(world.connections.closed).toEqual([CONNECTION]);
    await expectNothingWritten();
  });
});

describe('start by a token of some age', () => {
  test('is accepted ten minutes after /voice, which no queue between them takes', async () => {
    world.clock.advance(10 * 60_000 - 1);
    await start();
    expect(world.startQueue.size).toBe(1);
  });

  test.each([10 * 60_000, 72 * 3_600_000])('is refused %d ms after /voice, and cut off', async (age) => {
    world.clock.advance(age);
    for (const allowed of ['refuse', 'record-with-disclaimer', 'record-only'] as const) {
      foreignStreams = allowed;
      await start();
      await expectNothingWritten();
    }
    expect(world.connections.closed).toEqual([CONNECTION, CONNECTION, CONNECTION]);
    expect(world.log.line('stream_refused').reason).toBe('token-expired');
    // No secret is read for what was made with a known token.
    expect(world.credentials.refreshes).toBe(0);
  });

  test('without a time, by the version that is being replaced: its own call is recorded', async () => {
    await start(custom(timeless(CALL)));
    expect(world.startQueue.contents()[0]?.message.callSid).toBe(CALL);
  });

  test('without a time, of another call: is refused', async () => {
    await start(custom(timeless(callSid('2'))));
    await expectNothingWritten();
  });
});

describe('start that is refused and cut off', () => {
  const cases: [string, StartFields][] = [
    ['a token for another call', custom(token(TOKEN, callSid('2')))],
    ['a token by another auth token', custom(token('forged', CALL))],
    ['an empty token', custom({ [STREAM_TOKEN_PARAMETER]: '' })],
    ['a token that is no text', custom({ [STREAM_TOKEN_PARAMETER]: 7 })],
    ['the call exchanged under a valid token', { callSid: callSid('2') }],
    ['another account', { accountSid: OTHER_ACCOUNT }],
    ['no account', { accountSid: undefined }],
    ['no call', { callSid: undefined }],
    ['a call with a path', { callSid: `${CALL}/../x` }],
    ['a stream that is none', { streamSid: 'MZ1' }],
  ];

  test.each(cases)('%s', async (_what, over) => {
    for (const allowed of ['refuse', 'record-with-disclaimer', 'record-only'] as const) {
      foreignStreams = allowed;
      await start(over);
      await expectNothingWritten();
    }
    expect(world.connections.closed).toEqual([CONNECTION, CONNECTION, CONNECTION]);
    expect(world.log.counts).toEqual({ StreamRefused: 3 });
  });

  test.each([
    '',
    'no JSON',
    'null',
    '[]',
    '"start"',
    '{}',
    '{"start":null}',
    '{"start":[]}',
    '{"start":{"streamSid":{}}}',
  ])('garbage: %s', async (body) => {
    expect(await route('start', { body })).toEqual({ statusCode: 200 });
    expect(world.connections.closed).toEqual([CONNECTION]);
    await expectNothingWritten();
  });

  test('a start without a body', async () => {
    await route('start', {});
    expect(world.connections.closed).toEqual([CONNECTION]);
  });

  test('any JSON at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (value, parameters) => {
        await route('start', { body: JSON.stringify(value) });
        await start(custom({ ...token('forged', CALL), ...(typeof parameters === 'object' ? parameters : {}) }));
      }),
    );
    await expectNothingWritten();
  });

  test('says nothing of what was sent', async () => {
    await start(custom({ [STREAM_TOKEN_PARAMETER]: 'a-token-of-theirs', secret: '+4930123' }));
    const said = JSON.stringify(world.log.lines);
    for (const text of ['a-token-of-theirs', '+49', TOKEN]) expect(said).not.toContain(text);
  });
});

describe('stream of somebody else’s TwiML', () => {
  const foreign = custom({ theirs: 'x' });

  test.each([foreign, custom({}), { customParameters: undefined }, { customParameters: null }])(
    'is refused and cut off unless the owner allows it',
    async (over) => {
      await start(over);
      expect(world.connections.closed).toEqual([CONNECTION]);
      expect(world.log.line('stream_refused').reason).toBe('stream-without-token');
      await expectNothingWritten();
    },
  );

  test('record-with-disclaimer: recorded, told, with a mark of its own, never closed', async () => {
    foreignStreams = 'record-with-disclaimer';
    await start(foreign);
    expect(world.startQueue.size).toBe(1);
    expect(JSON.parse(world.connections.sent.at(-1) ?? '').mark.name).toBe(FOREIGN_DISCLAIMER_MARK);
    await route('mark', { body: markOf(FOREIGN_DISCLAIMER_MARK) });
    expect(world.connections.closed).toEqual([]);
  });

  test('record-with-disclaimer: not closed either where the disclaimer cannot be played', async () => {
    foreignStreams = 'record-with-disclaimer';
    breakPort(world.connections, 'send');
    await start(foreign);
    expect(world.log.line('disclaimer_not_played').level).toBe('error');
    expect(world.connections.closed).toEqual([]);
  });

  test('record-only: recorded, and nothing is sent', async () => {
    foreignStreams = 'record-only';
    await start(foreign);
    expect(world.startQueue.size).toBe(1);
    expect(world.connections.sent).toEqual([]);
    expect(world.connections.closed).toEqual([]);
  });

  test('record-only: our own stream is told all the same', async () => {
    foreignStreams = 'record-only';
    await start();
    expect(sentEvents()).toContain('mark');
  });

  test('a parameter inherited from the prototype is no token', async () => {
    foreignStreams = 'record-only';
    await route('start', { body: startMessage().replace('"token"', '"__proto__"') });
    expect(world.startQueue.size).toBe(1);
    expect(world.connections.sent).toEqual([]);
  });
});

describe('mark', () => {
  test('behind the disclaimer closes our stream', async () => {
    await route('mark', { body: markOf(DISCLAIMER_MARK) });
    expect(world.connections.closed).toEqual([CONNECTION]);
  });

  test.each([FOREIGN_DISCLAIMER_MARK, 'theirs', '', 7, null, undefined, { toString: DISCLAIMER_MARK }])(
    'of another name closes nothing: %p',
    async (name) => {
      await route('mark', { body: markOf(name) });
      expect(world.connections.closed).toEqual([]);
    },
  );

  test.each(['', 'no JSON', 'null', '{}', '{"mark":null}'])('that is garbage closes nothing: %s', async (body) => {
    await route('mark', { body });
    expect(world.connections.closed).toEqual([]);
  });
});

describe('a stream that API Gateway does not close', () => {
  /** Each way to close, and what it takes to get there. */
  const closings: [string, () => Promise<unknown>][] = [
    ['after the mark', () => route('mark', { body: markOf(DISCLAIMER_MARK) })],
    [
      'after a disclaimer that could not be played',
      () => {
        breakPort(world.connections, 'send');
        return start();
      },
    ],
    ['that was refused', () => start(custom({}))],
  ];

  test.each(closings)('for a moment is closed a moment later: one %s', async (_what, close) => {
    breakPort(world.connections, 'close', (call) => call <= 3);
    await close();
    expect(world.connections.closed).toEqual([CONNECTION]);
    expect(world.clock.sleeps).toEqual([250, 500, 1000]);
    const lines = world.log.lines.filter(({ event }) => event === 'stream_not_closed');
    expect(lines.map(({ level, attempt, willRetry }) => [level, attempt, willRetry])).toEqual([
      ['warn', 1, true],
      ['warn', 2, true],
      ['warn', 3, true],
    ]);
  });

  test.each(closings)('at all is told, and fails the invocation, which alarms: one %s', async (_what, close) => {
    breakPort(world.connections, 'close');
    await expect(close()).rejects.toThrow('close');
    expect(world.connections.closed).toEqual([]);
    const last = world.log.lines.filter(({ event }) => event === 'stream_not_closed').at(-1);
    expect(last).toMatchObject({ level: 'error', willRetry: false, attempt: 13 });
    // The last attempt may take seven seconds, and the function has 28.
    expect(world.clock.now() - NOON).toBeLessThan(20_000);
  });

  test('and whose requests hang is given up while the function still has time to say so', async () => {
    const close = world.connections.close;
    world.connections.close = async (connection) => {
      world.clock.advance(7000);
      await close.call(world.connections, connection);
      throw new Error('hangs');
    };
    await expect(route('mark', { body: markOf(DISCLAIMER_MARK) })).rejects.toThrow('hangs');
    expect(world.clock.now() - NOON).toBeGreaterThan(14_000);
    expect(world.clock.now() - NOON).toBeLessThan(28_000);
  });
});

test('what comes by another route changes nothing and is told', async () => {
  for (const routeKey of ['media', '$default', '$disconnect', 'constructor']) {
    expect(await route(routeKey, { body: startMessage() })).toEqual({ statusCode: 400 });
  }
  await expectNothingWritten();
  expect(world.log.events()).toEqual(Array(4).fill('route_unknown'));
});

describe('a named disclaimer', () => {
  test('is played instead of the stack’s own', async () => {
    await start(named('sales'));
    expect(played().equals(SALES)).toBe(true);
    expect(world.startQueue.size).toBe(1);
    expect(world.log.counts).toEqual({ StreamStarted: 1 });
  });

  test('that there is not costs no call: the stack’s own is played, and it is counted', async () => {
    await start(named('support'));
    expect(played().equals(DISCLAIMER)).toBe(true);
    expect(world.startQueue.size).toBe(1);
    expect(world.log.counts).toEqual({ StreamStarted: 1, PolicyUnreadable: 1 });
    expect(world.log.line('policy_unreadable')).toMatchObject({ level: 'warn', callSid: CALL, reason: 'disclaimer' });
  });

  test.each([
    ['is another than the token’s', named('support', 'sales')],
    ['was taken away', custom({ [STREAM_TOKEN_PARAMETER]: streamToken(TOKEN, CALL, NOON, 'sales') })],
    ['was added', custom({ ...token(TOKEN, CALL), [STREAM_DISCLAIMER_PARAMETER]: 'sales' })],
    ['was added to a token without a time', custom({ ...timeless(CALL), [STREAM_DISCLAIMER_PARAMETER]: 'sales' })],
    ['is no name', named('../sales')],
    ['is no text', named('sales', ['sales'])],
  ])('that %s is refused', async (_what, over) => {
    await start(over);
    expect(world.connections.closed).toEqual([CONNECTION]);
    expect(world.log.line('stream_refused').reason).toBe('token-does-not-fit');
    await expectNothingWritten();
  });

  test('is not for a foreign stream, which nothing binds', async () => {
    foreignStreams = 'record-with-disclaimer';
    await start(custom({ [STREAM_DISCLAIMER_PARAMETER]: 'sales' }));
    expect(played().equals(DISCLAIMER)).toBe(true);
  });
});

test('disclaimers of any length arrive whole', async () => {
  const lengths = fc.oneof(fc.nat(100_000), fc.constantFrom(0, 1, 23_759, 23_760, 23_761, 47_520));
  await fc.assert(
    fc.asyncProperty(lengths, fc.constantFrom('0', 'f').map(streamSid), async (length, stream) => {
      const one = makeWorld();
      const disclaimer = NOISE.subarray(0, length);
      await route('start', { body: startMessage({ streamSid: stream }) }, { ...dependencies(one), disclaimer });
      const messages = one.connections.sent.map((message) => JSON.parse(message));
      const audio = messages.flatMap(({ media }) => (media ? [Buffer.from(media.payload, 'base64')] : []));
      expect(Buffer.concat(audio).equals(disclaimer)).toBe(true);
      for (const message of one.connections.sent) expect(message.length).toBeLessThanOrEqual(32_000);
    }),
    { numRuns: 30 },
  );
});
