/** The key of parties, over the emulator of Secrets Manager. */
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { secretsManagerPartyKey } from '../../../../lambdas/shared/adapters/aws/look-ups/secrets-manager-party-key.ts';
import { rememberedPartyKey } from '../../../../lambdas/shared/adapters/remembered-party-key.ts';
import { startAws } from './aws.ts';

describe('the key', () => {
  test('is read once, and never again', async () => {
    let reads = 0;
    const key = rememberedPartyKey(async () => `key ${++reads}`);
    expect(await Promise.all([key.current(), key.current()])).toEqual(['key 1', 'key 1']);
    expect(await key.current()).toBe('key 1');
  });

  test('that could not be read is read again for the next who needs it', async () => {
    let reads = 0;
    const key = rememberedPartyKey(async () => {
      reads += 1;
      if (reads === 1) throw new Error('refused');
      return 'key';
    });
    const both = await Promise.allSettled([key.current(), key.current()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await key.current()).toBe('key');
    expect(reads).toBe(2);
  });
});

describe('its secret', () => {
  let aws: Awaited<ReturnType<typeof startAws>>;
  beforeAll(async () => {
    aws = await startAws();
    const create = (Name: string, SecretString: string) =>
      aws.clients.secretsmanager.send(new CreateSecretCommand({ Name, SecretString }));
    await create('party', 'k'.repeat(64));
    await create('short', 'too-short-to-be-one');
  });
  afterAll(() => aws.close());
  const keyIn = (name: string) => secretsManagerPartyKey(aws.clients.secretsmanager, name);

  test('holds it', async () => {
    expect(await keyIn('party').current()).toBe('k'.repeat(64));
  });

  test('must hold one: nothing is keyed by a word that can be guessed, and no error quotes it', async () => {
    await expect(keyIn('short').current()).rejects.toThrow(/^The secret short does not hold the key of parties/);
    await expect(keyIn('short').current()).rejects.not.toThrow('too-short-to-be-one');
    await expect(keyIn('nowhere').current()).rejects.toThrow(/can't find/);
  });
});
