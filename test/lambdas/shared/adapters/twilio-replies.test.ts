import {
  type LibraryRecording,
  readList,
  readRecording,
} from '../../../../lambdas/shared/adapters/twilio/twilio-replies.ts';
import { CALL, RECORDING } from '../../support/fixtures.ts';

const recording = (over: object = {}): LibraryRecording => ({
  sid: RECORDING,
  callSid: CALL,
  status: 'completed',
  source: 'StartCallRecordingAPI',
  channels: 2,
  duration: '12',
  startTime: null,
  dateCreated: null,
  errorCode: null,
  encryptionDetails: null,
  ...over,
});

test.each([
  ['text', { channels: '2', duration: '12', errorCode: '16101' }],
  ['numbers', { channels: 2, duration: 12, errorCode: 16101 }],
])('numbers are read that come as %s', (_form, given) => {
  expect(readRecording(recording(given))).toMatchObject({ channels: 2, durationSeconds: 12, errorCode: 16101 });
});

test.each(['Infinity', Number.POSITIVE_INFINITY, Number.NaN, '', ' ', '0x10', '-1', -1, null, undefined, {}, [], true])(
  'what is no number is none: %p',
  (value) => {
    expect(readRecording(recording({ channels: value, duration: value, errorCode: value }))).toEqual({
      recordingSid: RECORDING,
      callSid: CALL,
      status: 'completed',
      source: 'StartCallRecordingAPI',
    });
  },
);

test('an object in the place of a number keeps no other recording out of the list', () => {
  const listed = [recording({ channels: { toString: 'x' } }), recording({ sid: 'RE1' }), recording()];
  expect(readList(listed)).toMatchObject({ recordings: [{ status: 'completed' }, { channels: 2 }], unreadable: 1 });
});
