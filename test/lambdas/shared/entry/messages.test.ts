import { readRecordingMessage, readStartMessage } from '../../../../lambdas/shared/entry/messages.ts';
import { CALL, RECORDING, STREAM } from '../../support/fixtures.ts';
import { fc } from '../../support/properties.ts';

const NO_OBJECTS = [undefined, null, '', 'text', 1, true, []];

describe('start message', () => {
  const message = { callSid: CALL, streamSid: STREAM, startedAt: 1_700_000_000_123 };

  test('is read', () => {
    expect(readStartMessage(message)).toEqual(message);
  });

  test('needs no stream: a call that was taken up again may have none', () => {
    const { streamSid: _none, ...rest } = message;
    expect(readStartMessage(rest)).toEqual(rest);
    expect(readStartMessage({ ...message, streamSid: 'MZ../' })).toEqual(rest);
  });

  test('loses what does not belong to it', () => {
    expect(readStartMessage({ ...message, url: 'https://evil.test' })).toEqual(message);
  });

  test.each([
    ...NO_OBJECTS,
    {},
    { ...message, callSid: undefined },
    { ...message, callSid: RECORDING },
    { ...message, callSid: `${CALL}/../x` },
    { ...message, startedAt: undefined },
    { ...message, startedAt: '2026-03-01' },
    { ...message, startedAt: Number.NaN },
    { ...message, startedAt: Number.POSITIVE_INFINITY },
  ])('is not %j', (body) => {
    expect(readStartMessage(body)).toBeUndefined();
  });
});

describe('look-up message', () => {
  test('is read, and nothing else with it', () => {
    expect(readStartMessage({ callSid: CALL, lookUp: true, startedAt: 'x' })).toEqual({ callSid: CALL, lookUp: true });
  });

  test.each([
    { callSid: CALL },
    { callSid: CALL, lookUp: 'yes' },
    { callSid: RECORDING, lookUp: true },
    { lookUp: true },
  ])('is not %j', (body) => {
    expect(readStartMessage(body)).toBeUndefined();
  });
});

describe('recording message', () => {
  const message = { callSid: CALL, recordingSid: RECORDING };

  test('is read, and nothing else with it', () => {
    expect(readRecordingMessage({ ...message, extra: 1 })).toEqual(message);
  });

  test.each([
    ...NO_OBJECTS,
    {},
    { callSid: CALL },
    { recordingSid: RECORDING },
    { callSid: RECORDING, recordingSid: CALL },
    { callSid: CALL, recordingSid: 'RE../../other' },
  ])('is not %j', (body) => {
    expect(readRecordingMessage(body)).toBeUndefined();
  });
});

test('no JSON breaks the readers', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(readStartMessage(value)).toBeUndefined();
      expect(readRecordingMessage(value)).toBeUndefined();
    }),
  );
});
