import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ConfigurationError,
  checkConfiguration,
  DEFAULT_CONFIGURATION,
  DEFAULT_DISCLAIMER,
  readConfiguration,
} from '../../lib/configuration.ts';
import { temporaryFolder } from './temporary.ts';

function problemsOf(configuration: unknown): readonly string[] {
  try {
    checkConfiguration(configuration, 'call-recorder.config.json');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('a configuration that can be used', () => {
  it('needs nothing but defaults', () => {
    expect(checkConfiguration({}, 'c.json')).toEqual(DEFAULT_CONFIGURATION);
    expect(problemsOf({ ...DEFAULT_CONFIGURATION })).toEqual([]);
  });

  it.each([
    [{ kind: 'dial', number: '+14155550123' }],
    [{ kind: 'dial', number: '+14155550123', callerId: '+498912345' }],
    [{ kind: 'redirect', url: 'https://example.com/voice?tenant=a' }],
    [{ kind: 'say', text: 'Goodbye.' }],
    [{ kind: 'say', text: 'Auf Wiederhören.', language: 'de-DE' }],
  ])('takes afterDisclaimer %j as it is', (afterDisclaimer) => {
    expect(checkConfiguration({ afterDisclaimer }, 'c.json').afterDisclaimer).toEqual(afterDisclaimer);
  });

  it('drops a trailing slash, since paths are appended', () => {
    const { publicUrl, streamUrl, twilioApiUrl } = checkConfiguration(
      {
        publicUrl: 'https://calls.example.com/base/',
        streamUrl: 'wss://stream.example.com/',
        twilioApiUrl: 'https://api.dublin.ie1.twilio.com/',
      },
      'c.json',
    );
    expect([publicUrl, streamUrl, twilioApiUrl]).toEqual([
      'https://calls.example.com/base',
      'wss://stream.example.com',
      'https://api.dublin.ie1.twilio.com',
    ]);
  });

  it('finds the disclaimer from the folder of the file', () => {
    const folder = join(DEFAULT_DISCLAIMER, '..');
    const { disclaimer } = checkConfiguration({ disclaimer: 'disclaimer.wav' }, join(folder, 'c.json'));
    expect(disclaimer).toBe(DEFAULT_DISCLAIMER);
  });
});

describe('problems of a configuration', () => {
  it('are reported all together, each with what to do', () => {
    const problems = problemsOf({
      stgae: 'prod',
      stage: 'Prod!',
      keepAtTwilioHours: 23,
      deletions: 'off',
      afterDisclaimer: { kind: 'dial', number: '0170 123', callerid: '+14155550100' },
      reservedConcurrency: { sweep: 3, 'incoming-call': 0 },
    });
    expect(problems).toEqual([
      'unknown key "stgae"; did you mean "stage"?',
      expect.stringContaining('stage: must be at most 20 small letters'),
      expect.stringMatching(/^keepAtTwilioHours: must be a whole number of hours from 24 .* but is 23$/),
      'deletions: must be one of "on", "paused", "never", but is "off"',
      expect.stringMatching(
        /^afterDisclaimer: number: must be .*E\.164.*unknown key "callerid"; did you mean "callerId"\?/,
      ),
      expect.stringMatching(
        /^reservedConcurrency: incoming-call: must be .* from 1 .*; unknown key "sweep"; known keys/,
      ),
    ]);
  });

  it('name the file, and stand on lines of their own', () => {
    expect(() => checkConfiguration({ stage: '', deletions: 1 }, 'mine.json')).toThrow(
      /^mine\.json has 2 problems:\n {2}- stage: .*\n {2}- deletions: .*$/,
    );
  });

  it.each([
    [{ afterDisclaimer: 'hang up' }, /afterDisclaimer: must be an object such as/],
    [{ afterDisclaimer: { kind: 'play' } }, /kind: must be one of "dial", "redirect", "say", but is "play"/],
    [{ afterDisclaimer: { kind: 'dial' } }, /number: must be a telephone number .* is missing/],
    [{ afterDisclaimer: { kind: 'redirect', url: 'http://example.com' } }, /url: must be an https:\/\/ URL/],
    [{ afterDisclaimer: { kind: 'redirect', url: 'https://u:p@example.com' } }, /url: must be an https:\/\/ URL/],
    [{ afterDisclaimer: { kind: 'say', text: ' ' } }, /text: must be a text of 1 to 4096/],
    [{ afterDisclaimer: { kind: 'say', text: 'a'.repeat(4097) } }, /text: must be .* but is "aaa.*\.\.\.$/],
    [{ afterDisclaimer: { kind: 'say', text: 'a', language: 'english!' } }, /language: must be a language tag/],
    [{ publicUrl: 'https://calls.example.com/?a=b' }, /publicUrl: must be .* without a query/],
    [{ streamUrl: 'https://stream.example.com' }, /streamUrl: must be a wss:\/\/ URL/],
    [{ twilioApiUrl: 'https://api.twilio.com/2010-04-01' }, /twilioApiUrl: must be .* without a path/],
    [{ alarmEmail: 'nobody' }, /alarmEmail: must be an e-mail address/],
    [{ logRetentionDays: 31 }, /logRetentionDays: must be a number of days among 1, 3, 5/],
    [{ createApiGatewayLogRole: 'yes' }, /createApiGatewayLogRole: must be true or false/],
    [{ recordingConcurrency: 1 }, /recordingConcurrency: must be a whole number of recordings from 2/],
    [{ keepAtTwilioHours: '24' }, /keepAtTwilioHours: must be a whole number/],
    [{ foreignStreams: 'allow' }, /foreignStreams: must be one of "refuse"/],
    [{ removalPolicy: 'keep' }, /removalPolicy: must be one of "retain", "destroy"/],
    [{ disclaimer: 'nowhere.wav' }, /disclaimer: cannot read .*nowhere\.wav/],
    [{ disclaimer: 7 }, /disclaimer: must be the path of a WAV file/],
    [JSON.parse('{"__proto__": {"stage": "x"}}'), /unknown key "__proto__"/],
    [{ constructor: 1 }, /unknown key "constructor"/],
    [[], /must hold one JSON object/],
    [null, /must hold one JSON object/],
  ])('%j', (configuration, problem) => {
    expect(problemsOf(configuration)).toEqual([expect.stringMatching(problem)]);
  });

  it('include a redirect to the recorder itself', () => {
    const publicUrl = 'https://calls.example.com';
    expect(problemsOf({ publicUrl, afterDisclaimer: { kind: 'redirect', url: `${publicUrl}/voice` } })).toEqual([
      expect.stringContaining('is this recorder itself'),
    ]);
    expect(problemsOf({ publicUrl, afterDisclaimer: { kind: 'redirect', url: `${publicUrl}/ivr` } })).toEqual([]);
  });
});

describe('the configuration file', () => {
  const file = join(temporaryFolder('configuration'), 'c.json');

  it('may be absent, unless it was named', () => {
    expect(readConfiguration(file, false)).toBe(DEFAULT_CONFIGURATION);
    expect(() => readConfiguration(file, true)).toThrow(/no such file; correct the path/);
  });

  it('must be JSON', () => {
    writeFileSync(file, '{stage: "prod"}');
    expect(() => readConfiguration(file, false)).toThrow(/c\.json has a problem:\n {2}- it is not JSON: /);
  });

  it('is read', () => {
    writeFileSync(file, '{"stage": "blue"}');
    expect(readConfiguration(file, true)).toEqual({ ...DEFAULT_CONFIGURATION, stage: 'blue' });
  });
});
