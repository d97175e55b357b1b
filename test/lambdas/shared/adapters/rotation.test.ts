/**
 * The auth token is rotated while calls come in, second by second, over Secrets Manager's emulator, with environments that start
 * at any time and live long: no webhook and no stream of Twilio's is refused, as long as the owner goes by docs/security.md.
 */
import { join } from 'node:path';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretsManagerCredentials } from '../../../../lambdas/shared/adapters/aws/secrets-manager-credentials.ts';
import { twilioSignatures } from '../../../../lambdas/shared/adapters/twilio/twilio-signatures.ts';
import { verifyWebhook } from '../../../../lambdas/shared/entry/verified-webhook.ts';
import type { Credentials } from '../../../../lambdas/shared/ports/twilio.ts';
import { streamToken } from '../../../../lambdas/shared/rules/call/stream-token.ts';
import { startStream } from '../../../../lambdas/stream-connect/stream-connect.ts';
import type { JsonServer } from '../../../../local/emulators/json-protocol.ts';
import { startSecretsServer } from '../../../../local/emulators/secrets-server.ts';
import { temporaryDirectory } from '../../../local/support.ts';
import { ACCOUNT, CALL, PUBLIC_URL } from '../../support/fixtures.ts';
import { startMessage } from '../../support/stream.ts';
import { NOON, VirtualClock } from '../../support/time.ts';
import { webhook } from '../../support/webhook.ts';
import { makeWorld } from '../../support/world.ts';

const OLD = 'a'.repeat(32);
const NEW = 'b'.repeat(32);
const SECOND = 1000;

let server: JsonServer;
let client: SecretsManagerClient;
beforeAll(async () => {
  let ids = 0;
  server = await startSecretsServer({
    file: join(temporaryDirectory(), 'secrets.json'),
    region: 'us-east-1',
    accountId: '000000000000',
    now: () => new Date(NOON),
    newId: () => `${String(++ids).padStart(8, '0')}-0000-4000-8000-000000000000`,
  });
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  client = new SecretsManagerClient({ region: 'us-east-1', endpoint: server.url, credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

interface Rotation {
  /** Seconds after the secret got the new token beside the old one. */
  readonly promotedAfter: number;
  /** Seconds after that until the old one is forgotten. */
  readonly forgottenAfter: number;
}

interface Environment {
  readonly credentials: Credentials;
  readonly clock: VirtualClock;
}

/** What was refused while the token was rotated: `second: what`. */
async function refusedDuring(name: string, { promotedAfter, forgottenAfter }: Rotation): Promise<readonly string[]> {
  const text = (fields: object) => JSON.stringify({ accountSid: ACCOUNT, ...fields });
  const put = (fields: object) =>
    client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text(fields) }));
  await client.send(new CreateSecretCommand({ Name: name, SecretString: text({ authToken: OLD }) }));

  const refused: string[] = [];
  const webhooks: Environment[] = [];
  const streams: Environment[] = [];
  const start = (second: number): Environment => {
    const clock = new VirtualClock(NOON + second * SECOND);
    return { credentials: secretsManagerCredentials({ secretId: name, clock, client }), clock };
  };
  for (let second = -60; second <= promotedAfter + forgottenAfter + 60; second += 5) {
    if (second === 0) await put({ authToken: NEW, previousAuthToken: OLD });
    if (second === promotedAfter + forgottenAfter) await put({ authToken: NEW });
    // Old environments live on, and new ones start: with calls at every age of what each remembers.
    webhooks.push(start(second));
    streams.push(start(second));
    // Only some of them are called: one that nobody calls must not be kept up to date by this test.
    const called = (environments: readonly Environment[]): readonly Environment[] =>
      environments.filter((_, index) => (index * 7 + second / 5) % 4 === 0 || index === environments.length - 1);

    for (const { credentials, clock } of called(webhooks)) {
      clock.advanceTo(NOON + second * SECOND);
      const { log } = makeWorld();
      const door = { publicUrl: PUBLIC_URL, credentials, signatures: twilioSignatures, log };
      const form = { AccountSid: ACCOUNT, CallSid: CALL };
      const signed = webhook('/voice', form, { token: second >= promotedAfter ? NEW : OLD });
      const verified = await verifyWebhook(door, signed);
      if (!verified.ok) refused.push(`${second}: webhook`);
      else {
        const token = streamToken(verified.credentials.authTokens[0], CALL, clock.now());
        // Any environment may get the stream.
        for (const environment of called(streams)) {
          environment.clock.advanceTo(NOON + second * SECOND);
          if (!(await takesStream(environment, token))) refused.push(`${second}: stream`);
        }
      }
    }
  }
  return refused;
}

async function takesStream({ credentials, clock }: Environment, token: string): Promise<boolean> {
  const world = makeWorld();
  const deps = { ...world, credentials, clock, foreignStreams: 'refuse', disclaimer: Buffer.alloc(8) } as const;
  await startStream(deps, 'connection', startMessage({ customParameters: { token } }));
  return world.startQueue.size === 1;
}

test('nothing is refused: the secret first, a minute later Twilio, and then the old token goes', async () => {
  expect(await refusedDuring('by-the-book', { promotedAfter: 65, forgottenAfter: 60 })).toEqual([]);
});

test('why to wait: what read the secret just before refuses Twilio for the rest of the minute', async () => {
  const refused = await refusedDuring('hasty', { promotedAfter: 10, forgottenAfter: 120 });
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every((line) => /^(1\d|[2-5]\d): webhook$/.test(line))).toBe(true);
});
