/**
 * The whole system, configured as a company may configure it, records a call during which the auth token is rotated:
 * Twilio signs with the old one until the stream has started, with the new one from then on.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { synthesize } from '../../../local/system/synthesize.ts';
import { type System, startSystem } from '../../../local/system/system.ts';
import type { TwilioServerEvent } from '../../../local/twilio/server/events.ts';
import { startTwilioServer, type TwilioServer } from '../../../local/twilio/server/server.ts';
import { readRecordings } from '../../../local/watch/table-rows.ts';
import { hangUpWhenRecorded, UNTIL_HUNG_UP, warmUp } from '../steady-calls.ts';
import { temporaryDirectory, until } from '../support.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const BUCKET = 'recordings-of-example';
const OLD = 'a'.repeat(32);
const NEW = 'b'.repeat(32);
const ACCOUNT = { accountSid: `AC${'c'.repeat(32)}`, apiKeySid: `SK${'d'.repeat(32)}`, apiKeySecret: 'e'.repeat(32) };

const certificateArn = 'arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555';
const CONFIGURATION = {
  stage: 'support',
  afterDisclaimer: { kind: 'dial', number: '+14155550123' },
  webhookDomain: { name: 'calls.example.com', certificateArn },
  streamDomain: { name: 'stream.example.com', certificateArn },
  twilioRegion: 'ie1',
  twilioEdge: 'dublin',
  bucketName: BUCKET,
  kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  alarmTopicArn: 'arn:aws:sns:eu-central-1:111122223333:on-call',
};

/** Twilio's own; it signs with the token that stands here when it signs. */
const credentials = { ...ACCOUNT, authToken: OLD };
const events: TwilioServerEvent[] = [];
/** Recorded for some seconds, as the test expects. */
const hangUp = hangUpWhenRecorded(() => ({ ...credentials, url: twilio.url }), 2500);
let twilio: TwilioServer;
let system: System;

beforeAll(async () => {
  const config = join(temporaryDirectory(), 'configuration.json');
  writeFileSync(config, JSON.stringify(CONFIGURATION));
  const assemblyDirectory = join(temporaryDirectory(), 'cloud-assembly');
  await synthesize({ root: ROOT, directory: assemblyDirectory, context: { config } });
  twilio = await startTwilioServer({
    port: 0,
    dataDirectory: temporaryDirectory(),
    credentials,
    registrationDelay: () => 0,
    onEvent: (event) => {
      events.push(event);
      if (event.kind === 'stream-start-sent') credentials.authToken = NEW;
      hangUp(event);
    },
  });
  system = await startSystem({
    root: ROOT,
    port: 0,
    keepAtTwilioSeconds: 86_400,
    dataDirectory: temporaryDirectory(),
    assemblyDirectory,
    twilio: { ...ACCOUNT, authToken: OLD, apiUrl: twilio.url },
  });
});
afterAll(async () => {
  await system.stop();
  await twilio.close();
});

test('a call is recorded while the auth token changes, and no webhook is refused', async () => {
  const value = { ...ACCOUNT, authToken: NEW, previousAuthToken: OLD };
  await system.clients.secretsmanager.send(
    new PutSecretValueCommand({ SecretId: system.deployment.secretId, SecretString: JSON.stringify(value) }),
  );
  await warmUp(system.endpoints);
  const { voiceUrl } = system.endpoints;
  const { callSid, ended } = await twilio.placeCall({ voiceUrl, ...UNTIL_HUNG_UP });
  await ended;
  const row = async () => (await readRecordings(system, callSid))[0];
  await until(async () => (await row())?.state === 'stored', 'the recording is stored');

  const replies = events.flatMap((event) =>
    event.kind === 'twiml-fetched' || event.kind === 'callback-sent' ? [[event.kind, event.status]] : [],
  );
  expect(replies).toEqual([
    ['twiml-fetched', 200],
    // The stream has started; the recording runs; the stream has stopped; the recording is complete.
    ...Array.from({ length: 4 }, () => ['callback-sent', 204]),
  ]);
  expect(events.filter(({ kind }) => kind === 'warning')).toEqual([]);
  expect(credentials.authToken).toBe(NEW);

  // In the bucket that the template only names.
  const stored = (await row())?.stored;
  expect(stored?.bucket).toBe(BUCKET);
  const head = await system.clients.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: stored?.key }));
  // Some seconds in two channels of 16 kB each.
  expect(head.ContentLength).toBeGreaterThan(2 * 2 * 16_000);
});
