import { readProgress } from '../../../../lambdas/shared/adapters/twilio/twilio-call-replies.ts';
import {
  type LibraryRecording,
  readList,
  readRecording,
  refusalOfStatus,
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

describe('what an encrypted recording is read with', () => {
  const encryption = { publicKeySid: 'CR1', encryptedCek: 'cek', iv: 'iv' };

  test.each([
    ['the names that real recordings have', { public_key_sid: 'CR1', encrypted_cek: 'cek', iv: 'iv' }],
    [
      "the names of Twilio's own description",
      { encryption_public_key_sid: 'CR1', encryption_cek: 'cek', encryption_iv: 'iv' },
    ],
    ['names of both kinds', { type: 'rsa-aes', public_key_sid: 'CR1', encryption_cek: 'cek', iv: 'iv' }],
  ])('is read by %s', (_which, encryptionDetails) => {
    expect(readRecording(recording({ encryptionDetails })).encryption).toEqual(encryption);
  });

  test.each([null, undefined])('is none where Twilio says %p', (encryptionDetails) => {
    expect(readRecording(recording({ encryptionDetails }))).not.toHaveProperty('encryption');
  });

  test.each([
    [{}],
    [[]],
    ['CR1'],
    [''],
    [true],
    [false],
    [0],
    [{ public_key_sid: 'CR1', encrypted_cek: 'cek' }],
    [{ public_key_sid: 'CR1', encrypted_cek: '', iv: 'iv' }],
    [{ public_key_sid: 'CR1', encrypted_cek: 'cek', iv: 7 }],
  ])('has no recording believed that says %j: it is not copied, and so never deleted', (encryptionDetails) => {
    expect(() => readRecording(recording({ encryptionDetails }))).toThrow('');
    expect(readList([recording({ encryptionDetails })])).toMatchObject({ recordings: [], unreadable: 1 });
  });
});

test('an object in the place of a number keeps no other recording out of the list', () => {
  const listed = [recording({ channels: { toString: 'x' } }), recording({ sid: 'RE1' }), recording()];
  expect(readList(listed)).toMatchObject({ recordings: [{ status: 'completed' }, { channels: 2 }], unreadable: 1 });
});

describe('how far a call is', () => {
  test.each([
    [{ status: 'ringing', duration: null }, { kind: 'early' }],
    [{ status: 'in-progress', duration: null }, { kind: 'live' }],
    [
      { status: 'completed', duration: '7' },
      { kind: 'over', durationSeconds: 7 },
    ],
    // Twilio has not counted it yet: nobody knows that it was short.
    [{ status: 'completed', duration: null }, { kind: 'over' }],
    [
      { status: 'no-answer', duration: null },
      { kind: 'over', durationSeconds: 0 },
    ],
    [
      { status: 'busy', duration: '0' },
      { kind: 'over', durationSeconds: 0 },
    ],
    [{ status: 'toString' }, { kind: 'doubtful', reason: 'unknown-call-status' }],
    [null, { kind: 'doubtful', reason: 'unknown-call-status' }],
  ])('%j', (reply, progress) => {
    expect(readProgress(reply)).toEqual(progress);
  });
});

/** Of these Twilio has certainly done nothing. All others may have been processed: such a start must not be repeated blind. */
test('a status proves that nothing has happened only where it says so', () => {
  const proven = { 404: 'not-found', 429: 'later' } as const;
  for (let status = 100; status < 600; status++) {
    const isRefused = status >= 400 && status < 500 && status !== 408;
    const expected = proven[status as keyof typeof proven] ?? (isRefused ? 'refused' : 'doubtful');
    expect([status, refusalOfStatus(status).kind]).toEqual([status, expected]);
  }
});
