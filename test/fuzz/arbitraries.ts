/** What may come in: from well-formed to garbage, with everything in between. */
import { ACCOUNT, CALL, CREDENTIALS, OTHER_ACCOUNT, RECORDING, STREAM, TOKEN } from '../lambdas/support/fixtures.ts';
import { fc } from '../lambdas/support/properties.ts';

/** One of these in a log line is a leak. */
export const SECRETS = [TOKEN, CREDENTIALS.rest.password, '+4930123456', 'private parameter'];
export const PHONE = '+4930123456';
export const PRIVATE = 'private parameter';

const nasty = fc.constantFrom(
  '',
  ' ',
  '\0',
  '\r\nX: y',
  '../../x',
  '%2e%2e%2f',
  '%',
  '%zz',
  '%E0%A4%A',
  '\ud800',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'NaN',
  '1e999',
  '-1',
  '0x10',
  '🎉'.repeat(50),
  'e\u0301',
  PHONE,
  PRIVATE,
);

/** Text as people, and those who mean harm, would send it. */
export const text = fc.oneof(
  nasty,
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

const almostSid = (sid: string) =>
  fc.constantFrom(
    sid,
    sid.toUpperCase(),
    sid.slice(0, -1),
    `${sid}0`,
    `${sid}\n`,
    ` ${sid}`,
    `${sid}/../${sid}`,
    `${sid}#`,
    `${sid}\0`,
  );

/** A SID, or what nearly is one. */
export const sidish = fc.oneof(...[CALL, RECORDING, ACCOUNT, OTHER_ACCOUNT, STREAM].map(almostSid), text);

/** Any JSON, with our field names in it more often than chance would have it. */
export const jsonish = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    sidish,
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, Number.MAX_SAFE_INTEGER),
    fc.double(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(
        fc.constantFrom(
          ...['event', 'start', 'mark', 'name', 'streamSid', 'callSid', 'accountSid', 'customParameters', 'token'],
          ...['parentCallSid', 'recordingSid', 'startedAt', '__proto__', 'constructor', 'toString'],
        ),
        text,
      ),
      tie('value'),
      { maxKeys: 6, noNullPrototype: true },
    ),
  ),
})).value;

/** Fails where a line of the log says what nobody may read there. */
export function expectNothingSecret(lines: readonly object[]): void {
  // Of an error the real log tells the name and the stack alone.
  const said = JSON.stringify(lines, (key, value) => (key === 'error' ? (value as Error)?.name : value));
  for (const secret of SECRETS) expect(said).not.toContain(secret);
}
