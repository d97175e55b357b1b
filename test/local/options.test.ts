import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalOptions, parseOptions } from '../../local/options.ts';
import { synthesize } from '../../local/system/synthesize.ts';
import { startSystem } from '../../local/system/system.ts';
import { intervalMilliseconds } from '../../local/triggers/schedules.ts';
import { formatDuration, parseDuration } from '../../local/watch/duration.ts';
import { FIXTURE_ASSEMBLY, temporaryDirectory } from './support.ts';

const ACCOUNT_SID = `AC${'1'.repeat(32)}`;
const API_KEY_SID = `SK${'2'.repeat(32)}`;

function options(commandLine: string, environment: { readonly [name: string]: string } = {}): LocalOptions {
  const parsed = parseOptions(commandLine.split(' ').filter(Boolean), environment);
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

function problems(commandLine: string, environment: { readonly [name: string]: string } = {}): string {
  const parsed = parseOptions(commandLine.split(' ').filter(Boolean), environment);
  return parsed.kind === 'wrong' ? parsed.problems.join('\n') : parsed.kind;
}

describe('options', () => {
  test('have defaults', () => {
    expect(options('')).toEqual({
      port: 3000,
      consolePort: 3001,
      dataDirectory: '.local',
      keepAtTwilioSeconds: 86_400,
      once: false,
    });
  });

  test('are read', () => {
    expect(
      options(
        '--port 0 --data d --keep-at-twilio 1h30m --caller a.wav --public-url https://x.example/ --aws-endpoint http://127.0.0.1:4566',
      ),
    ).toEqual({
      port: 0,
      consolePort: 0,
      dataDirectory: 'd',
      keepAtTwilioSeconds: 5400,
      once: false,
      callerFile: 'a.wav',
      publicUrl: 'https://x.example',
      awsEndpoint: 'http://127.0.0.1:4566',
    });
  });

  test('--once shortens the time at Twilio, unless it is given', () => {
    expect(options('--once').keepAtTwilioSeconds).toBe(3);
    expect(options('--once --keep-at-twilio 10s').keepAtTwilioSeconds).toBe(10);
  });

  test('a real account comes from the environment', () => {
    const environment = {
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: 'token',
      TWILIO_API_KEY_SID: API_KEY_SID,
      TWILIO_API_KEY_SECRET: 'secret',
      TWILIO_API_URL: 'http://127.0.0.1:9999',
    };
    expect(options('--public-url https://x.example', environment).twilio).toEqual({
      accountSid: ACCOUNT_SID,
      authToken: 'token',
      apiKeySid: API_KEY_SID,
      apiKeySecret: 'secret',
      apiUrl: 'http://127.0.0.1:9999',
    });
    const { TWILIO_API_URL: _, ...rest } = environment;
    expect(options('--public-url https://x.example', rest).twilio?.apiUrl).toBe('https://api.twilio.com');
  });

  test.each([
    ['--port 70000', /--port 70000: a port is a number from 0 to 65535/],
    ['--port x', /--port x/],
    ['--keep-at-twilio tomorrow', /--keep-at-twilio tomorrow: .*24h/],
    ['--public-url ftp://x', /--public-url ftp:\/\/x: a URL/],
    ['--public-url https://x.example/path', /without a path/],
    ['--unknown', /Unknown option '--unknown'.*--help/],
    ['stray', /Unexpected argument 'stray'.*--help/],
    ['--port 70000 --keep-at-twilio never', /--port(.|\n)*--keep-at-twilio/],
    ['--help', /^help$/],
  ])('%s', (commandLine, message) => {
    expect(problems(commandLine)).toMatch(message);
  });

  test.each<[string, { readonly [name: string]: string }, RegExp]>([
    ['no public URL', { TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: 't' }, /--public-url URL is needed/],
    ['no auth token', { TWILIO_ACCOUNT_SID: ACCOUNT_SID }, /TWILIO_AUTH_TOKEN is needed too/],
    ['a malformed account', { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 't' }, /AC and 32 hex digits/],
    [
      'half an API key',
      { TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: 't', TWILIO_API_KEY_SID: API_KEY_SID },
      /belong together/,
    ],
    ['a token without an account', { TWILIO_AUTH_TOKEN: 't' }, /TWILIO_AUTH_TOKEN without TWILIO_ACCOUNT_SID/],
  ])('a real account with %s', (_, environment, message) => {
    expect(problems('', environment)).toMatch(message);
  });

  test.each(['--once', '--caller a.wav'])('a real account does not go with %s', (option) => {
    const environment = { TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: 't' };
    expect(problems(`--public-url https://x.example ${option}`, environment)).toMatch(/simulated Twilio/);
  });
});

test.each([
  ['90s', 90],
  ['15m', 900],
  ['24h', 86_400],
  ['7d', 604_800],
  ['1h30m', 5400],
  ['1.5h', 5400],
  ['0s', 0],
  ['0.5s', undefined],
  ['', undefined],
  ['h', undefined],
  ['24', undefined],
  ['-1s', undefined],
  ['1s ', undefined],
])('the duration %j is %p seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  [0, '0 s'],
  [90, '1 min 30 s'],
  [86_400, '24 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  ['rate(1 minute)', 60_000],
  ['rate(2 minutes)', 120_000],
  ['rate(1 hour)', 3_600_000],
])('%s is every %d ms', (expression, milliseconds) => {
  const schedule = { logicalId: 'Sweep', expression, functionId: 'F', arn: '', input: undefined, enabled: true };
  expect(intervalMilliseconds(schedule)).toBe(milliseconds);
});

test.each(['cron(0 * * * ? *)', 'rate(0 minutes)', 'rate(5 fortnights)'])('%s is refused by name', (expression) => {
  const schedule = { logicalId: 'Sweep', expression, functionId: 'F', arn: '', input: undefined, enabled: true };
  expect(() => intervalMilliseconds(schedule)).toThrow(/resource Sweep: .*rate\(5 minutes\)/);
});

describe('a start that cannot be', () => {
  const root = join(import.meta.dirname, '..', '..');
  const assemblyDirectory = FIXTURE_ASSEMBLY;
  const start = (more: object) =>
    startSystem({
      root,
      assemblyDirectory,
      port: 0,
      dataDirectory: mkdtempSync(join(temporaryDirectory(), 'd')),
      keepAtTwilioSeconds: 3,
      ...more,
    });

  test('says that the port is taken', async () => {
    const { createServer } = await import('node:net');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await expect(start({ port })).rejects.toThrow(`Port ${port} is taken. Choose another one with --port N.`);
    await new Promise((resolve) => other.close(resolve));
  });

  test('says that the WAV file cannot be read', async () => {
    const file = join(temporaryDirectory(), 'no.wav');
    await expect(start({ callerFile: file })).rejects.toThrow(/--caller: .*no\.wav/);
    writeFileSync(file, 'this is no WAV file, though it is long enough for the header of one');
    await expect(start({ callerFile: file })).rejects.toThrow(/--caller: .*no\.wav/);
  });

  test('says that the directory is in use', async () => {
    const { lockDirectory } = await import('../../local/system/directory-lock.ts');
    const dataDirectory = temporaryDirectory();
    const lock = lockDirectory(dataDirectory);
    await expect(start({ dataDirectory })).rejects.toThrow(
      `${dataDirectory} is used by another process (${process.pid})`,
    );
    lock.release();
    lockDirectory(dataDirectory).release();
  });

  test('says that nothing answers at the AWS endpoint', async () => {
    await expect(start({ awsEndpoint: 'http://127.0.0.1:1' })).rejects.toThrow(
      /--aws-endpoint http:\/\/127\.0\.0\.1:1: nothing answers there .*Start it first/,
    );
  });

  test('says that there is no app to synthesize', async () => {
    const nowhere = temporaryDirectory();
    await expect(synthesize({ root: nowhere, directory: join(nowhere, 'out') })).rejects.toThrow(
      /There is no .*cdk\.json/,
    );
  });
});
