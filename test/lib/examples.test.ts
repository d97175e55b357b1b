/** The examples: each is synthesized as its command does, and passes both packs of cdk-nag. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION } from '../../lib/configuration/configuration.ts';
import { shared } from '../shared/shared.ts';
import { ACCOUNT_OF_STACK, isAllowed } from './policies.ts';
import type { Json } from './synthesized.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLES = join(ROOT, 'examples');
const { app: command } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
const packs = shared<typeof import('./packs.ts')>(join(import.meta.dirname, 'packs.ts'));

const typesIn = (resources: Json): readonly string[] => Object.values<Json>(resources).map(({ Type }: Json) => Type);

test.each(['minimal', 'all-options'])('%s passes both packs', async (name) => {
  const file = join(EXAMPLES, name, 'call-recorder.config.json');
  const { resources, findings } = await packs('findingsOfConfiguration', file);
  expect(findings).toEqual([]);
  expect(typesIn(resources).filter((type) => type === 'AWS::Lambda::Function').length).toBeGreaterThan(8);
});

test('embedded passes both packs, and holds key, topic and role of the app beside the recorder', async () => {
  const { resources, findings } = await packs('findingsOfSupport');
  expect(findings).toEqual([]);
  const types = typesIn(resources);
  expect(types.filter((type) => type === 'AWS::KMS::Key')).toHaveLength(1);
  expect(types.filter((type) => type === 'AWS::SNS::Topic')).toHaveLength(1);
  const bucket = Object.values<Json>(resources).find(({ Type }) => Type === 'AWS::S3::Bucket');
  const [key] = Object.entries<Json>(resources).find(([, { Type }]) => Type === 'AWS::KMS::Key') ?? [];
  const [{ ServerSideEncryptionByDefault: encryption }] =
    bucket.Properties.BucketEncryption.ServerSideEncryptionConfiguration;
  expect(encryption).toEqual({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { 'Fn::GetAtt': [key, 'Arn'] } });
});

test("embedded's topic and key take alarms of its own account, and the topic takes no others", async () => {
  const { resources } = await packs('findingsOfSupport');
  const one = (type: string): Json => Object.entries<Json>(resources).find(([, { Type }]) => Type === type) ?? [];
  const [topic] = one('AWS::SNS::Topic');
  const [, policy] = one('AWS::SNS::TopicPolicy');
  const publishing = (account: string) => ({
    service: 'cloudwatch.amazonaws.com',
    action: 'sns:Publish',
    resource: { Ref: topic },
    context: { 'aws:SourceAccount': account, 'aws:SecureTransport': 'true' },
  });
  const statements = policy.Properties.PolicyDocument.Statement;
  expect(isAllowed(statements, publishing(ACCOUNT_OF_STACK))).toBe(true);
  expect(isAllowed(statements, publishing('444455556666'))).toBe(false);
  const [, key] = one('AWS::KMS::Key');
  for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) {
    const request = { ...publishing(ACCOUNT_OF_STACK), action };
    expect(isAllowed(key.Properties.KeyPolicy.Statement, request)).toBe(true);
  }
});

test('all-options has every option but those that exclude one of its own', () => {
  const given = JSON.parse(readFileSync(join(EXAMPLES, 'all-options', 'call-recorder.config.json'), 'utf8'));
  const documented = [...readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8').matchAll(/^\| `(\w+)` \|/gm)];
  const missing = documented.map(([, option = '']) => option).filter((option) => !Object.hasOwn(given, option));
  expect(missing).toEqual(['publicUrl', 'streamUrl', 'bucketName', 'alarmEmail', 'noticeEmail']);
  expect(Object.keys(DEFAULT_CONFIGURATION).filter((option) => !Object.hasOwn(given, option))).toEqual([]);
});

test('the commands are those of the document, and start what this test synthesizes', () => {
  expect(command).toBe('node bin/call-recorder.ts');
  const document = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  for (const name of ['minimal', 'all-options']) {
    expect(document).toContain(`npx cdk synth --quiet --context config=examples/${name}/call-recorder.config.json`);
  }
  expect(document).toContain('npx cdk synth --quiet --app "node examples/embedded/app.ts"');
});
