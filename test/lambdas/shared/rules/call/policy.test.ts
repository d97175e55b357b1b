import * as fc from 'fast-check';
import {
  callPolicy,
  type NumberPolicy,
  readPolicy,
  writePolicy,
} from '../../../../../lambdas/shared/rules/call/policy.ts';

const VOICE = 'https://recorder.test/calls/voice';
const read = (query: string) => readPolicy(query, VOICE);

test('a voice URL without parameters leaves everything to the configuration', () => {
  expect(read('')).toEqual({ policy: {}, unreadable: [] });
});

test('every parameter is read', () => {
  const query =
    'after=https%3A%2F%2Fapp.test%2Fvoice%3Fa%3D1%26b%3D2&afterMethod=GET&record=off&team=sales-1&disclaimer=sales&startBy=twiml&withoutStream=record';
  expect(read(query)).toEqual({
    policy: {
      after: { kind: 'redirect', url: 'https://app.test/voice?a=1&b=2', method: 'GET' },
      record: 'off',
      team: 'sales-1',
      disclaimer: 'sales',
      startBy: 'twiml',
      withoutStream: 'record',
    },
    unreadable: [],
  });
});

test('a number is dialled', () => {
  expect(read('after=tel%3A%2B14155550123').policy).toEqual({ after: { kind: 'dial', number: '+14155550123' } });
});

test.each([
  ['after=ftp%3A%2F%2Fapp.test', 'after'],
  ['after=tel%3A911', 'after'],
  ['after=', 'after'],
  ['afterMethod=PUT', 'afterMethod'],
  ['record=maybe', 'record'],
  ['startBy=socket', 'startBy'],
  ['team=Sales%20Team', 'team'],
  [`team=${'a'.repeat(33)}`, 'team'],
  ['withoutStream=', 'withoutStream'],
  ['disclaimer=..%2Fsales', 'disclaimer'],
  ['disclaimer=-', 'disclaimer'],
  ['colour=red', 'colour'],
  ['__proto__=1', '__proto__'],
])('%s is named and left out', (query, name) => {
  expect(read(query)).toEqual({ policy: {}, unreadable: [name] });
});

test('what is given twice counts once, and is named', () => {
  expect(read('team=one&team=two')).toEqual({ policy: { team: 'one' }, unreadable: ['team'] });
});

test.each(['', '/', '?team=one'])('a call that would come back to /voice%s does not begin anew for ever', (end) => {
  const query = new URLSearchParams({ after: VOICE + end }).toString();
  expect(read(query)).toEqual({ policy: {}, unreadable: ['after'] });
});

test('what "numbers restore" needs means nothing to a call', () => {
  expect(read('application=AP1&fallback=https%3A%2F%2Fapp.test&fallbackMethod=GET')).toEqual({
    policy: {},
    unreadable: [],
  });
});

test('the row keeps what later steps need, and no address', () => {
  const { policy } = read('after=https%3A%2F%2Fapp.test&record=on&team=sales');
  expect(callPolicy(policy)).toEqual({ team: 'sales' });
  expect(callPolicy(read('record=off').policy)).toBeUndefined();
});

describe('any policy', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
  const after = fc.oneof(
    fc.stringMatching(/^\+[1-9]\d{1,14}$/).map((number) => ({ kind: 'dial' as const, number })),
    fc.webUrl({ withQueryParameters: true }).map((url) => ({ kind: 'redirect' as const, url })),
    fc.webUrl().map((url) => ({ kind: 'redirect' as const, url, method: 'GET' as const })),
  );
  const policy = fc.record(
    {
      after,
      record: fc.constantFrom('on', 'off'),
      team: name,
      startBy: fc.constantFrom('stream', 'twiml'),
      withoutStream: fc.constantFrom('leave', 'record'),
    },
    { requiredKeys: [] },
  );

  test('is read as it was written', () => {
    fc.assert(
      fc.property(policy, (given) => {
        expect(read(writePolicy(given as NumberPolicy))).toEqual({ policy: given, unreadable: [] });
      }),
    );
  });

  test('no query breaks the reading', () => {
    fc.assert(
      fc.property(fc.string(), (query) => {
        expect(() => read(query)).not.toThrow();
      }),
    );
  });
});
