import { isStreamToken, streamToken } from '../../../../../lambdas/shared/rules/call/stream-token.ts';
import { CALL, callSid, OLD_TOKEN, TOKEN } from '../../../support/fixtures.ts';
import { fc } from '../../../support/properties.ts';

test('fits its own call, by the current and by the previous auth token', () => {
  expect(isStreamToken(streamToken(TOKEN, CALL), CALL, [TOKEN])).toBe(true);
  expect(isStreamToken(streamToken(OLD_TOKEN, CALL), CALL, [TOKEN, OLD_TOKEN])).toBe(true);
});

test('fits no other call and no other auth token', () => {
  expect(isStreamToken(streamToken(TOKEN, CALL), callSid('2'), [TOKEN])).toBe(false);
  expect(isStreamToken(streamToken('stolen', CALL), CALL, [TOKEN, OLD_TOKEN])).toBe(false);
  expect(isStreamToken(streamToken(TOKEN, CALL), CALL, [])).toBe(false);
});

test('is whole', () => {
  const token = streamToken(TOKEN, CALL);
  const changed = token.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  for (const other of ['', token.slice(1), token.slice(0, -1), `${token}=`, `${token} `, changed]) {
    expect(isStreamToken(other, CALL, [TOKEN])).toBe(false);
  }
});

test('is not guessed', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (guess) => !isStreamToken(guess, CALL, [TOKEN, OLD_TOKEN])));
});

test('goes into a <Parameter>: under 500 characters, none that XML or JSON would change', () => {
  expect(streamToken(TOKEN, CALL)).toMatch(/^[\w-]{43}$/);
});

test('does not show the auth token', () => {
  expect(streamToken(TOKEN, CALL)).not.toContain(TOKEN);
});
