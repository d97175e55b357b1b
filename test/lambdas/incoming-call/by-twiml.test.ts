/** Calls whose recording is started by the TwiML that answers them. */
import { incomingCall } from '../../../lambdas/incoming-call/incoming-call.ts';
import { writeTwiml } from '../../../lambdas/incoming-call/twiml.ts';
import { recordingCallback } from '../../../lambdas/recording-callback/recording-callback.ts';
import { breakPort } from '../support/faults.ts';
import { ACCOUNT, CALL, DISCLAIMER_FILE, OLD_TOKEN, PUBLIC_URL, RECORDING, TOKEN } from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { callbackForm, type WebhookOptions, webhook } from '../support/webhook.ts';
import { makeWorld, type World } from '../support/world.ts';

const form = { AccountSid: ACCOUNT, CallSid: CALL, From: '+4930111111', To: '+4930222222', CallStatus: 'ringing' };

let world: World;
beforeEach(() => {
  world = makeWorld();
  world.startBy = 'twiml';
});

const post = (options?: WebhookOptions) => {
  const clock = { now: () => world.clock.now(), sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const afterDisclaimer = { kind: 'say', text: 'Goodbye.' } as const;
  return incomingCall({ ...world, afterDisclaimer, writeTwiml, clock }, webhook('/voice', form, options));
};
const callbackIn = (body = '') =>
  /recordingStatusCallback="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&').split('#') ?? [];

test('the recording starts before anything is heard, in two channels, untrimmed; no stream is opened', async () => {
  const { body = '', ...reply } = await post();
  expect(reply).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } });
  expect(body.replace(/recordingStatusCallback="[^"]+"/, 'recordingStatusCallback="…"')).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><Response>' +
      '<Start><Recording channels="dual" track="both" trim="do-not-trim" recordingStatusCallback="…" ' +
      'recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="in-progress completed absent"/></Start>' +
      `<Play>${PUBLIC_URL}/disclaimer/${DISCLAIMER_FILE}</Play>` +
      '<Say language="en-US">Goodbye.</Say><Hangup/></Response>',
  );
  const [url, fragment] = callbackIn(body);
  expect(url).toContain(`${PUBLIC_URL}/recording-callback?call=${CALL}&mark=`);
  expect(fragment).toBe('rc=5&rp=all');
  expect(world.log.counts).toEqual({ CallAnswered: 1, CallByTwiml: 1 });
});

test('the call is noted as one that Twilio may be recording, which must be told half a minute later', async () => {
  await post();
  expect(await world.call()).toMatchObject({
    ...{ state: 'posting', startBy: 'twiml', number: '+4930222222' },
    ...{ answeredAt: NOON, startedAt: NOON, askedAt: NOON },
    // Until then nobody else may start it.
    claim: { until: NOON + 30_000 },
    waiting: { next: 'start', due: NOON + 30_000 },
  });
});

test('what calls back where the TwiML says is ours, and the call is recorded', async () => {
  const { body } = await post();
  const [url = ''] = callbackIn(body);
  const reply = await recordingCallback(
    world,
    webhook('/recording-callback', callbackForm({ RecordingStatus: 'in-progress' }), {
      query: new URL(url).search.slice(1),
    }),
  );
  expect(reply.statusCode).toBe(204);
  expect(await world.recording()).toMatchObject({ madeBy: 'recorder', proof: 'callback' });
  const call = await world.call();
  expect(call).toMatchObject({ state: 'recording', recordingSid: RECORDING, number: '+4930222222', startBy: 'twiml' });
  expect(call.waiting).toBeUndefined();
  expect(call.claim).toBeUndefined();
});

test.each([
  ['twiml', 'stream', '<Stream '],
  ['stream', 'twiml', '<Recording '],
] as const)('a stack of %s, and a voice URL of %s: the voice URL decides', async (configured, said, noun) => {
  world.startBy = configured;
  const { body } = await post({ query: `startBy=${said}` });
  expect(body).toContain(noun);
  expect(body).toMatch(said === 'twiml' ? /<Play>/ : /<Connect>/);
  expect(await world.call()).toMatchObject({
    policy: { startBy: said },
    state: said === 'twiml' ? 'posting' : 'answered',
  });
});

test('a voice URL with record=off has nothing recorded, and nothing played', async () => {
  const { body } = await post({ query: 'record=off' });
  expect(body).not.toMatch(/Recording|Play|Stream/);
  expect(await world.call()).toMatchObject({ state: 'unrecordable' });
  expect(world.log.counts).not.toHaveProperty('CallByTwiml');
});

describe('a voice URL that names a disclaimer', () => {
  const SALES = `${'5'.repeat(64)}.wav`;
  beforeEach(() => {
    world.disclaimerFiles = { sales: SALES };
  });

  test('has its file played, and no other', async () => {
    expect((await post({ query: 'disclaimer=sales' })).body).toContain(
      `<Play>${PUBLIC_URL}/disclaimer/${SALES}</Play>`,
    );
    expect(world.log.counts).not.toHaveProperty('PolicyUnreadable');
    expect((await post()).body).toContain(`<Play>${PUBLIC_URL}/disclaimer/${DISCLAIMER_FILE}</Play>`);
  });

  test.each(['spanish', 'constructor'])(
    'but one that there is not, %s: the own one is heard, and it is counted',
    async (name) => {
      const { body } = await post({ query: `disclaimer=${name}` });
      expect(body).toContain(`<Play>${PUBLIC_URL}/disclaimer/${DISCLAIMER_FILE}</Play>`);
      expect(world.log.counts).toMatchObject({ PolicyUnreadable: 1 });
      expect(world.log.line('policy_unreadable')).toMatchObject({ callSid: CALL, reason: 'disclaimer' });
    },
  );
});

test('Twilio asks twice: each answer records, since which of them it carries out is not known', async () => {
  const [one, other] = [await post(), await post()];
  expect(other.body).toBe(one.body);
  expect(await world.call()).toMatchObject({ version: 1, state: 'posting' });
});

test('a table that is out costs no call, and no recording', async () => {
  breakPort(world.table, 'write');
  expect((await post()).body).toContain('<Recording ');
  expect(world.log.counts).toMatchObject({ CallUnconfirmed: 1 });
});

test('the mark is made with the current auth token, and is in no log line', async () => {
  world.credentials.secret = { ...world.credentials.secret, authTokens: [TOKEN, OLD_TOKEN] };
  await world.credentials.refresh();
  const [url = ''] = callbackIn((await post({ token: OLD_TOKEN })).body);
  const [same = ''] = callbackIn((await post()).body);
  expect(url).toBe(same);
  expect(JSON.stringify(world.log.lines)).not.toContain(new URL(url).searchParams.get('mark'));
});
