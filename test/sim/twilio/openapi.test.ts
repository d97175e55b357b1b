/** Every reply of the model against Twilio's own description of its API. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { BASE, openAccount } from './account.ts';

type Json = { [name: string]: unknown };

const FILE = '@twilio-alpha/mcp/twilio-oai/spec/json/twilio_api_v2010.json';
/**
 * Twilio's documentation knows it since November 2025, its OpenAPI does not yet; see
 * https://www.twilio.com/docs/voice/twiml/recording.
 */
const SOURCES_MISSING = ['StartCallRecordingTwiML'];

/** The OpenAPI description as JSON Schema: `nullable` becomes a choice with null, as ajv has no such keyword alone. */
function translate(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(translate);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = node as Json;
  const translated = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, translate(value)]));
  // No reply may carry what Twilio does not describe, nor lack what it describes.
  if (translated.type === 'object' && typeof translated.properties === 'object' && translated.properties) {
    translated.additionalProperties = false;
    translated.required = Object.keys(translated.properties);
  }
  return nullable === true ? { anyOf: [translated, { type: 'null' }] } : translated;
}

const description = translate(JSON.parse(readFileSync(require.resolve(FILE), 'utf8'))) as Json;
const ajv = new Ajv({
  strict: false,
  formats: {
    'date-time-rfc-2822': /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/,
    currency: /^[A-Z]{3}$/,
    // Addresses within Twilio's replies are absolute or start at the root.
    uri: /^(https?:\/\/[^\s]+|\/[^\s]*)$/,
    'phone-number': /^\+[1-9]\d+$/,
    'http-method': /^(GET|POST)$/,
    // An object, which its properties describe.
    'phone-number-capabilities': { validate: () => true },
    'uri-map': { validate: () => true },
  },
});
ajv.addSchema({ $id: 'twilio', ...description });

function schemaOf(method: string, path: string, status: number): ValidateFunction {
  const pointer = ['paths', path, method, 'responses', status, 'content', 'application/json', 'schema'];
  const escaped = pointer.map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1')));
  return ajv.compile({ $ref: `twilio#/${escaped.join('/')}` });
}

function expectValid(method: string, path: string, status: number, body: unknown): void {
  const validate = schemaOf(method, path, status);
  validate(body);
  expect(validate.errors ?? []).toEqual([]);
}

const CALLS = '/2010-04-01/Accounts/{AccountSid}/Calls.json';
const CALL = '/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json';
const CALL_RECORDINGS = '/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings.json';
const CALL_RECORDING = '/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings/{Sid}.json';
const RECORDINGS = '/2010-04-01/Accounts/{AccountSid}/Recordings.json';
const RECORDING = '/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json';
const NUMBERS = '/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json';
const NUMBER = '/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json';

test('the check itself finds a missing, a superfluous and a malformed field', () => {
  const account = openAccount();
  const { body } = account.rest('GET', `/Calls/${account.call()}.json`);
  const validate = schemaOf('get', CALL, 200);
  const { price: _, ...missing } = body;
  expect(validate(body)).toBe(true);
  expect(validate(missing)).toBe(false);
  expect(validate({ ...body, colour: 'red' })).toBe(false);
  expect(validate({ ...body, status: 'ended' })).toBe(false);
  expect(validate({ ...body, date_created: '2026-07-04T12:00:00Z' })).toBe(false);
  expect(validate({ ...body, sid: null })).toBe(true);
});

test('calls, from ringing to completed', () => {
  const account = openAccount();
  const form = { To: '+14155550123', From: '+15005550006', Url: 'https://app.example/voice' };
  const placed = account.rest('POST', '/Calls.json', form);
  expectValid('post', CALLS, placed.status, placed.body);
  const callSid: string = placed.body.sid;
  const path = `/Calls/${callSid}.json`;
  account.act({ kind: 'call-ringing', callSid });
  expectValid('get', CALL, 200, account.rest('GET', path).body);
  account.act({ kind: 'call-answered', callSid });
  expectValid('get', CALL, 200, account.rest('GET', path).body);
  account.act({ kind: 'call-dialled', parentCallSid: callSid, from: '+1', to: '+2' });
  expectValid('get', CALLS, 200, account.rest('GET', '/Calls.json?PageSize=1').body);
  const ended = account.rest('POST', path, { Status: 'completed' });
  expectValid('post', CALL, 200, ended.body);
  expectValid('get', CALL, 200, account.rest('GET', path).body);
});

test('recordings, in every status', () => {
  const account = openAccount();
  const callSid = account.call();
  const created = account.rest('POST', `/Calls/${callSid}/Recordings.json`, { RecordingChannels: 'dual' });
  expectValid('post', CALL_RECORDINGS, created.status, created.body);
  const sid: string = created.body.sid;
  const ofCall = `/Calls/${callSid}/Recordings/${sid}.json`;
  const seen: string[] = [];
  const check = (): void => {
    const { body } = account.rest('GET', `/Recordings/${sid}.json?IncludeSoftDeleted=true`);
    seen.push(body.status);
    expectValid('get', RECORDING, 200, body);
    if (body.status !== 'deleted') expectValid('get', CALL_RECORDING, 200, account.rest('GET', ofCall).body);
  };
  check();
  for (const Status of ['paused', 'in-progress']) {
    expectValid('post', CALL_RECORDING, 200, account.rest('POST', ofCall, { Status }).body);
    check();
  }
  const [second, short] = [account.record(callSid), account.record(callSid)];
  account.now += 3000;
  expectValid('post', CALL_RECORDING, 200, account.rest('POST', ofCall, { Status: 'stopped' }).body);
  check();
  account.act({ kind: 'call-ended', callSid, status: 'completed' });
  expectValid('get', RECORDING, 200, account.rest('GET', `/Recordings/${second}.json`).body);
  account.act({ kind: 'recording-processed', recordingSid: short, audioMilliseconds: 0 });
  expectValid('get', RECORDING, 200, account.rest('GET', `/Recordings/${short}.json`).body);
  account.act({ kind: 'recording-processed', recordingSid: sid });
  check();
  for (const query of ['', '?PageSize=1', '?PageSize=1&Page=1']) {
    expectValid('get', RECORDINGS, 200, account.rest('GET', `/Recordings.json${query}`).body);
    const inCall = account.rest('GET', `/Calls/${callSid}/Recordings.json${query}`);
    expectValid('get', CALL_RECORDINGS, 200, inCall.body);
  }
  account.rest('DELETE', `/Recordings/${sid}.json`);
  check();
  expect(new Set(seen)).toEqual(new Set(['in-progress', 'paused', 'stopped', 'completed', 'deleted']));
});

test('a recording by TwiML differs in nothing but its source', () => {
  const account = openAccount();
  const callSid = account.call();
  const options = { channels: 2, track: 'both', source: 'StartCallRecordingTwiML', callback: null } as const;
  const sid = account.act({ kind: 'recording-started', callSid, options });
  const { body } = account.rest('GET', `/Recordings/${sid}.json`);
  expect(SOURCES_MISSING).toContain(body.source);
  expectValid('get', RECORDING, 200, { ...body, source: 'StartCallRecordingAPI' });
});

test('numbers, as they are and as they are changed', () => {
  const account = openAccount();
  const list = account.rest('GET', '/IncomingPhoneNumbers.json?PageSize=1');
  expectValid('get', NUMBERS, 200, list.body);
  const [{ sid }] = list.body.incoming_phone_numbers;
  const path = `/IncomingPhoneNumbers/${sid}.json`;
  expectValid('get', NUMBER, 200, account.rest('GET', path).body);
  const forms = [
    { VoiceUrl: 'https://a.example/v', VoiceMethod: 'GET' },
    { VoiceApplicationSid: `AP${'1'.repeat(32)}` },
  ];
  for (const form of forms) expectValid('post', NUMBER, 200, account.rest('POST', path, form).body);
  expect(account.rest('GET', path).body).toMatchObject({
    ...{ voice_url: 'https://a.example/v', voice_method: 'GET', voice_application_sid: `AP${'1'.repeat(32)}` },
  });
});

test('the account itself', () => {
  const account = openAccount();
  const { body } = account.rest('GET', `${BASE}.json`);
  expectValid('get', '/2010-04-01/Accounts/{Sid}.json', 200, body);
});

test('an empty list is a list', () => {
  const account = openAccount();
  expectValid('get', RECORDINGS, 200, account.rest('GET', `${BASE}/Recordings.json`).body);
  expectValid('get', CALLS, 200, account.rest('GET', '/Calls.json').body);
});
