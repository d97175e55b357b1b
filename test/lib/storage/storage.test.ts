import { type Synthesized, synthesize } from '../synthesized.ts';

let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize();
});

describe('the table', () => {
  it('has the keys and the index of the contract, and can be restored to any second', () => {
    const [, table] = stack.one('AWS::DynamoDB::Table');
    expect(table.DeletionPolicy).toBe('Retain');
    expect(table.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      KeySchema: [
        { AttributeName: 'callSid', KeyType: 'HASH' },
        { AttributeName: 'item', KeyType: 'RANGE' },
      ],
    });
    expect(table.Properties.GlobalSecondaryIndexes).toEqual([
      {
        IndexName: 'due',
        KeySchema: [
          { AttributeName: 'dueShard', KeyType: 'HASH' },
          { AttributeName: 'due', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['next', 'completedAt'] },
      },
      {
        IndexName: 'untold',
        KeySchema: [
          { AttributeName: 'untoldShard', KeyType: 'HASH' },
          { AttributeName: 'untoldSince', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
      {
        IndexName: 'byDay',
        KeySchema: [
          { AttributeName: 'day', KeyType: 'HASH' },
          { AttributeName: 'place', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['state'] },
      },
    ]);
  });
});

describe('the bucket', () => {
  it('is private, encrypted, versioned, and outlives the stack', () => {
    const [id, bucket] = stack.one('AWS::S3::Bucket');
    expect(bucket.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(bucket.Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: [{ Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }],
      },
    });
    const [, policy] = stack.one('AWS::S3::BucketPolicy', ({ Bucket }) => Bucket.Ref === id);
    expect(policy.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });

  it('never lets a recording expire', () => {
    const rules = stack.one('AWS::S3::Bucket')[1].Properties.LifecycleConfiguration.Rules;
    expect(JSON.stringify(rules)).not.toMatch(/Expiration|Transition/);
  });
});

describe('the secret', () => {
  it('is a form to fill in, and outlives the stack', () => {
    const [, secret] = stack.one('AWS::SecretsManager::Secret', ({ SecretString }) => SecretString !== undefined);
    expect(secret.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(JSON.parse(secret.Properties.SecretString)).toEqual({ accountSid: '', authToken: '' });
  });

  it('that keys the numbers of callers is generated, outlives the stack, and is not the one that people fill in', () => {
    const [, secret] = stack.one('AWS::SecretsManager::Secret', ({ SecretString }) => SecretString === undefined);
    expect(secret.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(secret.Properties.GenerateSecretString).toEqual({ PasswordLength: 64, ExcludePunctuation: true });
    expect(stack.outputs.SecretName?.Value).not.toEqual(stack.outputs.PartySecretName?.Value);
  });
});

describe('removalPolicy', () => {
  it('destroys what is stored only where the owner says so', async () => {
    const doomed = await synthesize({ removalPolicy: 'destroy' });
    expect(doomed.one('AWS::DynamoDB::Table')[1].Properties.DeletionProtectionEnabled).toBe(false);
    for (const type of ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret']) {
      for (const { DeletionPolicy } of Object.values(doomed.all(type))) expect(DeletionPolicy).toBe('Delete');
    }
  });
});

describe('the outputs', () => {
  it('say what to give to Twilio, and where things lie', () => {
    const outputs = stack.outputs;
    expect(Object.keys(outputs).sort()).toEqual([
      'BucketName',
      'Deletions',
      'Disclaimers',
      'Events',
      'PartySecretName',
      'PlayUrl',
      'Prefix',
      'SecretName',
      'StreamUrl',
      'TableName',
      'TwilioApiUrl',
      'VoiceUrl',
    ]);
    expect(outputs.VoiceUrl?.Value['Fn::Join'][1].at(-1)).toBe('/voice');
  });
});
