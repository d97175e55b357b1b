import { incomingCall } from '../../../lambdas/incoming-call/incoming-call.ts';
import { writeTwiml } from '../../../lambdas/incoming-call/twiml.ts';
import type { AfterDisclaimer } from '../../../lambdas/shared/contract/settings.ts';
import { checkStreamToken, streamToken } from '../../../lambdas/shared/rules/call/stream-token.ts';
import { probeMark } from '../../../lambdas/shared/rules/webhook/probe.ts';
import { WEBHOOK_BYTES_MAX, type WebhookRequest } from '../../../lambdas/shared/rules/webhook/webhook.ts';
import { readStart } from '../../../lambdas/stream-connect/stream-message.ts';
import { breakPort, withAround } from '../support/faults.ts';
import {
  ACCOUNT,
  CALL,
  CREDENTIALS,
  callRow,
  OLD_TOKEN,
  OTHER_ACCOUNT,
  PUBLIC_URL,
  STREAM_URL,
  TOKEN,
} from '../support/fixtures.ts';
import { startMessage } from '../support/stream.ts';
import { NOON } from '../support/time.ts';
import { type Form, type WebhookOptions, webhook } from '../support/webhook.ts';
import { makeWorld, type World } from '../support/world.ts';

const SAY = { kind: 'say', text: 'Goodbye.' } as const;
const form = { AccountSid: ACCOUNT, CallSid: CALL, From: '+4930111111', To: '+4930222222', CallStatus: 'ringing' };

let world: World;
beforeEach(() => {
  world = makeWorld();
});

/** The table answers at once, so that a time-out comes after everything that it does. */
const dependencies = (of: World = world) => ({
  ...of,
  afterDisclaimer: SAY as AfterDisclaimer,
  writeTwiml,
  clock: { now: () => of.clock.now(), sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) },
});
const post = (over: Form = {}, options?: WebhookOptions, afterDisclaimer: AfterDisclaimer = SAY) =>
  incomingCall({ ...dependencies(), afterDisclaimer }, webhook('/voice', { ...form, ...over }, options));

test('answers TwiML: our stream with the token of this call, then the next verb', async () => {
  const reply = await post();
  expect(reply).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } });
  const token = streamToken(TOKEN, CALL, NOON);
  expect(reply.body).toBe(
    `<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="${STREAM_URL}" ` +
      `statusCallback="${PUBLIC_URL}/stream-status" statusCallbackMethod="POST">` +
      `<Parameter name="token" value="${token}"/></Stream></Connect>` +
      '<Say language="en-US">Goodbye.</Say><Hangup/></Response>',
  );
  expect(world.log.line('call_answered')).toMatchObject({ level: 'info', callSid: CALL });
});

test.each<[AfterDisclaimer, string]>([
  [{ kind: 'dial', number: '+4930123' }, '<Dial>+4930123</Dial></Response>'],
  [{ kind: 'dial', number: '+4930123', callerId: '+4940456' }, '<Dial callerId="+4940456">+4930123</Dial></Response>'],
  [
    { kind: 'redirect', url: 'https://voice.test/app?a=1&b=2' },
    '<Redirect method="POST">https://voice.test/app?a=1&amp;b=2</Redirect></Response>',
  ],
  [
    { kind: 'say', text: 'Auf <Wiederhören> & Tschüss', language: 'de-DE' },
    '<Say language="de-DE">Auf &lt;Wiederhören&gt; &amp; Tschüss</Say><Hangup/></Response>',
  ],
])('continues with %j', async (afterDisclaimer, ending) => {
  const { body = '' } = await post({}, undefined, afterDisclaimer);
  expect(body.endsWith(`</Connect>${ending}`)).toBe(true);
});

test('a call with many add-ons is answered: their results make its webhook longer than 16 kB', async () => {
  const results = Array.from({ length: 40 }, (_, at) => [
    `lookup_${at}`,
    { status: 'successful', request_sid: `XR${'1'.repeat(32)}`, code: null, result: { names: 'ü'.repeat(700) } },
  ]);
  const AddOns = JSON.stringify({ status: 'successful', message: null, results: Object.fromEntries(results) });
  expect(new URLSearchParams({ AddOns }).toString().length).toBeGreaterThan(100_000);
  expect((await post({ AddOns })).statusCode).toBe(200);
  // The cap is there, and no unsigned request gets an answer for its length.
  expect((await post({ AddOns: 'x'.repeat(WEBHOOK_BYTES_MAX) })).statusCode).toBe(413);
  expect((await post({ AddOns }, { token: 'forged' })).statusCode).toBe(403);
});

test('the token that it gives is the one that stream-connect takes', async () => {
  const { body = '' } = await post();
  const [, token = ''] = /name="token" value="([^"]+)"/.exec(body) ?? [];
  expect(checkStreamToken(token, CALL, [TOKEN], NOON)).toBe('fits');
  const start = startMessage({ customParameters: { token } });
  expect(readStart(start, { credentials: CREDENTIALS, foreignStreams: 'refuse', now: NOON })).toMatchObject({
    ok: true,
    stream: { foreign: false },
  });
});

test('the token is made with the current auth token, whichever signed the request', async () => {
  world.credentials.secret = { ...CREDENTIALS, authTokens: [TOKEN, OLD_TOKEN] };
  await world.credentials.refresh();
  const { body } = await post({}, { token: OLD_TOKEN });
  expect(body).toContain(streamToken(TOKEN, CALL, NOON));
});

test.each([
  ['unsigned', { signature: '' }, 403],
  ['forged', { token: 'forged' }, 403],
])('a request that is %s gets no TwiML', async (_what, options, status) => {
  const reply = await post({}, options);
  expect(reply.statusCode).toBe(status);
  expect(reply.body).not.toContain('<');
});

test('a call is counted as answered, one that is refused as none', async () => {
  await post();
  expect(world.log.counts).toEqual({ CallAnswered: 1 });
  const other = makeWorld();
  world = other;
  await post({}, { token: 'rotated' });
  // With a zero beside it, so that the alarm on refused calls has both numbers.
  expect(world.log.counts).toEqual({ SignatureRefused: 1, OwnSignatureRefused: 1, CallAnswered: 0 });
});

test.each([
  ['another account', { AccountSid: OTHER_ACCOUNT }],
  ['a call that is none', { CallSid: 'CA"/><Hangup/>' }],
])('a signed request of %s gets no TwiML', async (_what, over: Form) => {
  const reply = await post(over);
  expect(reply.statusCode).toBe(400);
  expect(reply.body).not.toContain('<');
  expect(world.log.counts).toEqual({ RequestRefused: 1 });
});

describe('a signed request without a call', () => {
  const { rawPath, ...incomplete } = webhook('/voice', {});
  const marked = (mark: string) => ({
    ...incomplete,
    rawPath,
    headers: { ...incomplete.headers, 'X-Call-Recorder-Probe': mark },
  });
  const answer = (request: WebhookRequest) => incomingCall(dependencies(), request);

  test('that is marked as meant to be refused is refused, and not counted', async () => {
    expect((await answer(marked(probeMark(TOKEN, `${PUBLIC_URL}/voice`)))).statusCode).toBe(400);
    expect(world.log.counts).toEqual({});
    expect(world.log.events()).toEqual(['probe_refused']);
  });

  test('is counted where the mark is none', async () => {
    expect((await answer(marked('x'))).statusCode).toBe(400);
    expect(world.log.counts).toEqual({ RequestRefused: 1 });
  });
});

describe('the call is noted', () => {
  const request = webhook('/voice', form);

  test('as answered, and is overdue where its stream has not started half a minute later', async () => {
    await post();
    expect(await world.call()).toMatchObject({
      state: 'answered',
      answeredAt: NOON,
      waiting: { next: 'stream', due: NOON + 30_000 },
    });
    expect(world.log.counts).toEqual({ CallAnswered: 1 });
  });

  test('once: a repeated request finds the row, and leaves it as it is', async () => {
    await world.given(callRow({ state: 'recording' }));
    expect((await post()).statusCode).toBe(200);
    expect(await world.call()).toEqual(callRow({ state: 'recording' }));
    expect(world.log.counts).toEqual({ CallAnswered: 1 });
  });

  test('by one request, and one for its other party, without a read', async () => {
    const requests: string[] = [];
    const around = async (name: string, send: () => Promise<unknown>) => {
      requests.push(name);
      return send();
    };
    await incomingCall(withAround(dependencies(), around), request);
    expect(requests.filter((name) => name.startsWith('table.'))).toEqual(['table.write', 'table.write']);
  });

  test('before the caller is answered', async () => {
    const order: string[] = [];
    const deps = dependencies();
    const write = async (...row: Parameters<World['table']['write']>) => {
      await Promise.resolve();
      order.push('written');
      return world.table.write(...row);
    };
    await incomingCall({ ...deps, table: { addsPendingEvents: true, write } }, request);
    order.push('answered');
    expect(order).toEqual(['written', 'written', 'answered']);
  });

  test('or is answered after 200 ms, whatever the table is at', async () => {
    const never = { addsPendingEvents: true, write: () => new Promise<never>(() => undefined) };
    const reply = await incomingCall({ ...dependencies(), table: never, clock: world.clock }, request);
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toContain('<Stream ');
    expect(Math.max(...world.clock.sleeps)).toBe(200);
    expect(world.log.counts).toEqual({ CallUnconfirmed: 1, CallAnswered: 1 });
    expect(world.log.line('call_unconfirmed')).toMatchObject({ level: 'error', callSid: CALL, reason: 'late' });
  });

  test('or is answered at once where the table fails', async () => {
    breakPort(world.table, 'write');
    expect((await post()).statusCode).toBe(200);
    expect(world.log.counts).toEqual({ CallUnconfirmed: 1, CallAnswered: 1 });
    expect(world.log.line('call_unconfirmed')).toMatchObject({ callSid: CALL, reason: 'failed' });
  });

  test.each([
    ['unsigned', { signature: '' }, {}],
    ['of another account', {}, { AccountSid: OTHER_ACCOUNT }],
  ])('unless it is %s', async (_what, options, over) => {
    await post(over, options);
    expect(world.table.rows()).toEqual([]);
  });
});

test('log lines and replies say neither numbers nor tokens', async () => {
  const refused = await post({ AccountSid: OTHER_ACCOUNT });
  await post();
  const said = JSON.stringify([world.log.lines, refused]);
  for (const secret of ['+49', TOKEN, streamToken(TOKEN, CALL, NOON)]) expect(said).not.toContain(secret);
});

describe("a number's own voice URL", () => {
  const query = (parameters: Form) => ({ query: new URLSearchParams(parameters).toString() });

  test('says where the call goes on to, and whose it is', async () => {
    const { body = '' } = await post(
      {},
      query({ after: 'https://app.test/in?a=1', afterMethod: 'GET', team: 'sales' }),
    );
    expect(body).toMatch(/<\/Connect><Redirect method="GET">https:\/\/app\.test\/in\?a=1<\/Redirect><\/Response>$/);
    expect(await world.call()).toMatchObject({
      number: '+4930222222',
      direction: 'inbound',
      policy: { team: 'sales' },
    });
    expect(world.log.counts).toEqual({ CallAnswered: 1 });
  });

  test('may name a disclaimer: the stream carries the name, bound to its token, and the row keeps it', async () => {
    const { body = '' } = await post({}, query({ disclaimer: 'sales' }));
    const [, token = ''] =
      /<Parameter name="token" value="([^"]+)"\/><Parameter name="disclaimer" value="sales"\/>/.exec(body) ?? [];
    expect(checkStreamToken(token, CALL, [TOKEN], NOON, 'sales')).toBe('fits');
    expect(checkStreamToken(token, CALL, [TOKEN], NOON)).toBe('differs');
    expect(await world.call()).toMatchObject({ policy: { disclaimer: 'sales' } });
  });

  test('may say that its calls are not to be recorded: they go on at once, and the row says so', async () => {
    const { body } = await post({}, query({ record: 'off', after: 'https://app.test/in', team: 'private' }));
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Redirect method="POST">https://app.test/in</Redirect></Response>',
    );
    const call = await world.call();
    expect(call).toMatchObject({ state: 'unrecordable', reason: 'not-wanted', policy: { team: 'private' } });
    expect(call?.waiting).toBeUndefined();
    expect(call?.pendingEvents).toMatchObject([{ kind: 'call-unrecordable', facts: { reason: 'not-wanted' } }]);
    expect(world.log.counts).toEqual({ CallAnswered: 1, CallNotWanted: 1 });
  });

  test('costs no call where it cannot be read: the configuration applies, and it is counted', async () => {
    const { statusCode, body } = await post({}, query({ after: 'javascript:alert(1)', record: 'perhaps' }));
    expect(statusCode).toBe(200);
    expect(body).toMatch(/<\/Connect><Say language="en-US">Goodbye\.<\/Say><Hangup\/><\/Response>$/);
    expect(world.log.counts).toEqual({ CallAnswered: 1, PolicyUnreadable: 1 });
    // No value: it may hold a telephone number.
    expect(world.log.line('policy_unreadable')).toMatchObject({ callSid: CALL, reason: 'after, record' });
  });

  test('is inside the signature', async () => {
    const signed = webhook('/voice', form, query({ record: 'on' }));
    const changed = { ...signed, rawQueryString: 'record=off' };
    expect((await incomingCall(dependencies(), changed)).statusCode).toBe(403);
    expect(world.table.rows()).toEqual([]);
  });

  test('is accepted where API Gateway writes its query in another way than it was signed', async () => {
    const signed = webhook('/voice', form, query({ after: 'https://app.test/in?x=a b', team: 'sales' }));
    const rewritten = { ...signed, rawQueryString: 'after=https://app.test/in?x=a%20b&team=sales' };
    expect((await incomingCall(dependencies(), rewritten)).statusCode).toBe(200);
  });

  test.each([
    ['outbound-api', '+4930111111', 'outbound'],
    ['inbound', '+4930222222', 'inbound'],
  ])('an %s call is noted with our number, never the other one', async (Direction, number, direction) => {
    await post({ Direction });
    expect(await world.call()).toMatchObject({ number, direction });
    expect(JSON.stringify(world.log.lines)).not.toContain('+4930');
  });

  test('a SIP address is not taken for a number', async () => {
    await post({ To: 'sip:desk@recorder.test' });
    expect((await world.call())?.number).toBeUndefined();
  });
});

describe('a canary’s call', () => {
  const canary = { from: '+15005550006', to: '+15005550010', everyMinutes: 60 };
  const call = (over: Form = {}) =>
    incomingCall(
      { ...dependencies(), canary },
      webhook('/voice', { ...form, From: canary.from, To: canary.to, Direction: 'inbound', ...over }),
    );

  test('is streamed and noted as every call, and rings nobody', async () => {
    const { body = '' } = await call();
    expect(body).toContain('<Connect><Stream');
    expect(body).toMatch(/<\/Connect><Pause length="60"\/><\/Response>$/);
    expect(await world.call()).toMatchObject({ state: 'answered', canary: true, number: canary.to });
  });

  test.each([
    ['of somebody who dials its number', { From: '+4930111111' }],
    ['from its number to somebody else', { To: '+4930222222' }],
  ])('is none: a call %s', async (_what, over) => {
    expect((await call(over)).body).toContain('Goodbye.');
    expect((await world.call()).canary).toBeUndefined();
  });
});
