import { incomingCall } from '../../../lambdas/incoming-call/incoming-call.ts';
import { writeTwiml } from '../../../lambdas/incoming-call/twiml.ts';
import type { AfterDisclaimer } from '../../../lambdas/shared/contract/settings.ts';
import { checkStreamToken, streamToken } from '../../../lambdas/shared/rules/call/stream-token.ts';
import { probeMark } from '../../../lambdas/shared/rules/webhook/probe.ts';
import { WEBHOOK_BYTES_MAX, type WebhookRequest } from '../../../lambdas/shared/rules/webhook/webhook.ts';
import { readStart } from '../../../lambdas/stream-connect/stream-message.ts';
import {
  ACCOUNT,
  CALL,
  CREDENTIALS,
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

const post = (over: Form = {}, options?: WebhookOptions, afterDisclaimer: AfterDisclaimer = SAY) =>
  incomingCall({ ...world, afterDisclaimer, writeTwiml }, webhook('/voice', { ...form, ...over }, options));

test('answers TwiML: our stream with the token of this call, then the next verb', async () => {
  const reply = await post();
  expect(reply).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } });
  const token = streamToken(TOKEN, CALL, NOON);
  expect(reply.body).toBe(
    `<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="${STREAM_URL}">` +
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
  const answer = (request: WebhookRequest) => incomingCall({ ...world, afterDisclaimer: SAY, writeTwiml }, request);

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

test('log lines and replies say neither numbers nor tokens', async () => {
  const refused = await post({ AccountSid: OTHER_ACCOUNT });
  await post();
  const said = JSON.stringify([world.log.lines, refused]);
  for (const secret of ['+49', TOKEN, streamToken(TOKEN, CALL, NOON)]) expect(said).not.toContain(secret);
});
