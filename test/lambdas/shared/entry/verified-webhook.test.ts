import { verifyWebhook } from '../../../../lambdas/shared/entry/verified-webhook.ts';
import { probeMark } from '../../../../lambdas/shared/rules/webhook/probe.ts';
import { WEBHOOK_BYTES_MAX } from '../../../../lambdas/shared/rules/webhook/webhook.ts';
import { breakPort } from '../../support/faults.ts';
import { CREDENTIALS, OLD_TOKEN, PUBLIC_URL, TOKEN } from '../../support/fixtures.ts';
import { fc } from '../../support/properties.ts';
import { callbackForm, signatureOf, webhook } from '../../support/webhook.ts';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});

const PATH = '/recording-callback';
const form = callbackForm();

async function isAdmitted(request: Parameters<typeof verifyWebhook>[1]): Promise<boolean> {
  const verified = await verifyWebhook(world, request);
  if (!verified.ok) expect(verified.reply.statusCode).toBe(403);
  return verified.ok;
}

test('a request that Twilio signed is admitted with its parameters', async () => {
  expect(await verifyWebhook(world, webhook(PATH, form))).toEqual({
    ok: true,
    parameters: form,
    credentials: CREDENTIALS,
  });
  expect(await isAdmitted(webhook(PATH, form, { base64: false }))).toBe(true);
  expect(world.log.counts).toEqual({});
});

test('a query is part of what is signed', async () => {
  expect(await isAdmitted(webhook(PATH, form, { query: 'a=1&b=%20x' }))).toBe(true);
  expect(await isAdmitted({ ...webhook(PATH, form), rawQueryString: 'a=1' })).toBe(false);
});

describe('refused is', () => {
  afterEach(() => {
    expect(world.log.counts.SignatureRefused).toBe(1);
    expect(world.log.line('signature_refused').level).toBe('warn');
  });

  test('a request without a signature, for which nothing is read', async () => {
    expect(await isAdmitted({ ...webhook(PATH, form), headers: {} })).toBe(false);
    expect(world.log.line('signature_refused')).toMatchObject({
      reason: 'no-signature',
      message: 'A request without a valid signature of Twilio was refused',
    });
    expect(world.credentials.refreshes).toBe(0);
  });

  test('a request, by an answer that says what to look at', async () => {
    const verified = await verifyWebhook(world, webhook(PATH, form, { token: 'not-the-token' }));
    expect(verified).toEqual({
      ok: false,
      reply: {
        statusCode: 403,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          message:
            'The signature does not fit. Is the public URL configured as Twilio is given it, and is the auth token current?',
        }),
      },
    });
    expect(world.log.line('signature_refused').reason).toBe('signature-differs');
  });

  test.each([
    ['an empty signature', { signature: '' }],
    ['another text', { signature: 'AAAA' }],
    ['a signature by another token', { token: 'not-the-token' }],
    ['a signature over another host', { signature: signatureOf(`https://evil.test${PATH}`, form) }],
    ['a signature over another path', { signature: signatureOf(`${PUBLIC_URL}/voice`, form) }],
    ['a signature over no parameters', { signature: signatureOf(PUBLIC_URL + PATH, {}) }],
  ])('%s', async (_what, options) => {
    expect(await isAdmitted(webhook(PATH, form, options))).toBe(false);
  });

  test.each([
    ['a parameter changed', { ...form, CallSid: `CA${'9'.repeat(32)}` }],
    ['a parameter added', { ...form, Added: '1' }],
    ['a parameter left out', Object.fromEntries(Object.entries(form).slice(1))],
  ])('%s after signing', async (_what, changed) => {
    const { headers } = webhook(PATH, form);
    expect(await isAdmitted({ ...webhook(PATH, changed), headers })).toBe(false);
  });

  test('a request whose Host header says what was signed', async () => {
    const signature = signatureOf(`https://evil.test${PATH}`, form);
    const request = webhook(PATH, form, { signature });
    expect(await isAdmitted({ ...request, headers: { ...request.headers, host: 'evil.test' } })).toBe(false);
  });
});

describe('a request that is marked as meant to be refused', () => {
  const url = PUBLIC_URL + PATH;
  const marked = (mark: string, options = {}) => {
    const request = webhook(PATH, form, { token: 'not-the-token', ...options });
    return { ...request, headers: { ...request.headers, 'X-Call-Recorder-Probe': mark } };
  };

  test('is refused, and not counted', async () => {
    expect(await isAdmitted(marked(probeMark(TOKEN, url)))).toBe(false);
    expect(world.log.counts).toEqual({});
    expect(world.log.lines).toEqual([
      { level: 'info', message: 'A request that was meant to be refused was refused', event: 'probe_refused' },
    ]);
  });

  test.each([
    ['another token', probeMark('not-the-token', url)],
    ['another address', probeMark(TOKEN, `${PUBLIC_URL}/voice`)],
    ['nothing', ''],
    ['a signature', signatureOf(url, form)],
  ])('with a mark by %s is refused and counted', async (_, mark) => {
    expect(await isAdmitted(marked(mark))).toBe(false);
    expect(world.log.counts).toEqual({ SignatureRefused: 1, OwnSignatureRefused: 1 });
  });

  test.each([
    ['cannot be read', { body: 'a=1&a=2' }, 400],
    ['is too large', { body: 'x'.repeat(WEBHOOK_BYTES_MAX + 1) }, 413],
  ])('and %s is refused, and not counted', async (_what, options, statusCode) => {
    const verified = await verifyWebhook(world, marked(probeMark(TOKEN, url), options));
    expect(verified).toMatchObject({ ok: false, reply: { statusCode } });
    expect(world.log.counts).toEqual({});
    expect(world.log.events()).toEqual(['probe_refused']);
  });

  test.each([
    ['another token', probeMark('not-the-token', url)],
    ['another address', probeMark(TOKEN, `${PUBLIC_URL}/voice`)],
    ['nothing', ''],
  ])('with a mark by %s, and cannot be read, is refused and counted', async (_what, mark) => {
    await verifyWebhook(world, marked(mark, { body: 'a=1&a=2' }));
    expect(world.log.counts).toEqual({ SignatureRefused: 1 });
  });

  test('is let in by its signature alone', async () => {
    expect(await isAdmitted(marked('anything', { token: TOKEN }))).toBe(true);
    expect(await isAdmitted(marked(probeMark(TOKEN, url), { signature: '' }))).toBe(false);
  });
});

test('names that join to the same text are told apart by their number, or refused', async () => {
  // Signed was a=bc, sent is a=b&a=c, which some readers would join to the same.
  const signature = signatureOf(PUBLIC_URL + PATH, { a: 'bc' });
  const verified = await verifyWebhook(world, webhook(PATH, {}, { signature, body: 'a=b&a=c' }));
  expect(verified).toMatchObject({ ok: false, reply: { statusCode: 400 } });
  expect(world.log.counts).toEqual({ SignatureRefused: 1 });
  expect(world.log.lines).toEqual([
    {
      level: 'warn',
      message: 'A webhook was refused',
      event: 'webhook_refused',
      reason: 'A parameter is given twice.',
      status: 400,
    },
  ]);
});

test('a body above the cap is refused before anything is computed over it', async () => {
  const verified = await verifyWebhook(world, webhook(PATH, { ...form, Long: 'x'.repeat(262_144) }));
  expect(verified).toMatchObject({ ok: false, reply: { statusCode: 413 } });
  expect(world.log.counts.RequestRefused).toBeUndefined();
});

describe('what may be of Twilio although it is refused', () => {
  const refused = async (parameters: typeof form, options: object) => {
    expect((await verifyWebhook(world, webhook(PATH, parameters, options))).ok).toBe(false);
    return world.log.counts;
  };
  const tooLong = { ...form, Long: 'x'.repeat(WEBHOOK_BYTES_MAX) };
  const twice = { body: new URLSearchParams([...Object.entries(form), ['a', '1'], ['a', '2']]).toString() };

  test.each([
    ['a signature by another token', form, { token: 'rotated' }],
    ['a signed body that is too long', tooLong, {}],
    ['a signed body with a parameter twice', form, twice],
    ['the same, not encoded', form, { ...twice, base64: false }],
  ])('%s, in the name of our account, counts as our own', async (_what, parameters, options) => {
    expect(await refused(parameters, options)).toEqual({ SignatureRefused: 1, OwnSignatureRefused: 1 });
  });

  test.each([
    ['no signature', form, { signature: '' }],
    ['another account', { ...form, AccountSid: `AC${'9'.repeat(32)}` }, { token: 'rotated' }],
    [
      'an account in a longer name',
      { ...form, AccountSid: '', ParentAccountSid: form.AccountSid },
      { token: 'rotated' },
    ],
    ['no account', { CallSid: form.CallSid }, { token: 'rotated' }],
    ['a body that is too long and unsigned', tooLong, { signature: '' }],
  ])('%s counts as a stranger’s', async (_what, parameters, options) => {
    expect(await refused(parameters as typeof form, options)).toEqual({ SignatureRefused: 1 });
  });
});

test('__proto__ is signed and read like any other parameter', async () => {
  const polluting = JSON.parse('{"__proto__":"x","CallSid":"CA1"}');
  const verified = await verifyWebhook(world, webhook(PATH, polluting));
  expect(verified.ok && Object.keys(verified.parameters).sort()).toEqual(['CallSid', '__proto__']);
});

describe('while the auth token is rotated', () => {
  test('signatures by the current and by the previous token are admitted', async () => {
    world.credentials.secret = { ...CREDENTIALS, authTokens: [TOKEN, OLD_TOKEN] };
    await world.credentials.refresh();
    expect(await isAdmitted(webhook(PATH, form))).toBe(true);
    expect(await isAdmitted(webhook(PATH, form, { token: OLD_TOKEN }))).toBe(true);
  });

  test('a signature by a token that is not known yet has the secret read again', async () => {
    world.credentials.secret = { ...CREDENTIALS, authTokens: ['new-token', TOKEN] };
    const verified = await verifyWebhook(world, webhook(PATH, form, { token: 'new-token' }));
    expect(verified.ok && verified.credentials).toBe(world.credentials.secret);
    expect(world.log.counts).toEqual({});
  });

  test('a flood of forged requests has it read once a minute at most', async () => {
    for (let forged = 0; forged < 50; forged++) {
      expect(await isAdmitted(webhook(PATH, form, { token: 'forged' }))).toBe(false);
      world.clock.advance(1000);
    }
    expect(world.credentials.refreshes).toBe(1);
    world.clock.advance(60_000);
    await isAdmitted(webhook(PATH, form, { token: 'forged' }));
    expect(world.credentials.refreshes).toBe(2);
  });
});

test('while the credentials cannot be read, nobody is admitted and Twilio is made to call again', async () => {
  breakPort(world.credentials, 'current');
  await expect(verifyWebhook(world, webhook(PATH, form))).rejects.toThrow();
});

test('log lines say nothing of the request', async () => {
  await isAdmitted(webhook(PATH, { From: '+4930123456', Custom: 'private' }, { token: 'forged' }));
  const said = JSON.stringify(world.log.lines);
  for (const secret of [TOKEN, '+49', 'private', 'forged']) expect(said).not.toContain(secret);
});

test('any parameters that Twilio signs are admitted as they were sent', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const value = fc.string({ unit: 'grapheme', maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 12 }), fc.boolean(), async (parameters, base64) => {
      const verified = await verifyWebhook(makeWorld(), webhook(PATH, parameters, { base64 }));
      expect(verified.ok && { ...verified.parameters }).toEqual({ ...parameters });
    }),
  );
});
