import { App, Lazy, Stack } from 'aws-cdk-lib';
import {
  ConfigurationError,
  checkConfiguration,
  DEFAULT_DISCLAIMER,
} from '../../../lib/configuration/configuration.ts';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:on-call';
const DOMAIN = { name: 'calls.example.com', certificateArn: CERTIFICATE };
const LOCK = { mode: 'COMPLIANCE', days: 365 };
const cold = (afterDays: number, storageClass: string) => ({ afterDays, storageClass });

function problemsOf(configuration: unknown): readonly string[] {
  try {
    checkConfiguration(configuration, 'call-recorder.config.json');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('problems of a configuration', () => {
  it('are reported all together, each with what to do', () => {
    const problems = problemsOf({
      stgae: 'prod',
      stage: 'Prod!',
      keepAtTwilioHours: 23,
      audioFormat: 'flac',
      deletions: 'off',
      afterDisclaimer: { kind: 'dial', number: '0170 123', callerid: '+14155550100' },
      reservedConcurrency: { sweep: 3, 'incoming-call': 0 },
    });
    expect(problems).toEqual([
      'unknown key "stgae"; did you mean "stage"?',
      expect.stringContaining('stage: must be a name of at most 20 lowercase letters'),
      expect.stringMatching(/^keepAtTwilioHours: must be a whole number of hours from 24 .* but is 23$/),
      'audioFormat: must be one of "wav", "mp3", but is "flac"',
      'deletions: must be one of "on", "paused", "never", but is "off"',
      expect.stringMatching(
        /^afterDisclaimer: number: must be .*E\.164.*unknown key "callerid"; did you mean "callerId"\?/,
      ),
      expect.stringMatching(
        /^reservedConcurrency: incoming-call: must be .* from 1 .*; unknown key "sweep"; known keys/,
      ),
    ]);
  });

  it('include combinations, together with mistakes in other options', () => {
    expect(problemsOf({ stage: 'Prod!', twilioRegion: 'ie1', bucketName: 'mine', expireAfterDays: 400 })).toEqual([
      expect.stringContaining('stage: must be'),
      expect.stringContaining('twilioRegion: needs twilioEdge'),
      expect.stringContaining('expireAfterDays: bucketName names a bucket of your own'),
    ]);
  });

  it.each([
    [{ kmsKeyArn: 'alias/mine', kmsKeyFor: ['bucket'] }, /^kmsKeyArn: must be an ARN/],
    [{ kmsKeyAm: KEY, kmsKeyFor: ['bucket'] }, /^unknown key "kmsKeyAm"; did you mean "kmsKeyArn"\?$/],
    [{ expireAfterDays: 400, keepAtTwilioHours: 99_999 }, /^keepAtTwilioHours: must be/],
    [{ bucketName: 'mine', objectLock: { mode: 'COMPLIANCE', days: 0 } }, /^objectLock: days: must be/],
  ])('%j: nothing is said of combinations with an option that is wrong by itself', (configuration, problem) => {
    expect(problemsOf(configuration)).toEqual([expect.stringMatching(problem)]);
  });

  it('include every unknown key and every wrong element', () => {
    expect(
      problemsOf({ stgae: 'a', stag: 'b', coldStorage: [{ afterDays: 0, storageClas: 'GLACIER' }, 'GLACIER'] }),
    ).toEqual([
      expect.stringContaining('unknown key "stgae"'),
      expect.stringContaining('unknown key "stag"'),
      expect.stringMatching(
        /^coldStorage: element 1: afterDays: must be .*; element 1: storageClass: must be .* missing; element 1: unknown key "storageClas"; did .*; element 2: must be an object/,
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
    [{ twilioRegion: 'ireland', twilioEdge: 'dublin' }, /twilioRegion: must be a region of Twilio such as "ie1"/],
    [{ twilioRegion: 'ie1' }, /twilioRegion: needs twilioEdge, the edge that leads to ie1/],
    [{ twilioEdge: 'dublin' }, /twilioEdge: needs twilioRegion/],
    [
      { webhookDomain: { name: 'Calls.example.com', certificateArn: CERTIFICATE } },
      /webhookDomain: name: must be a domain/,
    ],
    [{ webhookDomain: { name: 'calls.example.com' } }, /certificateArn: must be an ARN such as .* but is missing/],
    [{ streamDomain: { name: 's.example.com', certificateArn: KEY } }, /certificateArn: must be an ARN .*:acm:/],
    [{ streamDomain: 'stream.example.com' }, /streamDomain: must be an object such as/],
    [
      { webhookDomain: DOMAIN, publicUrl: 'https://a.example.com' },
      /publicUrl: webhookDomain gives the address already/,
    ],
    [{ streamDomain: DOMAIN, streamUrl: 'wss://a.example.com' }, /streamUrl: streamDomain gives the address already/],
    [{ webhookDomain: DOMAIN, streamDomain: DOMAIN }, /streamDomain: name is that of webhookDomain/],
    [{ bucketName: 'My_Bucket' }, /bucketName: must be the name of a bucket/],
    [{ bucketName: 'mine', objectLock: LOCK }, /objectLock: bucketName names a bucket of your own/],
    [{ bucketName: 'mine', expireAfterDays: 400 }, /expireAfterDays: bucketName names a bucket of your own/],
    [{ bucketName: 'mine', coldStorage: [cold(90, 'GLACIER')] }, /coldStorage: bucketName names a bucket of your own/],
    [{ kmsKeyArn: 'alias/mine' }, /kmsKeyArn: must be an ARN such as "arn:aws:kms:/],
    [{ kmsKeyArn: KEY, kmsKeyFor: ['bucket', 'disk'] }, /kmsKeyFor: element 2: must be one of "bucket"/],
    [{ kmsKeyArn: KEY, kmsKeyFor: ['bucket', 'bucket'] }, /kmsKeyFor: has "bucket" twice/],
    [{ kmsKeyArn: KEY, kmsKeyFor: 'bucket' }, /kmsKeyFor: must be a list of/],
    [{ kmsKeyFor: ['bucket'] }, /kmsKeyFor: needs kmsKeyArn/],
    [{ kmsKeyArn: KEY, kmsKeyFor: ['topic'], alarmTopicArn: TOPIC }, /kmsKeyFor: alarmTopicArn names a topic/],
    [{ alarmTopicArn: TOPIC, alarmEmail: 'a@example.com' }, /alarmEmail: alarmTopicArn names a topic/],
    [{ noticeTopicArn: TOPIC, noticeEmail: 'a@example.com' }, /noticeEmail: noticeTopicArn names a topic/],
    [{ alarmTopicArn: `${TOPIC}:9b1d` }, /alarmTopicArn: must be an ARN such as "arn:aws:sns:/],
    [{ coldStorage: ['GLACIER'] }, /coldStorage: element 1: must be an object such as/],
    [{ coldStorage: [cold(30, 'ONEZONE_IA')] }, /storageClass: must be one of "STANDARD_IA"/],
    [{ coldStorage: [cold(29, 'STANDARD_IA')] }, /coldStorage: S3 moves nothing to STANDARD_IA before 30 days/],
    [
      { coldStorage: [cold(90, 'GLACIER'), cold(180, 'GLACIER_IR')] },
      /GLACIER_IR after 180 days cannot follow GLACIER/,
    ],
    [{ coldStorage: [cold(90, 'GLACIER_IR'), cold(90, 'GLACIER')] }, /GLACIER after 90 days cannot follow GLACIER_IR/],
    [{ coldStorage: [cold(30, 'STANDARD_IA'), cold(59, 'GLACIER')] }, /move it to GLACIER after 60 days or later/],
    [
      { coldStorage: [cold(90, 'GLACIER_IR')], expireAfterDays: 90 },
      /expireAfterDays: recordings would be gone before/,
    ],
    [{ canary: { from: '+14155550100', to: '+14155550100', everyMinutes: 60 } }, /canary: from and to must differ/],
    [
      { canary: { from: '+14155550100', to: '4155550101', everyMinutes: 60 } },
      /canary: to: must be a telephone number/,
    ],
    [
      { canary: { from: '+14155550100', to: '+14155550101', everyMinutes: 14 } },
      /canary: everyMinutes: must be a whole/,
    ],
    [{ expireAfterDays: 6 }, /expireAfterDays: must be a whole number of days from 7/],
    [{ expireAfterDays: 9, keepAtTwilioHours: 169 }, /expireAfterDays: must be 10 days or more/],
    [{ expireAfterDays: 364, objectLock: LOCK }, /expireAfterDays: objectLock keeps recordings for 365 days/],
    [{ objectLock: { mode: 'LEGAL', days: 1 } }, /objectLock: mode: must be one of "GOVERNANCE", "COMPLIANCE"/],
    [
      { objectLock: { mode: 'GOVERNANCE' } },
      /objectLock: days: must be a whole number of days from 1 .*, but is missing/,
    ],
    [{ objectLock: LOCK, removalPolicy: 'destroy' }, /removalPolicy: what objectLock protects cannot be destroyed/],
    [{ alarmEmail: 'nobody' }, /alarmEmail: must be an e-mail address/],
    [{ noticeEmail: 'nobody' }, /noticeEmail: must be an e-mail address/],
    [{ noticeTopicArn: 'notices' }, /noticeTopicArn: must be an ARN such as "arn:aws:sns:/],
    [{ logRetentionDays: 31 }, /logRetentionDays: must be a number of days among 1, 3, 5/],
    [{ createApiGatewayLogRole: 'yes' }, /createApiGatewayLogRole: must be true or false/],
    [{ recordingConcurrency: 1 }, /recordingConcurrency: must be a whole number of recordings from 2/],
    [{ copyConcurrency: 1 }, /copyConcurrency: must be a whole number of recordings from 2/],
    [{ deletionConcurrency: 1001 }, /deletionConcurrency: must be a whole number of invocations from 2 to 1000/],
    [{ reconcileConcurrency: 1 }, /reconcileConcurrency: must be a whole number of lists from 2/],
    [{ sweepConcurrency: 9 }, /sweepConcurrency: must be a whole number of runs from 1 to 8/],
    [{ announceConcurrency: 0 }, /announceConcurrency: must be a whole number of runs from 1 to 8/],
    [{ lambdaConcurrency: 9 }, /lambdaConcurrency: must be a whole number of concurrent executions from 10/],
    [{ twilioConcurrency: 0 }, /twilioConcurrency: must be a whole number of concurrent requests from 1/],
    [{ webhooksPerSecond: 49 }, /webhooksPerSecond: must be a whole number of requests from 50/],
    [{ reservedConcurrency: { 'incoming-call': 500, 'recording-callback': 401 } }, /reserves 901 in all, but of 1000/],
    [{ reservedConcurrency: { 'incoming-call': 1 }, lambdaConcurrency: 50 }, /reserves 1 in all, but of 50/],
    [{ keepAtTwilioHours: '24' }, /keepAtTwilioHours: must be a whole number/],
    [{ startBy: 'socket' }, /startBy: must be one of "stream", "twiml"/],
    [{ withoutStream: 'yes' }, /withoutStream: must be one of "leave", "record"/],
    [{ foreignStreams: 'allow' }, /foreignStreams: must be one of "refuse"/],
    [{ removalPolicy: 'keep' }, /removalPolicy: must be one of "retain", "destroy"/],
    [{ disclaimer: 'nowhere.wav' }, /disclaimer: cannot read .*nowhere\.wav/],
    [{ disclaimer: 7 }, /disclaimer: must be the path of a WAV file/],
    [{ disclaimers: 'sales.wav' }, /disclaimers: must be an object such as {"sales": "sales.wav"}/],
    [{ disclaimers: { sales: 'nowhere.wav' } }, /disclaimers: sales: cannot read .*nowhere\.wav/],
    [{ disclaimers: { sales: 7 } }, /disclaimers: sales: must be the path of a WAV file/],
    [
      { disclaimers: { 'Sales/EU': DEFAULT_DISCLAIMER } },
      /disclaimers: "Sales\/EU" must be a name of at most 32 lowercase letters/,
    ],
    [
      { disclaimers: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`a${index}`, 'a.wav'])) },
      /disclaimers: must be at most 100 files, but are 101/,
    ],
    [JSON.parse('{"__proto__": {"stage": "x"}}'), /unknown key "__proto__"/],
    [{ constructor: 1 }, /unknown key "constructor"/],
    [[], /must hold one JSON object/],
    [null, /must hold one JSON object/],
  ])('%j', (configuration, problem) => {
    expect(problemsOf(configuration)).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    [{ webhookDomain: DOMAIN, streamDomain: { ...DOMAIN, name: 'stream.example.com' } }],
    [{ twilioRegion: 'au1', twilioEdge: 'sydney' }],
    [{ bucketName: 'mine', kmsKeyArn: KEY }],
    [{ kmsKeyArn: KEY.replace('arn:aws:', 'arn:aws-us-gov:') }],
    [
      {
        coldStorage: [cold(30, 'STANDARD_IA'), cold(60, 'GLACIER_IR'), cold(365, 'DEEP_ARCHIVE')],
        expireAfterDays: 3650,
      },
    ],
    [{ objectLock: LOCK, expireAfterDays: 365 }],
    [{ reservedConcurrency: { 'incoming-call': 900 } }],
    [{ reservedConcurrency: { 'incoming-call': 901 }, lambdaConcurrency: 1001 }],
    [{ lambdaConcurrency: 10 }],
    [{ expireAfterDays: 10, keepAtTwilioHours: 192 }],
    [{ expireAfterDays: 7, keepAtTwilioHours: 8760, deletions: 'never' }],
  ])('are none in %j', (configuration) => {
    expect(problemsOf(configuration)).toEqual([]);
  });

  it('are none in what only the deployment knows', () => {
    const app = new Stack(new App(), 'Other');
    const ofApp = (name: string) => Lazy.string({ produce: () => name });
    expect(app.resolve(ofApp('x'))).toBe('x');
    expect(problemsOf({ bucketName: ofApp('b'), kmsKeyArn: ofApp('k'), alarmTopicArn: ofApp('t') })).toEqual([]);
  });

  it('include a redirect to the recorder itself', () => {
    expect(
      problemsOf({ webhookDomain: DOMAIN, afterDisclaimer: { kind: 'redirect', url: `https://${DOMAIN.name}/voice` } }),
    ).toEqual([expect.stringContaining('is this recorder itself')]);
    const publicUrl = 'https://calls.example.com';
    expect(problemsOf({ publicUrl, afterDisclaimer: { kind: 'redirect', url: `${publicUrl}/voice` } })).toEqual([
      expect.stringContaining('is this recorder itself'),
    ]);
    expect(problemsOf({ publicUrl, afterDisclaimer: { kind: 'redirect', url: `${publicUrl}/ivr` } })).toEqual([]);
  });
});
