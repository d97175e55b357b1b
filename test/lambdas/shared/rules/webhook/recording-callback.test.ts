import { readRecordingCallback } from '../../../../../lambdas/shared/rules/webhook/recording-callback.ts';
import { ACCOUNT, CALL, OTHER_ACCOUNT, RECORDING } from '../../../support/fixtures.ts';
import { fc } from '../../../support/properties.ts';
import { callbackForm, type Form } from '../../../support/webhook.ts';

const read = (over: Form = {}) => readRecordingCallback(callbackForm(over), ACCOUNT);
const without = (name: string) => {
  const { [name]: _left, ...rest } = callbackForm();
  return readRecordingCallback(rest, ACCOUNT);
};

test('a completed recording is read with all that is known of it', () => {
  expect(read()).toEqual({
    ok: true,
    report: {
      callSid: CALL,
      recordingSid: RECORDING,
      status: 'completed',
      source: 'StartCallRecordingAPI',
      channels: 2,
      durationSeconds: 12,
      startTime: Date.parse('2026-03-01T12:00:01Z'),
    },
  });
});

test.each(['in-progress', 'completed', 'absent', 'failed'])('%s is read', (RecordingStatus) => {
  expect(read({ RecordingStatus })).toMatchObject({ ok: true, report: { status: RecordingStatus } });
});

test.each(['AccountSid', 'CallSid', 'RecordingSid', 'RecordingStatus'])('without %s it is refused', (name) => {
  const reading = without(name);
  expect(reading.ok).toBe(false);
  expect(!reading.ok && reading.reason).toContain(name);
});

test.each([
  ['another account', { AccountSid: OTHER_ACCOUNT }],
  ['an account that is none', { AccountSid: 'AC' }],
  ['a call with a path', { CallSid: `${CALL}/../../x` }],
  ['a recording with a path', { RecordingSid: 'RE../../../other-account/x' }],
  ['a recording with a path of the right length', { RecordingSid: `RE${'../'.repeat(10)}xx` }],
  ['a recording that is a call', { RecordingSid: CALL }],
  ['a status of the prototype', { RecordingStatus: 'constructor' }],
  ['a status that no callback has', { RecordingStatus: 'deleted' }],
  ['a status in another case', { RecordingStatus: 'Completed' }],
])('%s is refused, and not repeated in the answer', (_what, over: Form) => {
  const reading = read(over);
  expect(reading.ok).toBe(false);
  expect(!reading.ok && reading.reason).not.toContain('..');
});

test('what the recorder does not need may be missing or senseless', () => {
  const senseless = {
    RecordingDuration: '-1',
    RecordingChannels: 'two',
    RecordingStartTime: 'soon',
    RecordingSource: 'a source with spaces <script>',
    ErrorCode: '',
  };
  const bare = { callSid: CALL, recordingSid: RECORDING, status: 'completed' };
  expect(read(senseless)).toEqual({ ok: true, report: bare });
  const { AccountSid = '', CallSid = '', RecordingSid = '', RecordingStatus = '' } = callbackForm();
  expect(readRecordingCallback({ AccountSid, CallSid, RecordingSid, RecordingStatus }, ACCOUNT)).toEqual({
    ok: true,
    report: bare,
  });
});

test('the URL in it is left aside, wherever it points', () => {
  const reading = read({ RecordingUrl: 'https://evil.test/steal', AccountUrl: 'https://evil.test' });
  expect(JSON.stringify(reading)).not.toContain('http');
});

test.each([
  ['16101', 16_101],
  ['0', undefined],
  ['none', undefined],
])('error code %s is %p', (ErrorCode, errorCode) => {
  const reading = read({ RecordingStatus: 'absent', ErrorCode });
  expect(reading.ok && reading.report.errorCode).toBe(errorCode);
});

test('any parameters are read or refused, and nothing else', () => {
  const names = fc.constantFrom(...Object.keys(callbackForm()), '__proto__');
  fc.assert(
    fc.property(fc.dictionary(names, fc.string({ unit: 'binary' })), (over) => {
      const reading = read(over);
      if (reading.ok) expect(reading.report).toMatchObject({ callSid: CALL, recordingSid: RECORDING });
      else expect(reading.reason).toBeTruthy();
    }),
  );
});
