/** A token that was revoked ends: what is remembered of the secret, for how long, and what becomes of a read that fails. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretsManagerCredentials } from '../../../../lambdas/shared/adapters/aws/secrets-manager-credentials.ts';
import { rememberedCredentials } from '../../../../lambdas/shared/adapters/remembered-credentials.ts';
import { verifyWebhook } from '../../../../lambdas/shared/entry/verified-webhook.ts';
import type { TwilioCredentials } from '../../../../lambdas/shared/ports/twilio.ts';
import { ACCOUNT, CREDENTIALS, OLD_TOKEN, TOKEN } from '../../support/fixtures.ts';
import { KeptLog } from '../../support/log.ts';
import { VirtualClock } from '../../support/time.ts';
import { callbackForm, webhook } from '../../support/webhook.ts';
import { makeWorld } from '../../support/world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const REVOKED = { ...CREDENTIALS, authTokens: [OLD_TOKEN] as const };

/** A secret that can be changed and be out of reach; each read answers when it is let go. */
class Secret {
  value: TwilioCredentials = CREDENTIALS;
  outage = false;
  readonly reads: boolean[] = [];
  readonly #held: (() => void)[] = [];
  holds = false;

  readonly read = async (urgent: boolean): Promise<TwilioCredentials> => {
    this.reads.push(urgent);
    if (this.holds) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.outage) throw new Error('Secrets Manager is out.');
    return this.value;
  };

  letGo(): void {
    this.holds = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }
}

let secret: Secret;
let clock: VirtualClock;
let log: KeptLog;
beforeEach(() => {
  secret = new Secret();
  clock = new VirtualClock();
  log = new KeptLog();
});
const remembered = () => rememberedCredentials({ read: secret.read, clock, log });

describe('credentials that were revoked', () => {
  test('are in use no longer once they are five minutes old', async () => {
    const credentials = remembered();
    expect(await credentials.current()).toBe(CREDENTIALS);
    secret.value = REVOKED;
    clock.advance(5 * MINUTE - 1);
    expect(await credentials.current()).toBe(CREDENTIALS);
    clock.advance(1);
    expect(await credentials.current()).toBe(REVOKED);
  });

  test('are in use no longer after an environment has stood idle for days', async () => {
    const credentials = remembered();
    const door = { ...makeWorld(), credentials };
    const signedByRevoked = webhook('/recording-callback', callbackForm(), { token: TOKEN });
    expect((await verifyWebhook(door, signedByRevoked)).ok).toBe(true);
    secret.value = REVOKED;
    clock.advance(72 * 60 * MINUTE);
    expect(await verifyWebhook(door, signedByRevoked)).toMatchObject({ ok: false, reply: { statusCode: 403 } });
  });

  test('are not kept alive by use: their age counts from the read', async () => {
    const credentials = remembered();
    await credentials.current();
    secret.value = REVOKED;
    for (let minute = 1; minute < 5; minute++) {
      clock.advance(MINUTE);
      expect(await credentials.current()).toBe(CREDENTIALS);
    }
    clock.advance(MINUTE);
    expect(await credentials.current()).toBe(REVOKED);
    expect(secret.reads).toHaveLength(2);
  });

  test('are not kept alive by a refresh that failed', async () => {
    const credentials = remembered();
    await credentials.current();
    clock.advance(4 * MINUTE);
    secret.outage = true;
    expect(await credentials.refresh()).toBe(false);
    secret.outage = false;
    secret.value = REVOKED;
    clock.advance(MINUTE);
    expect(await credentials.current()).toBe(REVOKED);
  });
});

describe('a read', () => {
  test('is made once for all who need it at that moment, and all get what it brought', async () => {
    const credentials = remembered();
    secret.holds = true;
    const first = [credentials.current(), credentials.current()];
    secret.letGo();
    expect(await Promise.all(first)).toEqual([CREDENTIALS, CREDENTIALS]);
    expect(secret.reads).toHaveLength(1);

    clock.advance(5 * MINUTE);
    secret.value = REVOKED;
    secret.holds = true;
    const second = [credentials.current(), credentials.current(), credentials.current()];
    secret.letGo();
    expect(await Promise.all(second)).toEqual([REVOKED, REVOKED, REVOKED]);
    expect(secret.reads).toHaveLength(2);
  });

  test('is urgent where older credentials can serve the caller, and not where there are none', async () => {
    const credentials = remembered();
    await credentials.current();
    clock.advance(5 * MINUTE);
    await credentials.current();
    clock.advance(MINUTE);
    await credentials.refresh();
    expect(secret.reads).toEqual([false, true, true]);
  });

  test('that fails leaves the last credentials in use, is told and counted, and is made again ten seconds later', async () => {
    const credentials = remembered();
    await credentials.current();
    clock.advance(5 * MINUTE);
    secret.outage = true;
    expect(await credentials.current()).toBe(CREDENTIALS);
    expect(log.line('credentials_unread')).toMatchObject({ level: 'error', error: expect.any(Error) });
    expect(log.counts).toEqual({ CredentialsUnread: 1 });

    // A caller waits for each attempt.
    clock.advance(9 * SECOND);
    expect(await credentials.current()).toBe(CREDENTIALS);
    expect(secret.reads).toHaveLength(2);
    secret.outage = false;
    secret.value = REVOKED;
    clock.advance(SECOND);
    expect(await credentials.current()).toBe(REVOKED);
    expect(log.counts).toEqual({ CredentialsUnread: 1 });
  });

  test('that fails for all who wait for it is counted once', async () => {
    const credentials = remembered();
    await credentials.current();
    clock.advance(5 * MINUTE);
    secret.outage = true;
    secret.holds = true;
    const all = [credentials.current(), credentials.current(), credentials.current()];
    secret.letGo();
    expect(await Promise.all(all)).toEqual([CREDENTIALS, CREDENTIALS, CREDENTIALS]);
    expect(log.counts).toEqual({ CredentialsUnread: 1 });
  });

  test('that fails where none was ever made throws, is counted, and the next use reads again', async () => {
    const credentials = remembered();
    secret.outage = true;
    await expect(credentials.current()).rejects.toThrow('Secrets Manager is out.');
    await expect(credentials.refresh('at-once')).rejects.toThrow('Secrets Manager is out.');
    expect(log.counts).toEqual({ CredentialsUnread: 2 });
    secret.outage = false;
    expect(await credentials.current()).toBe(CREDENTIALS);
  });
});

test('a refresh is made once a minute at most, at once it waits a second', async () => {
  const credentials = remembered();
  await credentials.current();
  expect(await credentials.refresh()).toBe(false);
  expect(await credentials.refresh('at-once')).toBe(true);
  expect(clock.sleeps).toEqual([SECOND]);
  clock.advance(MINUTE);
  expect(await credentials.refresh()).toBe(true);
  expect(secret.reads).toHaveLength(3);
});

describe('Secrets Manager that does not answer', () => {
  let server: Server;
  let answers: boolean;
  beforeEach(async () => {
    answers = true;
    const SecretString = JSON.stringify({ accountSid: ACCOUNT, authToken: TOKEN });
    server = createServer((_, reply) => {
      if (answers) reply.end(JSON.stringify({ SecretString }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('does not keep a caller waiting for all of its attempts: what is known serves', async () => {
    const client = new SecretsManagerClient({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      // Without a limit of its own the read would never end.
      requestHandler: { requestTimeout: 0 },
    });
    const credentials = secretsManagerCredentials({ secretId: 'twilio', clock, log, client });
    expect(await credentials.current()).toMatchObject({ authTokens: [TOKEN] });
    answers = false;
    clock.advance(5 * MINUTE);
    expect(await credentials.current()).toMatchObject({ authTokens: [TOKEN] });
    expect(log.counts).toEqual({ CredentialsUnread: 1 });
    client.destroy();
  });
});
