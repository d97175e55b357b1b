/**
 * What must not change from one version to the next, because data, or an address that others know, hangs on it.
 *
 * CloudFormation knows a resource by its logical id. Under another id, or with another physical name, it makes a new resource and lets
 * the old one go: an empty table takes the place of the full one, messages in a queue are lost, alarms go to a topic that nobody has
 * subscribed to, and Twilio's numbers point to an address that is gone. Logical ids come from the constructs' ids and places, so that
 * moving a construct into another changes them.
 *
 * Where this test fails, put the ids back (`overrideLogicalId` helps where a construct had to move). Add lines for new resources; change
 * or remove one only with a migration, described in docs/upgrading.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, type Resource, type Synthesized, synthesize } from '../synthesized.ts';

/** Logical id: type, physical name (absent: CloudFormation's own), and what becomes of it with the stack or with a replacement. */
type Pinned = readonly [type: string, name: string | undefined, deletion?: string];

const QUEUE = 'AWS::SQS::Queue';
const LOGS = 'AWS::Logs::LogGroup';

const PINNED: { readonly [logicalId: string]: Pinned } = {
  // Lost with it: calls and recordings, the audio, Twilio's credentials, and by which number each call is found.
  RecorderStorageTableA2B90A59: ['AWS::DynamoDB::Table', undefined, 'Retain'],
  RecorderStorageRecordings7F9DD2E8: ['AWS::S3::Bucket', undefined, 'RetainExceptOnCreate'],
  RecorderStorageTwilioCredentials3736972E: ['AWS::SecretsManager::Secret', undefined, 'RetainExceptOnCreate'],
  RecorderStoragePartyKeyDE55BAB3: ['AWS::SecretsManager::Secret', undefined, 'RetainExceptOnCreate'],
  // The address that Twilio's numbers point to, and that look-ups go to.
  RecorderWebhooksApiBC457E14: ['AWS::ApiGatewayV2::Api', 'call-recorder-prod-webhooks'],
  RecorderWebhooksStage1A9C5DB5: ['AWS::ApiGatewayV2::Stage', '$default'],
  // The address that TwiML of calls in progress names, and that of your own.
  RecorderStreamApi3B914727: ['AWS::ApiGatewayV2::Api', 'call-recorder-prod-stream'],
  RecorderStreamStage9AF468F5: ['AWS::ApiGatewayV2::Stage', 'prod'],
  // Links that were given, for 15 minutes.
  RecorderrecordingplayFunctionFunctionUrl70F200A5: ['AWS::Lambda::Url', undefined],
  // Subscriptions that people have confirmed.
  RecorderAlarmsTopic0C9FFE9F: ['AWS::SNS::Topic', 'call-recorder-prod-alarms'],
  RecorderAlarmsNoticesD87F56C6: ['AWS::SNS::Topic', 'call-recorder-prod-notices'],
  // Messages in work, and those that wait for a person.
  RecorderrecordingstartQueue5844A45C: [QUEUE, 'call-recorder-prod-recording-start', 'Delete'],
  RecorderrecordingstartDeadLettersA581910D: [QUEUE, 'call-recorder-prod-recording-start-dead-letters', 'Delete'],
  RecorderrecordingcopyQueueE267C0AC: [QUEUE, 'call-recorder-prod-recording-copy', 'Delete'],
  RecorderrecordingcopyDeadLettersB6235AB2: [QUEUE, 'call-recorder-prod-recording-copy-dead-letters', 'Delete'],
  RecorderrecordingdeleteQueue75772AE5: [QUEUE, 'call-recorder-prod-recording-delete', 'Delete'],
  RecorderrecordingdeleteDeadLetters93452A8D: [QUEUE, 'call-recorder-prod-recording-delete-dead-letters', 'Delete'],
  RecordereraseQueue50F90651: [QUEUE, 'call-recorder-prod-erase', 'Delete'],
  RecordereraseDeadLetters5074397E: [QUEUE, 'call-recorder-prod-erase-dead-letters', 'Delete'],
  RecorderreconcileQueueCDB2D2B1: [QUEUE, 'call-recorder-prod-reconcile', 'Delete'],
  RecorderreconcileDeadLetters3DDDF0C4: [QUEUE, 'call-recorder-prod-reconcile-dead-letters', 'Delete'],
  // The account's own: other APIs may rely on them.
  RecorderStreamLogRoleCBE2185B: ['AWS::IAM::Role', undefined, 'Retain'],
  RecorderStreamLogRoleAccount2B0FC8F5: ['AWS::ApiGateway::Account', undefined, 'Retain'],
  // What was logged, for `logRetentionDays`.
  RecorderWebhooksAccessLogs55487806: [LOGS, '/aws/vendedlogs/call-recorder-prod/webhooks', 'Delete'],
  RecorderStreamAccessLogs8F35C17A: [LOGS, '/aws/vendedlogs/call-recorder-prod/stream', 'Delete'],
  RecorderincomingcallLogsC91506EE: [LOGS, '/call-recorder-prod/incoming-call', 'Delete'],
  RecorderdisclaimerLogsBAB4FFD4: [LOGS, '/call-recorder-prod/disclaimer', 'Delete'],
  RecorderstreamconnectLogs0FD09391: [LOGS, '/call-recorder-prod/stream-connect', 'Delete'],
  RecorderstreamstatusLogs8E6E240E: [LOGS, '/call-recorder-prod/stream-status', 'Delete'],
  RecorderrecordingstartLogs150BAC83: [LOGS, '/call-recorder-prod/recording-start', 'Delete'],
  RecorderrecordingcallbackLogs2B0C7D09: [LOGS, '/call-recorder-prod/recording-callback', 'Delete'],
  RecorderrecordingcopyLogs79EB60B1: [LOGS, '/call-recorder-prod/recording-copy', 'Delete'],
  RecorderrecordingdeleteLogs964D1035: [LOGS, '/call-recorder-prod/recording-delete', 'Delete'],
  RecordersweepLogs4A551790: [LOGS, '/call-recorder-prod/sweep', 'Delete'],
  RecorderreconcileLogs8A7D874F: [LOGS, '/call-recorder-prod/reconcile', 'Delete'],
  RecorderwatchlogLogs977FB6E0: [LOGS, '/call-recorder-prod/watch-log', 'Delete'],
  RecorderrecordcallLogs1FF8B2B1: [LOGS, '/call-recorder-prod/record-call', 'Delete'],
  RecorderholdLogs4592D109: [LOGS, '/call-recorder-prod/hold', 'Delete'],
  RecordereraseLogs7977C6C8: [LOGS, '/call-recorder-prod/erase', 'Delete'],
  RecordercanaryLogsD919512F: [LOGS, '/call-recorder-prod/canary', 'Delete'],
  RecorderannounceLogs2927A636: [LOGS, '/call-recorder-prod/announce', 'Delete'],
  RecorderlookupLogsA30507A0: [LOGS, '/call-recorder-prod/look-up', 'Delete'],
  RecorderrecordingplayLogsF0E8952E: [LOGS, '/call-recorder-prod/recording-play', 'Delete'],
};

/** Keys cannot be changed in place: a table with others is another table. Each kind of work has rows under these names. */
const TABLE_KEYS = ['callSid HASH', 'item RANGE'];

/**
 * The indexes, and the version that added each. DynamoDB makes or removes one index in an update, and the whole update fails where a
 * version asks for two. The first version is made with the table, which may have several. A name or a key cannot be changed: that is a
 * removal and an addition, in two versions.
 */
const INDEXES: readonly { readonly name: string; readonly keys: readonly string[]; readonly since: string }[] = [
  { name: 'due', keys: ['dueShard HASH', 'due RANGE'], since: '0.1.0' },
  { name: 'untold', keys: ['untoldShard HASH', 'untoldSince RANGE'], since: '0.1.0' },
  { name: 'byDay', keys: ['day HASH', 'place RANGE'], since: '0.1.0' },
];
const FIRST_VERSION = '0.1.0';

const NAMES = ['QueueName', 'TopicName', 'LogGroupName', 'TableName', 'BucketName', 'RoleName', 'StageName', 'Name'];
const nameOf = ({ Properties = {} }: Resource): string | undefined =>
  NAMES.map((property) => Properties[property]).find((name) => name !== undefined);
const isStateful = ({ Type, DeletionPolicy }: Resource): boolean =>
  DeletionPolicy !== undefined ||
  ['AWS::SNS::Topic', 'AWS::ApiGatewayV2::Api', 'AWS::ApiGatewayV2::Stage', 'AWS::Lambda::Url'].includes(Type);

const statefulOf = (stack: Synthesized): { readonly [logicalId: string]: Pinned } =>
  Object.fromEntries(
    Object.entries<Resource>(stack.resources)
      .filter(([, resource]) => isStateful(resource))
      .map(([id, resource]) => {
        const { Type, DeletionPolicy } = resource;
        return [id, DeletionPolicy === undefined ? [Type, nameOf(resource)] : [Type, nameOf(resource), DeletionPolicy]];
      }),
  );

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const keysOf = (schema: Json): readonly string[] =>
  schema.map(({ AttributeName, KeyType }: Json) => `${AttributeName} ${KeyType}`);

let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize();
});

test('what holds data or an address keeps its logical id, its name, and what becomes of it', () => {
  expect(statefulOf(stack)).toEqual(PINNED);
});

test('a key of the owner encrypts the same resources, and replaces none', async () => {
  const encrypted = await synthesize({
    kmsKeyArn: KEY,
    kmsKeyFor: ['bucket', 'table', 'queues', 'secret', 'topic', 'logs'],
  });
  expect(statefulOf(encrypted)).toEqual(PINNED);
});

test('the table keeps its keys, and its indexes theirs', () => {
  const [, { Properties }] = stack.one('AWS::DynamoDB::Table');
  expect(keysOf(Properties.KeySchema)).toEqual(TABLE_KEYS);
  expect(
    Properties.GlobalSecondaryIndexes.map(({ IndexName, KeySchema }: Json) => [IndexName, keysOf(KeySchema)]),
  ).toEqual(INDEXES.map(({ name, keys }) => [name, keys]));
  expect(Properties.AttributeDefinitions.map(({ AttributeType }: Json) => AttributeType)).toEqual(Array(8).fill('S'));
  expect(Properties.LocalSecondaryIndexes).toBeUndefined();
});

test('each version adds one index at most', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8'));
  const later = INDEXES.map(({ since }) => since).filter((since) => since !== FIRST_VERSION);
  expect(new Set(later).size).toBe(later.length);
  const ofVersion = (text: string): readonly number[] => text.split('.').map(Number);
  const isAfter = (one: string, other: string): boolean => {
    const [a, b] = [ofVersion(one), ofVersion(other)];
    const differing = a.findIndex((part, index) => part !== b[index]);
    return differing >= 0 && (a[differing] ?? 0) > (b[differing] ?? 0);
  };
  for (const { name, since } of INDEXES) expect([name, isAfter(since, version)]).toEqual([name, false]);
});
