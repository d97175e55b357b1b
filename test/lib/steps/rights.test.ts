import { toItem } from '../../../lambdas/shared/adapters/aws/table-items.ts';
import { STEPS, type Step } from '../../../lambdas/shared/contract/steps.ts';
import { TABLE } from '../../../lambdas/shared/contract/table.ts';
import { auditPartitions } from '../../../lambdas/shared/rules/table/audit.ts';
import type { Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { CALL, callRow, recordingRow } from '../../lambdas/support/fixtures.ts';
import { isLike } from '../policies.ts';
import { CANARY, type Json, type Synthesized, synthesize } from '../synthesized.ts';

const WATCH: Row = {
  ...{ kind: 'watch', id: 'one', at: 0, what: 'alarm', name: 'x', state: 'OK', version: 1, writer: 'x' },
};
let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize({ canary: CANARY });
});

/** `action on resource` for all that a step's role allows, with the resources' logical ids without CDK's hashes. */
function rightsOf(step: Step): readonly string[] {
  const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
  const shown = (resource: unknown): string => {
    if (typeof resource === 'string') return resource;
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = resource as Json;
    if (join) return join[1].map(shown).join('');
    return `{${(Ref ?? attribute[0]).replace(/^Recorder|[0-9A-F]{8}$/g, '')}}`;
  };
  return stack
    .statementsOf(step)
    .flatMap(({ Effect, Action, Resource, Condition }: Json) => {
      expect(Effect).toBe('Allow');
      const where = Condition ? ` where ${JSON.stringify(Condition)}` : '';
      return list(Action).flatMap((action) =>
        list(Resource).map((resource) => `${action} on ${shown(resource)}${where}`),
      );
    })
    .sort();
}

const SECRET = 'secretsmanager:GetSecretValue on {StorageTwilioCredentials}';
const PARTY_KEY = 'secretsmanager:GetSecretValue on {StoragePartyKey}';
const table = (...actions: string[]) => actions.map((action) => `dynamodb:${action} on {StorageTable}`);
const objects = (...actions: string[]) => actions.map((action) => `s3:${action} on {StorageRecordings}/recordings/*`);
const LIST = 's3:ListBucket on {StorageRecordings}';
const send = (...queues: string[]) => queues.map((queue) => `sqs:SendMessage on {${queue}Queue}`);
const consume = (queue: string) =>
  ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'].map(
    (action) => `sqs:${action} on {${queue}Queue}`,
  );
const connections = (method: string) =>
  `execute-api:ManageConnections on arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{StreamApi}/prod/${method}/@connections/*`;

const OF_AUDIT = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['AUDIT#*'] } };
const OF_PARTIES = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['PARTY#*'] } };

const RIGHTS: { readonly [step in Step]: readonly string[] } = {
  'incoming-call': [SECRET, PARTY_KEY, ...table('PutItem')],
  disclaimer: [],
  'stream-connect': [
    SECRET,
    ...table('GetItem', 'PutItem'),
    ...send('recordingstart'),
    connections('POST'),
    connections('DELETE'),
  ],
  'stream-status': [SECRET, ...table('GetItem', 'PutItem'), ...send('recordingstart')],
  erase: [
    SECRET,
    ...table('GetItem', 'PutItem', 'Query'),
    `${table('DeleteItem')[0]} where ${JSON.stringify(OF_PARTIES)}`,
    ...['recordings', 'peaks'].flatMap((folder) =>
      ['DeleteObjectVersion', 'AbortMultipartUpload', 'GetObjectRetention'].map(
        (action) => `s3:${action} on {StorageRecordings}/${folder}/*`,
      ),
    ),
    's3:ListBucketVersions on {StorageRecordings}',
    's3:ListBucketMultipartUploads on {StorageRecordings}',
    's3:PutObject on {StorageRecordings}/erasures/*',
    ...send('erase'),
    ...consume('erase'),
  ],
  'record-call': [SECRET, PARTY_KEY, ...table('GetItem', 'PutItem'), ...send('recordingstart')],
  hold: [...table('GetItem', 'PutItem', 'Query'), 'dynamodb:Query on {StorageTable}/index/byDay'],
  'recording-start': [SECRET, ...table('GetItem', 'PutItem', 'Query'), ...consume('recordingstart')],
  'recording-callback': [SECRET, ...table('GetItem', 'PutItem', 'Query'), ...send('recordingcopy')],
  'recording-copy': [
    SECRET,
    ...table('GetItem', 'PutItem', 'Query'),
    ...objects('PutObject', 'GetObject', 'AbortMultipartUpload'),
    's3:PutObject on {StorageRecordings}/peaks/*',
    LIST,
    ...consume('recordingcopy'),
  ],
  'recording-delete': [
    SECRET,
    ...table('GetItem', 'PutItem'),
    ...objects('GetObject'),
    LIST,
    ...consume('recordingdelete'),
  ],
  sweep: [
    'dynamodb:Query on {StorageTable}/index/due',
    ...table('GetItem', 'PutItem'),
    ...send('recordingstart', 'recordingcopy', 'recordingdelete', 'erase'),
  ],
  reconcile: [
    SECRET,
    PARTY_KEY,
    ...table('GetItem', 'PutItem', 'Query'),
    ...send('recordingcopy', 'reconcile'),
    ...consume('reconcile'),
  ],
  announce: [
    'dynamodb:Query on {StorageTable}/index/untold',
    ...table('GetItem', 'PutItem'),
    'events:PutEvents on arn:{AWS::Partition}:events:{AWS::Region}:{AWS::AccountId}:event-bus/default',
  ],
  canary: [
    SECRET,
    ...table('GetItem', 'PutItem'),
    's3:PutObject on {StorageRecordings}/recordings/canary/*',
    's3:GetObject on {StorageRecordings}/recordings/canary/*',
    LIST,
  ],
  'watch-log': table('GetItem', 'PutItem'),
  'look-up': [
    PARTY_KEY,
    ...table('GetItem', 'Query'),
    `${table('PutItem')[0]} where ${JSON.stringify(OF_AUDIT)}`,
    'dynamodb:Query on {StorageTable}/index/byDay',
    ...objects('GetObject', 'GetObjectVersion'),
    's3:GetObject on {StorageRecordings}/peaks/*',
    'lambda:InvokeFunctionUrl on {recordingplayFunction} where {"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}',
    'lambda:InvokeFunction on {recordingplayFunction} where {"Bool":{"lambda:InvokedViaFunctionUrl":true}}',
  ],
  'recording-play': [SECRET, ...table('GetItem')],
};

/** On the owner's key, where it encrypts everything that a function touches. */
const READS_ROWS = ['Decrypt', 'DescribeKey'];
const WRITES_ROWS = [
  ...READS_ROWS,
  ...['Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'],
];
const KMS_RIGHTS: { readonly [step in Step]: readonly string[] } = {
  'incoming-call': WRITES_ROWS,
  disclaimer: [],
  'stream-connect': WRITES_ROWS,
  'stream-status': WRITES_ROWS,
  'record-call': WRITES_ROWS,
  erase: WRITES_ROWS,
  hold: WRITES_ROWS,
  'recording-start': WRITES_ROWS,
  'recording-callback': WRITES_ROWS,
  'recording-copy': WRITES_ROWS,
  'recording-delete': WRITES_ROWS,
  sweep: WRITES_ROWS,
  reconcile: WRITES_ROWS,
  announce: WRITES_ROWS,
  canary: WRITES_ROWS,
  'watch-log': WRITES_ROWS,
  'look-up': WRITES_ROWS,
  'recording-play': READS_ROWS,
};

describe('the rights on a key of the owner', () => {
  beforeAll(async () => {
    stack = await synthesize({
      canary: CANARY,
      kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555',
    });
  });
  afterAll(async () => {
    stack = await synthesize({ canary: CANARY });
  });

  it.each(STEPS)('of %s: what only reads can decrypt, and encrypt nothing', (step) => {
    const actions = rightsOf(step).flatMap((right) => /^kms:(\w+) on arn:aws:kms:.*:key/.exec(right)?.[1] ?? []);
    expect([...new Set(actions)].sort()).toEqual([...KMS_RIGHTS[step]].sort());
  });
});

describe('the rights', () => {
  it.each(STEPS)('of %s are what it needs, and nothing else', (step) => {
    const logs = `{${step.replaceAll('-', '')}Logs}`;
    const expected = [...RIGHTS[step], `logs:CreateLogStream on ${logs}`, `logs:PutLogEvents on ${logs}`];
    expect(rightsOf(step)).toEqual(expected.sort());
  });

  it('of look-up to write end with the audit: no row of a call, a recording or the service can be written', () => {
    const writes = stack
      .statementsOf('look-up')
      .filter(({ Action }: Json) =>
        [Action].flat().some((action: string) => !/^dynamodb:(GetItem|Query)$/.test(action)),
      )
      .filter(({ Action }: Json) => [Action].flat().some((action: string) => /^dynamodb:/.test(action)));
    expect(writes).toMatchObject([{ Action: 'dynamodb:PutItem', Condition: OF_AUDIT }]);
    const [pattern = ''] = OF_AUDIT['ForAllValues:StringLike']['dynamodb:LeadingKeys'];
    const entry = { at: '2026-03-01T12:00:00.000Z', who: 'x', what: 'call-looked-up', from: 'x' } as const;
    const audited = auditPartitions({ ...entry, callSid: CALL });
    expect(audited).toHaveLength(2);
    for (const partition of audited) expect(isLike(partition, pattern)).toBe(true);
    for (const row of [callRow(), recordingRow(), WATCH]) {
      expect(isLike(String(toItem(row)[TABLE.partitionKey]), pattern)).toBe(false);
    }
  });

  it('come from no policy but those, save for the role of API Gateway', () => {
    for (const [id, { Properties }] of Object.entries(stack.all('AWS::IAM::Role'))) {
      expect([id, Properties.ManagedPolicyArns?.length ?? 0]).toEqual([
        id,
        id.startsWith('RecorderStreamLogRole') ? 1 : 0,
      ]);
      expect(Properties.Policies).toBeUndefined();
    }
  });
});
