import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import type { JsonServer } from '../../../local/emulators/json-protocol.ts';
import { startSecretsServer } from '../../../local/emulators/secrets-server.ts';
import { temporaryDirectory } from '../support.ts';

const file = join(temporaryDirectory(), 'secrets.json');
let server: JsonServer;
let client: SecretsManagerClient;
let ids = 0;

async function start(): Promise<void> {
  server = await startSecretsServer({
    file,
    region: 'us-east-1',
    accountId: '000000000000',
    now: () => new Date('2026-01-02T03:04:05Z'),
    newId: () => `${String(++ids).padStart(8, '0')}-0000-4000-8000-000000000000`,
  });
  client = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  });
}

async function stop(): Promise<void> {
  client.destroy();
  await server.close();
}

beforeAll(start);
afterAll(stop);

const value = async (SecretId: string, VersionStage?: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;

test('a secret is created once, and has no value until it is given one', async () => {
  const { ARN } = await client.send(new CreateSecretCommand({ Name: 'empty', Description: 'nothing yet' }));
  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:empty-[0-9]{6}$/);
  await expect(value('empty')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(client.send(new CreateSecretCommand({ Name: 'empty' }))).rejects.toMatchObject({
    name: 'ResourceExistsException',
  });
  await expect(value('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a secret answers to its name, its ARN, and its ARN without the random end', async () => {
  const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: 'named', SecretString: 'v' }));
  expect(await Promise.all([value('named'), value(ARN), value(ARN.slice(0, -7))])).toEqual(['v', 'v', 'v']);
});

test('a new value keeps the one before', async () => {
  await client.send(new CreateSecretCommand({ Name: 'rotating', SecretString: 'first' }));
  await client.send(new PutSecretValueCommand({ SecretId: 'rotating', SecretString: 'second' }));
  expect(await value('rotating')).toBe('second');
  expect(await value('rotating', 'AWSPREVIOUS')).toBe('first');
  await client.send(new UpdateSecretCommand({ SecretId: 'rotating', SecretString: 'third' }));
  expect(await value('rotating', 'AWSPREVIOUS')).toBe('second');
  const { VersionIdsToStages = {}, CreatedDate } = await client.send(
    new DescribeSecretCommand({ SecretId: 'rotating' }),
  );
  expect(Object.values(VersionIdsToStages)).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
  expect(CreatedDate).toEqual(new Date('2026-01-02T03:04:05Z'));
});

test('a repeated request changes nothing; another value under its token is refused', async () => {
  await client.send(new CreateSecretCommand({ Name: 'retried', SecretString: 'before' }));
  const put = (SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId: 'retried', SecretString, ClientRequestToken: 'a'.repeat(32) }));
  await put('after');
  await put('after');
  expect(await value('retried', 'AWSPREVIOUS')).toBe('before');
  await expect(put('different')).rejects.toMatchObject({ name: 'ResourceExistsException' });
});

test('secrets outlive the server; a half-written file of a killed one is no harm', async () => {
  await client.send(new CreateSecretCommand({ Name: 'kept', SecretString: 'still here' }));
  writeFileSync(`${file}.12345.tmp`, '[{"name":"ke');
  await stop();
  await start();
  expect(await value('kept')).toBe('still here');
});

test('what it does not know, it says', async () => {
  const command = new PutSecretValueCommand({ SecretId: 'kept', SecretBinary: Buffer.from('x') });
  await expect(client.send(command)).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
