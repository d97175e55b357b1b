import { ENVIRONMENT, ENVIRONMENT_OF_STEP } from '../../../lambdas/shared/contract/environment.ts';
import { STEPS } from '../../../lambdas/shared/contract/steps.ts';
import { awsCredentials, readEnvironment } from '../../../lambdas/shared/runtime.ts';

const COMPLETE: { readonly [name: string]: string } = {
  TABLE_NAME: 'calls',
  BUCKET_NAME: 'recordings',
  TWILIO_SECRET_ID: 'twilio',
  PARTY_SECRET_ID: 'party',
  RECORDING_START_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/start',
  RECORDING_COPY_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/copy',
  ERASE_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/erase',
  RECORDING_DELETE_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/delete',
  RECONCILE_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/reconcile',
  PUBLIC_URL: 'https://recorder.test',
  STREAM_URL: 'wss://stream.test/live',
  CONNECTIONS_URL: 'https://stream.test/live',
  TWILIO_API_URL: 'https://api.twilio.com',
  AFTER_DISCLAIMER: '{"kind":"say","text":"Goodbye."}',
  START_BY: 'stream',
  DISCLAIMER: `${'0'.repeat(64)}.wav`,
  DISCLAIMERS: '{}',
  FOREIGN_STREAMS: 'refuse',
  WITHOUT_STREAM: 'leave',
  AUDIO_FORMAT: 'wav',
  KEEP_AT_TWILIO_SECONDS: '86400',
  DELETIONS: 'on',
  EVENTS: 'on',
  EVENT_BUS_NAME: 'default',
  STAGE: 'prod',
  CANARY: 'off',
  PLAY_URL: 'https://abc.lambda-url.us-east-1.on.aws/',
};

test('every variable of the contract has its value in this test', () => {
  expect(Object.keys(COMPLETE).sort()).toEqual(Object.values(ENVIRONMENT).sort());
});

test.each(STEPS)('%s gets its own variables and no others', (step) => {
  expect(Object.keys(readEnvironment(step, COMPLETE)).sort()).toEqual([...ENVIRONMENT_OF_STEP[step]].sort());
});

test.each(STEPS)('%s without any variable names every one of them at once, and says what to do', (step) => {
  const message = messageOf(() => readEnvironment(step, {}));
  for (const name of ENVIRONMENT_OF_STEP[step]) expect(message).toContain(`${name} is missing`);
  expect(message).toContain(step);
  expect(message).toContain('Deploy the stack again');
});

test('missing, empty and malformed variables are reported together, without their values', () => {
  const message = messageOf(() =>
    readEnvironment('recording-delete', {
      ...COMPLETE,
      TABLE_NAME: '',
      BUCKET_NAME: undefined,
      TWILIO_API_URL: 'a-secret-typed-into-the-wrong-field',
      KEEP_AT_TWILIO_SECONDS: '1 day',
      DELETIONS: 'off',
    }),
  );
  expect(message).toContain('TABLE_NAME is missing');
  expect(message).toContain('BUCKET_NAME is missing');
  expect(message).toContain('TWILIO_API_URL must be');
  expect(message).toContain('KEEP_AT_TWILIO_SECONDS must be whole seconds');
  expect(message).toContain('DELETIONS must be one of on, paused, never');
  expect(message).not.toContain('TWILIO_SECRET_ID');
  expect(message).not.toContain('a-secret');
});

describe('values', () => {
  test('recordings are copied as WAV or as MP3, and as nothing else', () => {
    const read = (AUDIO_FORMAT: string) =>
      readEnvironment('recording-copy', { ...COMPLETE, AUDIO_FORMAT }).AUDIO_FORMAT;
    expect([read('wav'), read('mp3')]).toEqual(['wav', 'mp3']);
    expect(() => read('MP3')).toThrow('AUDIO_FORMAT must be one of wav, mp3');
  });

  test('seconds are read as a number', () => {
    expect(readEnvironment('recording-copy', COMPLETE).KEEP_AT_TWILIO_SECONDS).toBe(86_400);
    expect(readEnvironment('recording-copy', { ...COMPLETE, KEEP_AT_TWILIO_SECONDS: '0' }).KEEP_AT_TWILIO_SECONDS).toBe(
      0,
    );
  });

  test.each(['-1', '1.5', '1e3', ' 60', 'Infinity', '0x10', '1234567890'])('%j are no seconds', (text) => {
    expect(() => readEnvironment('recording-copy', { ...COMPLETE, KEEP_AT_TWILIO_SECONDS: text })).toThrow(
      'whole seconds',
    );
  });

  test('a canary is none, or two numbers and their minutes', () => {
    const read = (CANARY: string) => readEnvironment('canary', { ...COMPLETE, CANARY }).CANARY;
    const canary = { from: '+15005550006', to: '+15005550010', everyMinutes: 60 };
    expect([read('off'), read(JSON.stringify(canary))]).toEqual([undefined, canary]);
    for (const wrong of ['on', '{}', JSON.stringify({ ...canary, everyMinutes: 0 })]) {
      expect(() => read(wrong)).toThrow('CANARY must be');
    }
  });

  test('a slash at the end of a URL is taken off', () => {
    const variables = { ...COMPLETE, PUBLIC_URL: 'https://recorder.test/calls/', STREAM_URL: 'wss://stream.test/' };
    expect(readEnvironment('incoming-call', variables)).toMatchObject({
      PUBLIC_URL: 'https://recorder.test/calls',
      STREAM_URL: 'wss://stream.test',
    });
  });

  test.each(['recorder.test', 'ftp://recorder.test', 'wss://recorder.test', 'javascript:alert(1)', '//recorder.test'])(
    '%s is no public URL',
    (text) => {
      expect(() => readEnvironment('incoming-call', { ...COMPLETE, PUBLIC_URL: text })).toThrow('PUBLIC_URL must be');
    },
  );

  test('the address that plays may be off', () => {
    expect(readEnvironment('look-up', COMPLETE).PLAY_URL).toBe('https://abc.lambda-url.us-east-1.on.aws');
    expect(readEnvironment('look-up', { ...COMPLETE, PLAY_URL: 'off' }).PLAY_URL).toBe('off');
    expect(() => readEnvironment('look-up', { ...COMPLETE, PLAY_URL: 'on' })).toThrow('PLAY_URL must be');
  });

  test.each(['https://stream.test', 'stream.test'])('%s is no stream URL', (text) => {
    expect(() => readEnvironment('incoming-call', { ...COMPLETE, STREAM_URL: text })).toThrow('STREAM_URL must be');
  });

  test.each([
    { kind: 'dial', number: '+4930123' },
    { kind: 'dial', number: '+4930123', callerId: '+4940123' },
    { kind: 'redirect', url: 'https://voice.test/app' },
    { kind: 'say', text: 'Goodbye.', language: 'de-DE' },
  ])('what follows the disclaimer may be %j', (after) => {
    const variables = { ...COMPLETE, AFTER_DISCLAIMER: JSON.stringify(after) };
    expect(readEnvironment('incoming-call', variables).AFTER_DISCLAIMER).toEqual(after);
  });

  test.each([
    'say goodbye',
    'null',
    '[]',
    '{}',
    '{"kind":"dial"}',
    '{"kind":"dial","number":""}',
    '{"kind":"dial","number":49}',
    '{"kind":"redirect"}',
    '{"kind":"say"}',
    '{"kind":"play","url":"https://voice.test"}',
  ])('what follows the disclaimer must not be %s', (text) => {
    expect(() => readEnvironment('incoming-call', { ...COMPLETE, AFTER_DISCLAIMER: text })).toThrow(
      'AFTER_DISCLAIMER must be',
    );
  });

  describe('a value in a file of the asset', () => {
    const variables = { ...COMPLETE, AFTER_DISCLAIMER: 'file:after-disclaimer.json' };
    const read = (text: string | undefined) =>
      readEnvironment('incoming-call', variables, (name) => (name === 'after-disclaimer.json' ? text : undefined));

    test('is read like one that stands there', () => {
      const after = { kind: 'say', text: 'x'.repeat(4096) };
      expect(read(JSON.stringify(after)).AFTER_DISCLAIMER).toEqual(after);
    });

    test.each([
      ['that is not there', undefined, /AFTER_DISCLAIMER names after-disclaimer\.json, which is not in the asset/],
      ['that is empty', '', /AFTER_DISCLAIMER must be/],
      ['that holds something else', '{"kind":"play"}', /AFTER_DISCLAIMER must be/],
    ])('%s is named with all the rest', (_what, text, message) => {
      expect(() => read(text)).toThrow(message);
    });
  });

  test.each(['', 'yes', 'Refuse', 'record'])('foreign streams must not be %j', (text) => {
    expect(() => readEnvironment('stream-connect', { ...COMPLETE, FOREIGN_STREAMS: text })).toThrow('FOREIGN_STREAMS');
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('Nothing was thrown.');
}

describe('the credentials of AWS', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };

  test('are those that Lambda sets, with the session token', () => {
    expect(awsCredentials({ ...keys, AWS_SESSION_TOKEN: 'session' })).toEqual({
      accessKeyId: 'AKIA',
      secretAccessKey: 'secret',
      sessionToken: 'session',
    });
  });

  test('may have no session token, as on one machine', () => {
    expect(awsCredentials(keys)).toEqual({ accessKeyId: 'AKIA', secretAccessKey: 'secret' });
  });

  test.each([{}, { AWS_ACCESS_KEY_ID: 'AKIA' }, { AWS_SECRET_ACCESS_KEY: 'secret' }])('are missing in %j', (given) => {
    expect(() => awsCredentials(given)).toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which Lambda sets');
  });
});
