/** Credentials and numbers, against the Twilio server and a secret: no more of the system is needed. */
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { JsonServer } from '../../local/emulators/json-protocol.ts';
import { startSecretsServer } from '../../local/emulators/secrets-server.ts';
import { startTwilioServer, type TwilioServer } from '../../local/twilio/server/server.ts';
import { temporaryDirectory, until } from '../local/support.ts';
import { type RunOptions, run } from './support.ts';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const TOKEN = 'current-token-of-the-tests';
const OLD_TOKEN = 'previous-token-of-the-tests';
const KEY = `SK${'c'.repeat(32)}`;
const KEY_SECRET = 'key-secret-of-the-tests';
const SECRETS = [TOKEN, OLD_TOKEN, KEY_SECRET, 'wrong-secret'];
const NUMBER = '+15005550006';
const OLD_URL = 'https://demo.twilio.com/welcome/voice/';
const VOICE_URL = 'https://recorder.example/voice';

const directory = temporaryDirectory();
const memory = join(temporaryDirectory(), 'numbers.json');
let twilio: TwilioServer;
let secrets: JsonServer;
let client: SecretsManagerClient;

beforeAll(async () => {
  twilio = await startTwilioServer({
    ...{ port: 0, dataDirectory: temporaryDirectory(), registrationDelay: () => 0 },
    credentials: { accountSid: ACCOUNT, authToken: TOKEN, apiKeySid: KEY, apiKeySecret: KEY_SECRET },
  });
  secrets = await startSecretsServer({
    ...{ file: join(directory, 'secrets.json'), region: 'us-east-1', accountId: '000000000000' },
  });
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  client = new SecretsManagerClient({ region: 'us-east-1', endpoint: secrets.url, credentials });
  await fetch(secrets.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'secretsmanager.CreateSecret' },
    body: JSON.stringify({ Name: 'twilio', SecretString: '{"accountSid":"","authToken":""}' }),
  });
  writeEndpoints(VOICE_URL);
});
afterAll(async () => {
  client.destroy();
  await Promise.all([secrets.close(), twilio.close()]);
});

function writeEndpoints(voiceUrl: string): void {
  const endpoints = { dynamodb: secrets.url, s3: secrets.url, sqs: secrets.url, secretsmanager: secrets.url };
  const aws = { region: 'us-east-1', accessKeyId: 'x', secretAccessKey: 'y', endpoints };
  const names = { table: 't', bucket: 'b', secret: 'twilio', queues: { 'x-recording-start': secrets.url } };
  const urls = { voiceUrl, publicUrl: 'https://recorder.example', twilio: { url: twilio.url } };
  writeFileSync(join(directory, 'endpoints.json'), JSON.stringify({ ...urls, ...names, aws }));
}

async function stored(): Promise<Record<string, string>> {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: 'twilio' }));
  return JSON.parse(SecretString);
}
const store = (value: object) =>
  client.send(new PutSecretValueCommand({ SecretId: 'twilio', SecretString: JSON.stringify(value) }));

/** Runs a command, and holds it to printing no secret. */
async function recorder(args: readonly string[], options?: RunOptions) {
  const ran = await run([...args, `--local=${directory}`], options);
  for (const secret of SECRETS) expect(ran.out + ran.err).not.toContain(secret);
  return ran;
}
const FROM_ENV = ['credentials', 'set', '--from-env'];
const environment = { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: TOKEN };

describe('credentials set', () => {
  beforeEach(() => store({ accountSid: '', authToken: '' }));

  test('asks, without showing what is secret, and stores what Twilio accepts', async () => {
    const typed = [ACCOUNT, TOKEN, KEY, `wrong${'\u007f'.repeat(5)}${KEY_SECRET}`];
    const { exit, out, err } = await recorder(['credentials', 'set'], { typed });
    expect([exit, out]).toEqual([
      0,
      expect.stringMatching(/ok .*auth token: the account is active\nok .*API key: it may/),
    ]);
    expect(err).toContain(`Account SID: ${ACCOUNT}`);
    expect(err).toContain('Auth token (not shown): \n');
    expect(await stored()).toEqual({ accountSid: ACCOUNT, authToken: TOKEN, apiKeySid: KEY, apiKeySecret: KEY_SECRET });
  });

  test('takes them from the environment, without an API key', async () => {
    const { exit, json } = await recorder([...FROM_ENV, '--json'], { environment });
    expect([exit, json]).toMatchObject([0, { stored: true, accountSid: ACCOUNT, apiKey: false }]);
    expect(await stored()).toEqual({ accountSid: ACCOUNT, authToken: TOKEN });
  });

  test('keeps the token before as the previous one, and the API key, when the token is rotated', async () => {
    await store({ accountSid: ACCOUNT, authToken: OLD_TOKEN, apiKeySid: KEY, apiKeySecret: KEY_SECRET });
    const rotated = { accountSid: ACCOUNT, authToken: TOKEN, apiKeySid: KEY, apiKeySecret: KEY_SECRET };
    const { out } = await recorder(FROM_ENV, { environment });
    expect(out).toContain('The previous auth token is accepted too.');
    expect(await stored()).toEqual({ ...rotated, previousAuthToken: OLD_TOKEN });
    await recorder(FROM_ENV, { environment });
    expect(await stored()).toEqual({ ...rotated, previousAuthToken: OLD_TOKEN });
    await recorder([...FROM_ENV, '--forget-previous', '--no-api-key'], { environment });
    expect(await stored()).toEqual({ accountSid: ACCOUNT, authToken: TOKEN });
  });

  test.each([
    ['a wrong token', { ...environment, TWILIO_AUTH_TOKEN: 'wrong-secret' }, /FAILED +account and auth token.*401/],
    [
      'a wrong key',
      { ...environment, TWILIO_API_KEY_SID: KEY, TWILIO_API_KEY_SECRET: 'wrong-secret' },
      /ok .*\nFAILED +API key: .*401/,
    ],
    [
      'another account',
      { ...environment, TWILIO_ACCOUNT_SID: `AC${'b'.repeat(32)}` },
      /FAILED +account and auth token/,
    ],
  ])('stores nothing of %s', async (_, wrong, message) => {
    const { exit, out } = await recorder(FROM_ENV, { environment: wrong });
    expect([exit, out]).toEqual([1, expect.stringMatching(message)]);
    expect(out).toContain('Nothing was stored.');
    expect(await stored()).toEqual({ accountSid: '', authToken: '' });
  });

  test.each([
    ['no variables', {}, /TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN must be set/],
    ['a malformed SID', { ...environment, TWILIO_ACCOUNT_SID: 'AC1' }, /must be AC and 32 hex digits/],
    ['half a key', { ...environment, TWILIO_API_KEY_SID: KEY }, /belong together/],
  ])('asks nobody with %s', async (_, wrong, message) => {
    const { exit, err } = await recorder(FROM_ENV, { environment: wrong });
    expect([exit, err]).toEqual([2, expect.stringMatching(message)]);
  });

  test('does not leave an account behind by mistake', async () => {
    await store({ accountSid: `AC${'b'.repeat(32)}`, authToken: OLD_TOKEN });
    const { exit, err } = await recorder(FROM_ENV, { environment });
    expect([exit, err]).toEqual([1, expect.stringMatching(/holds another account .*--change-account/)]);
    expect((await recorder([...FROM_ENV, '--change-account'], { environment })).exit).toBe(0);
    expect(await stored()).toEqual({ accountSid: ACCOUNT, authToken: TOKEN });
  });

  test('changes nothing in a dry run, at Ctrl-C, and without a terminal', async () => {
    expect((await recorder([...FROM_ENV, '--dry-run'], { environment })).out).toMatch(/Would be stored in twilio/);
    const interrupted = await recorder(['credentials', 'set'], { typed: [ACCOUNT, 'half\u0003'] });
    expect([interrupted.exit, interrupted.err]).toEqual([1, expect.stringMatching(/Interrupted; nothing was changed/)]);
    const noTerminal = await recorder(['credentials', 'set']);
    expect([noTerminal.exit, noTerminal.err]).toEqual([2, expect.stringMatching(/no terminal to ask on.*--from-env/)]);
    expect(await stored()).toEqual({ accountSid: '', authToken: '' });
  });
});

describe('credentials check', () => {
  test.each([
    ['the form', { accountSid: '', authToken: '' }, 1, /does not hold Twilio's credentials.*credentials set/],
    ['what Twilio accepts', { accountSid: ACCOUNT, authToken: TOKEN }, 0, /ok +account and auth token/],
    [
      'what it refuses',
      { accountSid: ACCOUNT, authToken: OLD_TOKEN },
      1,
      /FAILED.*401.*\nStore others: "npm run recorder -- credentials set --local=\S+"/,
    ],
  ])('of %s', async (_, value, code, message) => {
    await store(value);
    const { exit, out, err } = await recorder(['credentials', 'check']);
    expect([exit, out + err]).toEqual([code, expect.stringMatching(message)]);
  });
});

describe('numbers', () => {
  const numbers = (...args: string[]) => recorder(['numbers', ...args, '--remembered', memory]);
  const doesNow = async () => {
    const { json } = await numbers('list', '--json');
    return json.numbers.find((number: { phoneNumber: string }) => number.phoneNumber === NUMBER).doesNow;
  };
  const update = async (form: Record<string, string>) => {
    const authorization = `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`;
    const url = `${twilio.url}/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers/PN${'1'.repeat(32)}.json`;
    const reply = await fetch(url, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) });
    expect(reply.status).toBe(200);
  };

  beforeAll(() => store({ accountSid: ACCOUNT, authToken: TOKEN }));

  test('are listed with what a call does', async () => {
    const { exit, out } = await numbers('list');
    expect(exit).toBe(0);
    expect(out).toMatch(/^NUMBER +NAME +A CALL +BEFORE\n\+15005550006 .* asks POST https:\/\/demo/);
  });

  test('point: first as a dry run, then in earnest, then again; and restore', async () => {
    const dry = await numbers('point', NUMBER, '--dry-run');
    expect([dry.exit, dry.out]).toEqual([
      0,
      expect.stringMatching(/would ask POST https:\/\/recorder.*\nBefore: POST/),
    ]);
    expect([await doesNow(), existsSync(memory)]).toEqual([`asks POST ${OLD_URL}`, false]);

    const { exit, out } = await numbers('point', NUMBER);
    expect([exit, out]).toEqual([0, expect.stringMatching(/is recorded here from now on/)]);
    expect(await doesNow()).toBe('is recorded here');
    const remembered = readFileSync(memory, 'utf8');
    expect((await numbers('point', NUMBER)).out).toMatch(/already; nothing was changed/);
    expect(readFileSync(memory, 'utf8')).toBe(remembered);

    expect((await numbers('restore', NUMBER, '--dry-run')).out).toContain(`would get back: POST ${OLD_URL}`);
    expect(await doesNow()).toBe('is recorded here');
    expect((await numbers('restore', NUMBER)).exit).toBe(0);
    expect(await doesNow()).toBe(`asks POST ${OLD_URL}`);
    const again = await numbers('restore', NUMBER);
    expect([again.exit, again.err]).toEqual([1, expect.stringMatching(/does not say what .* did before.*--url/)]);
  });

  test('point after a deployment elsewhere keeps what was there before the first', async () => {
    await numbers('point', NUMBER);
    writeEndpoints('https://moved.example/voice');
    expect((await numbers('point', NUMBER)).out).toContain(`Before: POST ${OLD_URL}.`);
    await numbers('restore', NUMBER);
    writeEndpoints(VOICE_URL);
    expect(await doesNow()).toBe(`asks POST ${OLD_URL}`);
  });

  test('restore leaves alone what somebody else has set', async () => {
    await numbers('point', NUMBER);
    await update({ VoiceUrl: 'https://else.example/' });
    const { exit, err } = await numbers('restore', NUMBER);
    expect([exit, err]).toEqual([1, expect.stringMatching(/no longer points here: it asks POST https:\/\/else/)]);
    expect((await numbers('restore', NUMBER, '--force')).exit).toBe(0);
    expect((await numbers('restore', NUMBER, '--url', OLD_URL, '--force')).exit).toBe(0);
    expect(await doesNow()).toBe(`asks POST ${OLD_URL}`);
  });

  test('a TwiML application is taken off, and put back', async () => {
    const application = `AP${'1'.repeat(32)}`;
    await update({ VoiceApplicationSid: application });
    expect((await numbers('point', NUMBER)).out).toContain(`Before: TwiML application ${application}`);
    expect(await doesNow()).toBe('is recorded here');
    await numbers('restore', NUMBER);
    expect(await doesNow()).toBe(`runs the TwiML application ${application}`);
    await update({ VoiceApplicationSid: '' });
  });

  test('a number on a trunk is left alone', async () => {
    await update({ TrunkSid: `TK${'1'.repeat(32)}` });
    const { exit, err } = await numbers('point', NUMBER);
    expect([exit, err]).toEqual([1, expect.stringMatching(/goes to the SIP trunk.*Take it off/)]);
    await update({ TrunkSid: '' });
  });

  test('a number that the account does not have, and one that is none', async () => {
    const unknown = await numbers('point', '+14155550123');
    expect([unknown.exit, unknown.err]).toEqual([
      1,
      expect.stringMatching(/has no number \+14155550123; it has: \+1500/),
    ]);
    expect((await numbers('point', '415')).exit).toBe(2);
  });

  test('restore --force takes off an application that was set meanwhile, and confirms it', async () => {
    await numbers('point', NUMBER);
    const application = `AP${'2'.repeat(32)}`;
    await update({ VoiceApplicationSid: application });
    const refused = await numbers('restore', NUMBER);
    const again = `npm run recorder -- numbers restore '?\\${NUMBER}'? .* --force`;
    expect([refused.exit, refused.err]).toEqual([1, expect.stringMatching(new RegExp(again))]);
    expect(await numbers('restore', NUMBER, '--force')).toMatchObject({
      exit: 0,
      out: expect.stringMatching(new RegExp(`^\\${NUMBER} asks POST ${OLD_URL} again`)),
    });
    expect(await doesNow()).toBe(`asks POST ${OLD_URL}`);
  });

  test('restore says that a trunk has the calls, and keeps what it remembers', async () => {
    await numbers('point', NUMBER);
    await update({ TrunkSid: `TK${'2'.repeat(32)}` });
    const { exit, out, err } = await numbers('restore', NUMBER, '--force');
    expect([exit, out, err]).toEqual([1, '', expect.stringMatching(/goes to the SIP trunk.*stays remembered/)]);
    await update({ TrunkSid: '' });
    expect((await numbers('restore', NUMBER)).exit).toBe(0);
    expect(await doesNow()).toBe(`asks POST ${OLD_URL}`);
  });

  test('restore does not forget before Twilio has confirmed, nor what it has not put back', async () => {
    await numbers('point', NUMBER);
    const remembered = readFileSync(memory, 'utf8');
    const deaf = await startTwilioThatOnlyListens();
    const unchanged = await numbers('restore', NUMBER, '--twilio-api-url', deaf.url);
    deaf.close();
    expect([unchanged.exit, unchanged.err]).toEqual([1, expect.stringMatching(/still is recorded here.*try again/)]);
    expect((await numbers('restore', NUMBER, '--url', 'https://else.example/')).exit).toBe(0);
    expect(readFileSync(memory, 'utf8')).toBe(remembered);
    expect((await numbers('restore', NUMBER, '--force')).exit).toBe(0);
    expect(await doesNow()).toBe(`asks POST ${OLD_URL}`);
  });

  /** Answers every request with the number as it is, and changes nothing. */
  async function startTwilioThatOnlyListens(friendlyName = 'Office') {
    const number = {
      ...{ sid: `PN${'1'.repeat(32)}`, phone_number: NUMBER, friendly_name: friendlyName },
      ...{ voice_url: VOICE_URL, voice_method: 'POST', voice_application_sid: null, trunk_sid: null },
    };
    const server = createServer((request, response) => {
      request.resume();
      response.end(JSON.stringify(request.method === 'POST' ? number : { incoming_phone_numbers: [number] }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    return { url, close };
  }

  test('a name cannot speak to the terminal', async () => {
    const hostile = await startTwilioThatOnlyListens('\u001b]0;owned\u0007\u009b31m\u202eOffice\nFAKE');
    const { out } = await numbers('list', '--twilio-api-url', hostile.url);
    const asJson = await numbers('list', '--json', '--twilio-api-url', hostile.url);
    hostile.close();
    expect(out).toContain('\\u001b]0;owned\\u0007\\u009b31m\\u202eOffice\\u000aFAKE');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    for (const text of [out, asJson.out]) expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(asJson.json.numbers[0].friendlyName).toContain('\u001b]0;owned');
  });

  test.each([
    ['null', 'null', /numbers.json cannot be read: it is null instead of Object/],
    ['text', 'numbers', /numbers.json cannot be read: Unexpected token/],
    ['other JSON', `{"${ACCOUNT}":{"${NUMBER}":{"voiceUrl":5}}}`, /voiceUrl is 5 instead of string/],
  ])('a memory that holds %s says what to do', async (_, content, message) => {
    const file = join(temporaryDirectory(), 'numbers.json');
    writeFileSync(file, content);
    for (const command of [['list'], ['point', NUMBER], ['restore', NUMBER]]) {
      const { exit, out, err } = await recorder(['numbers', ...command, '--remembered', file]);
      expect([exit, out, err]).toEqual([1, '', expect.stringMatching(message)]);
      expect(err).toContain(`move it out of the way: "mv ${file} ${file}.old". Without it`);
    }
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  test('a memory that is a folder, or in none', async () => {
    const folder = temporaryDirectory();
    const isFolder = await recorder(['numbers', 'list', '--remembered', folder]);
    expect([isFolder.exit, isFolder.err]).toEqual([1, expect.stringMatching(/cannot be read: it is a folder/)]);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { exit, err } = await recorder(['numbers', 'point', NUMBER, '--remembered', join(file, 'numbers.json')]);
    expect([exit, err]).toEqual([1, expect.stringMatching(/cannot be written: .*--remembered FILE/)]);
    expect(await doesNow()).toBe(`asks POST ${OLD_URL}`);
  });

  test('a memory is not written through a link that somebody has prepared', async () => {
    const [folder, target] = [temporaryDirectory(), join(temporaryDirectory(), 'mine')];
    const file = join(folder, 'numbers.json');
    writeFileSync(target, 'mine');
    symlinkSync(target, `${file}.partial`);
    symlinkSync(target, file);
    writeFileSync(target, '{}');
    expect((await recorder(['numbers', 'point', NUMBER, '--remembered', file])).exit).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe('{}');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await recorder(['numbers', 'restore', NUMBER, '--remembered', file])).exit).toBe(0);
  });

  test('doctor fails where no number points here, and says how to point one', async () => {
    const { json } = await recorder(['doctor', '--json']);
    const { result, detail } = json.checks.find(({ name }: { name: string }) => name === 'number');
    expect([result, detail]).toEqual([
      'failed',
      `None of the account's 2 numbers points here. Run "npm run recorder -- numbers point ${NUMBER} --local=${directory}".`,
    ]);
  });

  test('with credentials that Twilio refuses', async () => {
    await store({ accountSid: ACCOUNT, authToken: OLD_TOKEN });
    const { exit, err } = await numbers('list');
    expect([exit, err]).toEqual([
      1,
      expect.stringMatching(/did not list the numbers: status 401, code 20003.*credentials set/),
    ]);
    await store({ accountSid: ACCOUNT, authToken: TOKEN });
  });

  test('with a Twilio that does not answer', async () => {
    const { exit, err } = await numbers('list', '--twilio-api-url', 'http://127.0.0.1:1');
    expect([exit, err]).toEqual([1, expect.stringMatching(/Twilio does not answer at http:\/\/127.0.0.1:1/)]);
  });
});

describe('calls place', () => {
  beforeEach(() => store({ accountSid: ACCOUNT, authToken: TOKEN }));
  const TO = '+14155550123';
  const place = (...more: string[]) => recorder(['calls', 'place', '--from', NUMBER, '--to', TO, '--json', ...more]);

  test.each([
    [[], VOICE_URL],
    [['--after', 'https://app.example/voice?a=b'], `${VOICE_URL}?after=https%3A%2F%2Fapp.example%2Fvoice%3Fa%3Db`],
    [['--after', 'tel:+14155550100'], `${VOICE_URL}?after=tel%3A%2B14155550100`],
  ])('shows the URL that Twilio would ask, and calls nobody: %j', async (more, url) => {
    const { exit, json } = await place(...more, '--dry-run');
    expect([exit, json]).toEqual([0, { changed: false, from: NUMBER, to: TO, url }]);
  });

  test('has Twilio call, and ask the recorder', async () => {
    const { exit, json } = await place();
    expect([exit, json]).toEqual([
      0,
      { changed: true, callSid: expect.stringMatching(/^CA/), from: NUMBER, to: TO, url: VOICE_URL },
    ]);
    const authorization = `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`;
    const path = `${twilio.url}/2010-04-01/Accounts/${ACCOUNT}/Calls/${json.callSid}.json`;
    const reply = await fetch(path, { headers: { authorization } });
    expect(await reply.json()).toMatchObject({ from: NUMBER, to: TO, direction: 'outbound-api' });
    // Its end is written down, while there is a folder for it.
    const hangUp = { method: 'POST', headers: { authorization }, body: new URLSearchParams({ Status: 'completed' }) };
    expect((await fetch(path, hangUp)).status).toBe(200);
    const status = async () =>
      ((await (await fetch(path, { headers: { authorization } })).json()) as { status: string }).status;
    await until(async () => (await status()) !== 'in-progress', 'the call is over');
  });

  test.each([
    [['--from', '+14155550111'], 1, /has no number \+14155550111 to call from; it has: \+1500/],
    [['--to', '0123'], 2, /^--to 0123: write the number/],
    [['--after', 'ftp://app.example'], 2, /^--after ftp/],
    [['--after', VOICE_URL], 2, /^--after https/],
  ])('refuses %j', async (changed, code, message) => {
    const { exit, err } = await recorder(['calls', 'place', '--from', NUMBER, '--to', TO, ...changed]);
    expect([exit, err]).toEqual([code, expect.stringMatching(message)]);
  });
});
