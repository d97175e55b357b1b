/**
 * Our door and the vendor's library on 20,000 cases: what one takes, the other takes.
 *
 * The vendor reads a form as its middleware does behind `body-parser`, by Node's `querystring`. We differ on purpose in
 * one thing alone: twice the same name is refused, whatever the signature.
 */
import { parse } from 'node:querystring';
import { getExpectedTwilioSignature, validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { twilioSignatures } from '../../lambdas/shared/adapters/twilio/twilio-signatures.ts';
import { verifyWebhook } from '../../lambdas/shared/entry/verified-webhook.ts';
import { readWebhookBody, signedUrls, type WebhookRequest } from '../../lambdas/shared/rules/webhook/webhook.ts';
import { CREDENTIALS, PUBLIC_URL, TOKEN } from '../lambdas/support/fixtures.ts';
import { KeptLog } from '../lambdas/support/log.ts';
import { fc } from '../lambdas/support/properties.ts';

const CASES = 20_000;

const credentials = { current: async () => CREDENTIALS, refresh: async () => false };
const door = () => ({ publicUrl: PUBLIC_URL, credentials, signatures: twilioSignatures, log: new KeptLog() });

const unicode = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '',
    ' ',
    '+',
    '&',
    '=',
    '%',
    '%41',
    'a b',
    'ä',
    '🎉',
    '\u2028',
    '\0',
    "it's",
    '(x)',
    '~!*',
    '\\',
    '"',
    '\ufeff',
  ),
);
const name = fc.oneof(
  unicode,
  fc.constantFrom('CallSid', 'callSid', 'From', '__proto__', 'constructor', 'toString', 'a[]'),
);
const pairs = fc.array(fc.tuple(name, unicode), { maxLength: 6 });
const query = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    'a=1',
    'a=1&b=2',
    'a=%20',
    'a=+',
    "a='x'",
    'a',
    'a=',
    '=',
    '&',
    'bodySHA256=x',
    'ü=ö',
    'a=%C3%BC',
    'a=1#b',
    '?',
  ),
);
const path = fc.constantFrom('/voice', '/recording-callback', '/', '/a%20b', "/it's", '/ü', '//', '/a;b');

/** Ways in which the same form goes over the wire. */
const ENCODINGS = {
  form: (form: readonly [string, string][]) => new URLSearchParams([...form]).toString(),
  percent: (form: readonly [string, string][]) =>
    form.map(([n, v]) => `${encodeURIComponent(n)}=${encodeURIComponent(v)}`).join('&'),
  lowerCase: (form: readonly [string, string][]) =>
    form
      .map(([n, v]) => `${encodeURIComponent(n)}=${encodeURIComponent(v)}`)
      .join('&')
      .replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
};

const TAMPERINGS = ['none', 'none', 'token', 'signature', 'cut', 'parameter', 'added', 'query', 'empty'] as const;

interface Case {
  readonly request: WebhookRequest;
  readonly signature: string;
  readonly body: string;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    form: pairs,
    encoding: fc.constantFrom(...(Object.keys(ENCODINGS) as (keyof typeof ENCODINGS)[])),
    base64: fc.boolean(),
    rawPath: path,
    rawQueryString: query,
    tampering: fc.constantFrom(...TAMPERINGS),
  })
  .map(({ form, encoding, base64, rawPath, rawQueryString, tampering }) => {
    const well = form.map(([n, v]): [string, string] => [n.toWellFormed(), v.toWellFormed()]);
    const signed = ENCODINGS[encoding](well);
    const url = PUBLIC_URL + rawPath + (rawQueryString === '' ? '' : `?${rawQueryString}`);
    const genuine = getExpectedTwilioSignature(tampering === 'token' ? 'another' : TOKEN, url, { ...parse(signed) });
    const signature =
      tampering === 'signature'
        ? genuine.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
        : tampering === 'cut'
          ? genuine.slice(0, -1)
          : tampering === 'empty'
            ? ''
            : genuine;
    const body =
      tampering === 'parameter'
        ? signed.replace(/=[^&]*/, '=changed')
        : tampering === 'added'
          ? `${signed}${signed === '' ? '' : '&'}added=1`
          : signed;
    const request = {
      rawPath,
      rawQueryString: tampering === 'query' ? `${rawQueryString}&more=1` : rawQueryString,
      headers: { 'X-Twilio-Signature': signature },
      body: base64 ? Buffer.from(body).toString('base64') : body,
      isBase64Encoded: base64,
    };
    return { request, signature, body };
  });

const namesOf = (body: string): string[] => [...new URLSearchParams(body).keys()];

test('our door and the vendor say the same of 20,000 requests', async () => {
  const tally = { taken: 0, refused: 0, twice: 0 };
  await fc.assert(
    fc.asyncProperty(cases, async ({ request, signature, body }) => {
      const ours = await verifyWebhook(door(), request);
      const names = namesOf(body);
      if (new Set(names).size < names.length) {
        tally.twice += 1;
        return !ours.ok && ours.reply.statusCode === 400;
      }
      const theirs = signedUrls(PUBLIC_URL, request).some((url) =>
        validateRequest(TOKEN, signature, url, { ...parse(body) }),
      );
      tally[theirs ? 'taken' : 'refused'] += 1;
      return ours.ok === theirs && (ours.ok || ours.reply.statusCode === 403);
    }),
    { numRuns: CASES },
  );
  // Each kind of case has come often.
  expect(tally.taken).toBeGreaterThan(CASES / 10);
  expect(tally.refused).toBeGreaterThan(CASES / 10);
  expect(tally.twice).toBeGreaterThan(CASES / 100);
});

test('we read from a form what the vendor reads', () => {
  fc.assert(
    fc.property(cases, ({ request, body }) => {
      const ours = readWebhookBody(request);
      if (ours.ok) expect({ ...ours.parameters }).toEqual({ ...parse(body) });
    }),
    { numRuns: 5000 },
  );
});
