/** Forty numbers with twelve applications, pointed by one command, and given back by another. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readPolicy } from '../../../lambdas/shared/rules/call/policy.ts';
import type { JsonServer } from '../../../local/emulators/json-protocol.ts';
import { startSecretsServer } from '../../../local/emulators/secrets-server.ts';
import { startTwilioServer, type TwilioServer } from '../../../local/twilio/server/server.ts';
import type { Application, PhoneNumber } from '../../../sim/twilio/state.ts';
import { temporaryDirectory } from '../../local/support.ts';
import { run } from '../support.ts';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const TOKEN = 'token-of-the-tests';
const VOICE_URL = 'https://recorder.example/voice';
const COUNT = 40;
const hex = (value: number): string => value.toString(16).padStart(32, '0');
const e164 = (index: number): string => `+141555501${String(index).padStart(2, '0')}`;

/** The first twelve are TwiML applications; every other number has a URL of its own, of twelve. */
const applications = Array.from(
  { length: 12 },
  (_, index): Application => ({
    ...{ sid: `AP${hex(index)}`, friendlyName: `Application ${index}`, voiceUrl: appUrl(index) },
    voiceMethod: index % 3 === 0 ? 'GET' : 'POST',
  }),
);
function appUrl(index: number): string {
  return `https://app-${index % 12}.example/voice?line=${index % 12}&x=a%20b`;
}
const numbers = Array.from({ length: COUNT }, (_, index): PhoneNumber => {
  const byApplication = index % 2 === 0;
  return {
    ...{ sid: `PN${hex(index)}`, phoneNumber: e164(index), friendlyName: index < 10 ? `Sales ${index}` : 'Support' },
    ...{
      voiceUrl: byApplication ? 'https://idle.example/' : appUrl(index),
      voiceMethod: index % 3 === 0 ? 'GET' : 'POST',
    },
    voiceApplicationSid: byApplication ? `AP${hex(index % 12)}` : null,
    trunkSid: null,
    ...(index % 5 === 0 && { voiceFallbackUrl: 'https://fallback.example/', voiceFallbackMethod: 'GET' as const }),
    ...{ createdAt: 0, updatedAt: 0 },
  };
});

const directory = temporaryDirectory();
let twilio: TwilioServer;
let secrets: JsonServer;
let client: SecretsManagerClient;

beforeAll(async () => {
  const dataDirectory = temporaryDirectory();
  for (const [kind, items] of Object.entries({ numbers, applications })) {
    mkdirSync(join(dataDirectory, kind));
    for (const item of items) writeFileSync(join(dataDirectory, kind, `${item.sid}.json`), JSON.stringify(item));
  }
  const credentials = { accountSid: ACCOUNT, authToken: TOKEN };
  twilio = await startTwilioServer({ port: 0, dataDirectory, registrationDelay: () => 0, credentials });
  const file = join(directory, 'secrets.json');
  secrets = await startSecretsServer({ file, region: 'us-east-1', accountId: '000000000000' });
  client = new SecretsManagerClient({
    ...{ region: 'us-east-1', endpoint: secrets.url, credentials: { accessKeyId: 'x', secretAccessKey: 'y' } },
  });
  await fetch(secrets.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'secretsmanager.CreateSecret' },
    body: JSON.stringify({ Name: 'twilio', SecretString: '{}' }),
  });
  await client.send(new PutSecretValueCommand({ SecretId: 'twilio', SecretString: JSON.stringify(credentials) }));
  const endpoints = { dynamodb: secrets.url, s3: secrets.url, sqs: secrets.url, secretsmanager: secrets.url };
  writeFileSync(
    join(directory, 'endpoints.json'),
    JSON.stringify({
      ...{ voiceUrl: VOICE_URL, publicUrl: 'https://recorder.example', twilio: { url: twilio.url } },
      ...{ table: 't', bucket: 'b', secret: 'twilio', queues: { 'x-recording-start': secrets.url } },
      aws: { region: 'us-east-1', accessKeyId: 'x', secretAccessKey: 'y', endpoints },
    }),
  );
});
afterAll(async () => {
  client.destroy();
  await Promise.all([secrets.close(), twilio.close()]);
});

const command = (...args: string[]) => run(['numbers', ...args, `--local=${directory}`]);

interface Raw {
  readonly sid: string;
  readonly phone_number: string;
  readonly voice_url: string | null;
  readonly voice_application_sid: string | null;
  readonly voice_fallback_url: string | null;
  readonly [name: string]: unknown;
}
const api = async (path: string, form?: Record<string, string>) => {
  const authorization = `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`;
  const reply = await fetch(`${twilio.url}/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers${path}`, {
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    headers: { authorization },
  });
  return (await reply.json()) as { incoming_phone_numbers: readonly Raw[] };
};
/** What Twilio says of each number, without the date of its last change. */
const everything = async () =>
  (await api('.json?PageSize=1000')).incoming_phone_numbers.map(({ date_updated: _, ...rest }): Raw => rest as Raw);
const byNumber = async (index: number): Promise<Raw> => {
  const found = (await everything()).find(({ phone_number }) => phone_number === e164(index));
  if (!found) throw new Error(`no number ${e164(index)}`);
  return found;
};
const policyOf = ({ voice_url }: Raw) => readPolicy(new URL(voice_url ?? '').search.slice(1), VOICE_URL);

test('each call goes on to its own application, and after restoring nothing differs from before', async () => {
  const before = await everything();
  const dry = await command('point', '--all', '--if-down', 'application', '--dry-run');
  expect([dry.exit, await everything()]).toEqual([0, before]);

  const pointed = await command('point', '--matching', '+1415*', '--if-down', 'application', '--team', 'sales');
  expect([pointed.exit, pointed.err]).toEqual([0, '']);
  for (let index = 0; index < COUNT; index += 1) {
    const raw = await byNumber(index);
    const { policy, unreadable } = policyOf(raw);
    const method = index % 3 === 0 ? { method: 'GET' } : {};
    expect([unreadable, policy]).toEqual([
      [],
      { after: { kind: 'redirect', url: appUrl(index), ...method }, team: 'sales' },
    ]);
    expect([raw.voice_application_sid, raw.voice_fallback_url]).toEqual([null, appUrl(index)]);
    expect(raw.voice_url?.length).toBeLessThan(1000);
  }
  const again = await command('point', '--matching', '+1415*', '--json');
  expect(again.json.numbers.filter(({ changed }: { changed: boolean }) => changed)).toEqual([]);

  const restored = await command('restore', '--all');
  expect([restored.exit, await everything()]).toEqual([0, before]);
}, 60_000);

test('a number that did nothing goes on as the stack is configured, and does nothing again', async () => {
  const sid = `PN${hex(1)}`;
  await api(`/${sid}.json`, { VoiceUrl: '' });
  const before = await byNumber(1);
  expect((await command('point', e164(1))).exit).toBe(0);
  expect(policyOf(await byNumber(1))).toEqual({ policy: {}, unreadable: [] });
  expect((await command('restore', e164(1))).exit).toBe(0);
  expect(await byNumber(1)).toEqual(before);
  await api(`/${sid}.json`, { VoiceUrl: appUrl(1) });
});

test('set changes what is named, keeps the rest, and leaves it to the stack where nothing is given', async () => {
  const before = await byNumber(3);
  expect((await command('set', e164(3), '--team', 'a')).err).toMatch(/does not point here.*numbers point/);
  await command('point', e164(3), '--team', 'a', '--record', 'off');
  await command('set', e164(3), '--record', '', '--start-by', 'stream', '--without-stream', 'record');
  await command('set', e164(3), '--disclaimer', 'sales');
  const { after, ...others } = policyOf(await byNumber(3)).policy;
  expect(others).toEqual({ team: 'a', startBy: 'stream', withoutStream: 'record', disclaimer: 'sales' });
  expect((await command('set', e164(3), '--start-by', 'twiml', '--without-stream', 'record')).err).toMatch(
    /no meaning/,
  );
  expect(after).toMatchObject({ url: appUrl(3) });
  const { out } = await command('list');
  expect(out).toMatch(/\+14155550103 +Sales 3 +is recorded here +https:\/\/app-3\S+ +a +on +sales +GET https:/);
  await command('set', '--matching', 'Sales*', '--record', 'off');
  expect((await command('list')).out).toMatch(/\+14155550103 .* comes here, and is not recorded .* off /);
  await command('restore', e164(3));
  expect(await byNumber(3)).toEqual(before);
});

test('Twilio’s error can be asked for, and the earlier fallback comes back', async () => {
  const before = await byNumber(5);
  await command('point', e164(5), '--if-down', 'error');
  expect((await byNumber(5)).voice_fallback_url).toBeNull();
  await command('set', e164(5), '--if-down', 'application');
  expect((await byNumber(5)).voice_fallback_url).toBe(appUrl(5));
  await command('restore', e164(5));
  expect(await byNumber(5)).toEqual(before);
});

test('what stops one number does not stop the others', async () => {
  await api(`/PN${hex(7)}.json`, { VoiceUrl: `https://long.example/?${'x'.repeat(1000)}` });
  await api(`/PN${hex(9)}.json`, { TrunkSid: `TK${hex(1)}` });
  await api(`/PN${hex(8)}.json`, { VoiceApplicationSid: `AP${hex(99)}` });
  const { exit, out } = await command('point', '--matching', 'Sales *');
  expect(exit).toBe(1);
  expect(out).toMatch(/FAILED: \+14155550107 cannot be pointed here: its voice URL would have 1\d\d\d characters/);
  expect(out).toMatch(/FAILED: \+14155550109 goes to the SIP trunk/);
  expect(out).toMatch(/FAILED: Twilio did not show the TwiML application AP0+63: status 404/);
  expect(out.match(/is recorded here from now on/g)).toHaveLength(7);
  expect((await command('restore', '--all')).exit).toBe(0);
});

test('what an earlier version remembered in a file is taken over', async () => {
  await api(`/PN${hex(11)}.json`, { VoiceUrl: VOICE_URL, VoiceMethod: 'POST' });
  const unknown = await command('restore', e164(11));
  expect([unknown.exit, unknown.err]).toEqual([
    1,
    expect.stringMatching(/does not say what it did before.*numbers adopt/),
  ]);
  const file = join(directory, 'numbers.json');
  const known = { voiceUrl: appUrl(11), voiceMethod: 'POST', pointedTo: VOICE_URL };
  writeFileSync(file, JSON.stringify({ [ACCOUNT]: { [e164(11)]: known } }));
  expect((await command('adopt', '--remembered', file)).out).toContain(`${e164(11)} is recorded here`);
  expect(policyOf(await byNumber(11)).policy.after).toEqual({ kind: 'redirect', url: appUrl(11) });
  expect((await command('restore', e164(11))).exit).toBe(0);
  expect((await byNumber(11)).voice_url).toBe(appUrl(11));
  await api(`/PN${hex(11)}.json`, { VoiceUrl: 'no-scheme' });
});

test.each([
  [['point']],
  [['point', e164(1), '--all']],
  [['restore', '--all', '--matching', '*']],
  [['point', e164(1), '--record', 'maybe']],
  [['point', e164(1), '--team', 'Sales Team']],
  [['set', e164(1), '--if-down', 'ring']],
  [['adopt']],
])('asks nobody: %j', async (args) => {
  expect((await command(...args)).exit).toBe(2);
});
