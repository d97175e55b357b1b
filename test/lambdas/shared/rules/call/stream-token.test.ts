import { createHmac } from 'node:crypto';
import {
  checkStreamToken,
  isTimelessStreamToken,
  STREAM_TOKEN_VALID_MS,
  streamToken,
} from '../../../../../lambdas/shared/rules/call/stream-token.ts';
import { CALL, callSid, OLD_TOKEN, TOKEN } from '../../../support/fixtures.ts';
import { fc } from '../../../support/properties.ts';
import { NOON } from '../../../support/time.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const made = streamToken(TOKEN, CALL, NOON);

test('fits its own call, by the current and by the previous auth token', () => {
  expect(checkStreamToken(made, CALL, [TOKEN], NOON)).toBe('fits');
  expect(checkStreamToken(streamToken(OLD_TOKEN, CALL, NOON), CALL, [TOKEN, OLD_TOKEN], NOON)).toBe('fits');
});

test('fits no other call and no other auth token', () => {
  expect(checkStreamToken(made, callSid('2'), [TOKEN], NOON)).toBe('differs');
  expect(checkStreamToken(streamToken('stolen', CALL, NOON), CALL, [TOKEN, OLD_TOKEN], NOON)).toBe('differs');
  expect(checkStreamToken(made, CALL, [], NOON)).toBe('differs');
});

test('binds the name of a disclaimer: no other fits, nor none, and none fits where it has one', () => {
  const bound = streamToken(TOKEN, CALL, NOON, 'sales');
  expect(checkStreamToken(bound, CALL, [TOKEN], NOON, 'sales')).toBe('fits');
  for (const other of ['sales-2', 'sale', '', undefined]) {
    expect(checkStreamToken(bound, CALL, [TOKEN], NOON, other)).toBe('differs');
  }
  expect(checkStreamToken(made, CALL, [TOKEN], NOON, 'sales')).toBe('differs');
});

test('ends ten minutes after it was made', () => {
  expect(STREAM_TOKEN_VALID_MS).toBe(10 * MINUTE);
  expect(checkStreamToken(made, CALL, [TOKEN], NOON + 10 * MINUTE - 1)).toBe('fits');
  for (const later of [10 * MINUTE, 72 * 60 * MINUTE, 10 * 365 * 24 * 60 * MINUTE]) {
    expect(checkStreamToken(made, CALL, [TOKEN], NOON + later)).toBe('expired');
  }
});

test('is taken by a clock that is a minute behind, and not by one that is further', () => {
  expect(checkStreamToken(made, CALL, [TOKEN], NOON - MINUTE)).toBe('fits');
  expect(checkStreamToken(made, CALL, [TOKEN], NOON - MINUTE - 1)).toBe('expired');
});

test('cannot be given another time', () => {
  const [seconds, code] = made.split('.');
  for (const other of [`${Number(seconds) + 1}`, `0${seconds}`, ` ${seconds}`, `${seconds}.0`, '', '-1', '1e9', 'x']) {
    expect(checkStreamToken(`${other}.${code}`, CALL, [TOKEN], NOON)).toBe('differs');
  }
});

test('is whole', () => {
  const changed = made.replace(/\..$/, '').replace(/\.(.)/, (_, first) => (first === 'A' ? '.B' : '.A'));
  const code = made.split('.')[1] ?? '';
  for (const other of ['', made.slice(1), made.slice(0, -1), `${made}=`, `${made} `, changed, code]) {
    expect(checkStreamToken(other, CALL, [TOKEN], NOON)).toBe('differs');
  }
});

test('is not guessed', () => {
  const seconds = Math.floor(NOON / SECOND);
  const guess = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary' }).map((text) => `${seconds}.${text}`),
  );
  const tokens = [TOKEN, OLD_TOKEN];
  fc.assert(
    fc.property(guess, (text) => {
      expect(checkStreamToken(text, CALL, tokens, NOON)).toBe('differs');
      expect(isTimelessStreamToken(text, CALL, tokens)).toBe(false);
    }),
  );
});

test('goes into a <Parameter>: under 500 characters, none that XML or JSON would change', () => {
  expect(made).toMatch(/^\d{10}\.[\w-]{43}$/);
});

test('does not show the auth token', () => {
  expect(made).not.toContain(TOKEN);
});

test('without a time, as version 0.1 made it, fits its own call alone', () => {
  const timeless = createHmac('sha256', TOKEN).update(`call-recorder stream ${CALL}`).digest('base64url');
  expect(isTimelessStreamToken(timeless, CALL, [OLD_TOKEN, TOKEN])).toBe(true);
  expect(isTimelessStreamToken(timeless, callSid('2'), [TOKEN])).toBe(false);
  expect(isTimelessStreamToken(timeless, CALL, [OLD_TOKEN])).toBe(false);
  expect(isTimelessStreamToken(made, CALL, [TOKEN])).toBe(false);
  expect(checkStreamToken(timeless, CALL, [TOKEN], NOON)).toBe('differs');
});
