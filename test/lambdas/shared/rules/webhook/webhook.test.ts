import { Buffer } from 'node:buffer';
import {
  header,
  readWebhookBody,
  signedUrls,
  WEBHOOK_BYTES_MAX,
} from '../../../../../lambdas/shared/rules/webhook/webhook.ts';
import { fc } from '../../../support/properties.ts';

const request = (body: string | undefined, isBase64Encoded = false) => ({
  rawPath: '/recording-callback',
  rawQueryString: '',
  headers: {},
  body,
  isBase64Encoded,
});
const base64 = (text: string) => request(Buffer.from(text).toString('base64'), true);

describe('body', () => {
  test('is decoded as the flag says', () => {
    const form = 'CallSid=CA1&From=%2B49+30&Note=gr%C3%BC%C3%9Fe';
    const parameters = { CallSid: 'CA1', From: '+49 30', Note: 'grüße' };
    expect(readWebhookBody(base64(form))).toEqual({ ok: true, parameters });
    expect(readWebhookBody(request(form))).toEqual({ ok: true, parameters });
  });

  test('that looks like base64 is plain text without the flag', () => {
    const encoded = Buffer.from('a=1').toString('base64');
    const reading = readWebhookBody(request(encoded));
    expect(reading.ok && Object.keys(reading.parameters)).toEqual([encoded.replace(/=+$/, '')]);
  });

  test('may be absent', () => {
    expect(readWebhookBody(request(undefined))).toEqual({ ok: true, parameters: {} });
    expect(readWebhookBody(request(undefined, true))).toEqual({ ok: true, parameters: {} });
  });

  test.each(['a=1&a=2', 'a=1&b=2&a=1', 'a=&a=', 'a&a', '%61=1&a=2', '__proto__=1&__proto__=2', '=1&=2'])(
    'with twice the same name is refused: %s',
    (body) => {
      expect(readWebhookBody(base64(body))).toEqual({ ok: false, status: 400, reason: 'A parameter is given twice.' });
    },
  );

  test('keeps names apart that differ in case', () => {
    expect(readWebhookBody(request('a=1&A=2'))).toEqual({ ok: true, parameters: { a: '1', A: '2' } });
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes %s for a name like any other',
    (name) => {
      const reading = readWebhookBody(request(`${name}=x`));
      if (!reading.ok) throw new Error('refused');
      expect(Object.entries(reading.parameters)).toEqual([[name, 'x']]);
      expect(({} as { [key: string]: unknown }).x).toBeUndefined();
      // A copy, which the signature is checked over, has the name too.
      expect(Object.entries({ ...reading.parameters })).toEqual([[name, 'x']]);
    },
  );

  test('has no parameters but those sent', () => {
    const reading = readWebhookBody(request(''));
    if (!reading.ok) throw new Error('refused');
    expect(reading.parameters.constructor).toBeUndefined();
    expect(reading.parameters.toString).toBeUndefined();
  });

  test.each([
    ['of 256 kB', WEBHOOK_BYTES_MAX, true],
    ['one byte longer', WEBHOOK_BYTES_MAX + 1, false],
    ['much longer', 8 * WEBHOOK_BYTES_MAX, false],
  ])('%s', (_what, bytes, ok) => {
    const body = `a=${'x'.repeat(bytes - 2)}`;
    for (const sent of [request(body), base64(body)]) {
      expect(readWebhookBody(sent)).toMatchObject(ok ? { ok } : { ok, status: 413 });
    }
    expect(WEBHOOK_BYTES_MAX).toBe(262_144);
  });

  test('is measured in bytes, after decoding', () => {
    // As base64 it is longer than the cap, decoded it is not.
    expect(readWebhookBody(base64(`a=${'x'.repeat(WEBHOOK_BYTES_MAX - 2)}`)).ok).toBe(true);
    // Fewer characters than the cap, more bytes.
    expect(readWebhookBody(request(`a=${'ü'.repeat(WEBHOOK_BYTES_MAX / 2)}`))).toEqual({
      ok: false,
      status: 413,
      reason: 'The body has 262146 bytes; 262144 are allowed.',
    });
  });

  test('gives back any form that was sent', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(fc.dictionary(text, text, { maxKeys: 10 }), fc.boolean(), (form, encoded) => {
        const body = new URLSearchParams(form).toString();
        const reading = readWebhookBody(encoded ? base64(body) : request(body));
        expect(reading.ok && { ...reading.parameters }).toEqual({ ...form });
      }),
    );
  });

  test('of any bytes is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const reading = readWebhookBody(request(Buffer.from(bytes).toString('base64'), true));
        expect(reading.ok || reading.status === 400).toBe(true);
      }),
    );
    for (const garbage of ['%', '%%%=%zz', '&&&', '=', '🎉', '\0\0']) {
      expect(readWebhookBody(request(garbage))).toHaveProperty('ok');
      expect(readWebhookBody(request(garbage, true))).toHaveProperty('ok');
    }
  });
});

describe('signed URL', () => {
  const at = (rawPath: string, rawQueryString: string) => ({ ...request(''), rawPath, rawQueryString });

  test('is the configured one with path and query', () => {
    expect(signedUrls('https://example.test', at('/voice', ''))).toEqual(['https://example.test/voice']);
    expect(signedUrls('https://example.test/prod', at('/voice', 'a=1&b=2'))).toEqual([
      'https://example.test/prod/voice?a=1&b=2',
    ]);
  });

  test('may have a query in the form in which it came, or in that in which this recorder writes it', () => {
    expect(signedUrls('https://example.test', at('/voice', 'a=1&b=%20:'))).toEqual([
      'https://example.test/voice?a=1&b=%20:',
      'https://example.test/voice?a=1&b=+%3A',
    ]);
  });

  test('never follows the Host header', () => {
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' };
    expect(signedUrls('https://example.test', { ...at('/voice', ''), headers })).toEqual([
      'https://example.test/voice',
    ]);
  });
});

describe('header', () => {
  test.each(['x-twilio-signature', 'X-Twilio-Signature', 'X-TWILIO-SIGNATURE'])('is found as %s', (name) => {
    expect(header({ other: 'a', [name]: 'signature' }, 'x-twilio-signature')).toBe('signature');
    expect(header({ 'x-twilio-signature': 'signature' }, name)).toBe('signature');
  });

  test('is not found where there is none', () => {
    expect(header({ 'x-twilio-signature-2': 'a' }, 'x-twilio-signature')).toBeUndefined();
    expect(header({}, 'constructor')).toBeUndefined();
    expect(header(null, 'x')).toBeUndefined();
    expect(header(undefined, 'x')).toBeUndefined();
  });
});
