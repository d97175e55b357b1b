import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readApis, readFunctionUrls } from '../../local/template/apis.ts';
import { type CloudAssembly, readCloudAssembly, type Template } from '../../local/template/assembly.ts';
import { arnLookup, plannedResources } from '../../local/template/identifiers.ts';
import { toLocalFunctionUrls, toLocalUrls } from '../../local/template/local-urls.ts';
import { readEventSources, readFunctions, readSchedules } from '../../local/template/model.ts';
import { type PhysicalResource, Resolver } from '../../local/template/resolver.ts';
import { FIXTURE_ASSEMBLY, temporaryDirectory } from './support.ts';

const PLACE = { region: 'us-east-1', accountId: '000000000000' };

function resolverFor(template: Template, physical: ReadonlyMap<string, PhysicalResource> = new Map()) {
  return new Resolver({ template, stackName: 'fixture', ...PLACE, physical });
}

function fixture() {
  const assembly = readCloudAssembly(FIXTURE_ASSEMBLY);
  const physical = plannedResources(assembly, PLACE);
  for (const name of ['Table', 'Bucket', 'Secret']) physical.set(name, { ref: name.toLowerCase() });
  for (const name of ['Queue', 'DeadLetters']) {
    const Arn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
    physical.set(name, { ref: `http://127.0.0.1:1/000000000000/${name}`, attributes: { Arn } });
  }
  return { assembly, physical, resolver: resolverFor(assembly.template, physical) };
}

function assemblyWith(resources: Template['Resources']): CloudAssembly {
  return { stackName: 'fixture', template: { Resources: resources }, assetDirectory: (key) => `/assets/${key}` };
}

describe('the cloud assembly', () => {
  test('gives the template and finds assets by their key', () => {
    const assembly = readCloudAssembly(FIXTURE_ASSEMBLY);
    expect(assembly.stackName).toBe('fixture');
    expect(assembly.assetDirectory('aaaa1111.zip')).toBe(join(FIXTURE_ASSEMBLY, 'asset.puppet'));
    expect(() => assembly.assetDirectory('bbbb.zip')).toThrow(/No asset bbbb\.zip/);
  });

  test('must be one, with one stack', () => {
    const directory = temporaryDirectory();
    expect(() => readCloudAssembly(directory)).toThrow(/no cloud assembly/);
    writeFileSync(join(directory, 'manifest.json'), '{"artifacts":{}}');
    expect(() => readCloudAssembly(directory)).toThrow(/exactly one stack, it holds 0/);
  });
});

describe('the resolver', () => {
  const template: Template = {
    Resources: { Queue: { Type: 'AWS::SQS::Queue' }, Role: { Type: 'AWS::IAM::Role' } },
    Parameters: { Version: { Default: '21' }, Asked: {} },
  };
  const physical = new Map([['Queue', { ref: 'http://queue', attributes: { Arn: 'arn:queue', QueueName: 'q' } }]]);
  const resolver = resolverFor(template, physical);

  test.each<[string, unknown, unknown]>([
    ['plain values', { a: [1, 'b', true, null] }, { a: [1, 'b', true, null] }],
    ['Ref to a resource', { Ref: 'Queue' }, 'http://queue'],
    ['Ref to a parameter', { Ref: 'Version' }, '21'],
    ['Ref to a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
    ['GetAtt as a text', { 'Fn::GetAtt': 'Queue.Arn' }, 'arn:queue'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Partition' }, 3]] }, 'a-aws-3'],
    ['Sub', { 'Fn::Sub': `\${AWS::AccountId}/\${Queue.QueueName}/\${!Literal}` }, `000000000000/q/\${Literal}`],
    ['Sub with variables', { 'Fn::Sub': [`\${x}\${Queue}`, { x: { Ref: 'Version' } }] }, '21http://queue'],
    ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['NoValue in an object', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
    ['NoValue in a list', [1, { Ref: 'AWS::NoValue' }], [1]],
    ['an object that only looks like one', { Ref: 'Queue', other: 1 }, { Ref: 'Queue', other: 1 }],
  ])('resolves %s', (_, given, expected) => {
    expect(resolver.value(given, 'Where')).toEqual(expected);
  });

  test.each<[string, unknown, RegExp]>([
    ['an unknown intrinsic', { 'Fn::ImportValue': 'x' }, /resource Where: .*Fn::ImportValue/],
    ['a type that is not created', { Ref: 'Role' }, /resource Where: .*Role of type AWS::IAM::Role/],
    ['a missing resource', { Ref: 'Nobody' }, /resource Where: .*Nobody, which the template does not have/],
    ['an unknown attribute', { 'Fn::GetAtt': ['Queue', 'Colour'] }, /resource Where: .*Queue .*Colour/],
    ['a parameter without a default', { Ref: 'Asked' }, /resource Where: .*Asked has no default/],
  ])('names the resource on %s', (_, given, message) => {
    expect(() => resolver.string(given, 'Where')).toThrow(message);
  });

  test('wants a text where one is needed', () => {
    expect(resolver.string(25, 'Where')).toBe('25');
    expect(() => resolver.string(['a'], 'Where')).toThrow(/a text is needed/);
  });
});

describe('the model', () => {
  test('reads functions with their variables', () => {
    const { assembly, resolver } = fixture();
    const [puppet, worker] = readFunctions(assembly, resolver);
    expect(puppet).toMatchObject({
      logicalId: 'Puppet',
      directory: join(FIXTURE_ASSEMBLY, 'asset.puppet'),
      handler: 'index.handler',
      timeoutSeconds: 2,
      memoryMegabytes: 256,
      environment: { TABLE_NAME: 'table', BUCKET_NAME: 'bucket', KEEP_AT_TWILIO_SECONDS: '86400' },
    });
    expect(worker).toMatchObject({ logicalId: 'Worker', timeoutSeconds: 1, environment: {} });
  });

  test('reads event sources and schedules', () => {
    const { assembly, physical, resolver } = fixture();
    const functionOf = arnLookup(assembly, physical, 'AWS::Lambda::Function');
    const queueOf = arnLookup(assembly, physical, 'AWS::SQS::Queue');
    expect(readEventSources(assembly, resolver, { functionOf, queueOf })).toEqual([
      {
        logicalId: 'Source',
        functionId: 'Worker',
        queueId: 'Queue',
        batchSize: 5,
        maximumConcurrency: 2,
        reportsItemFailures: true,
        enabled: true,
      },
    ]);
    expect(readSchedules(assembly, resolver, functionOf, 'arn:rule/')).toMatchObject([
      { expression: 'rate(2 minutes)', functionId: 'Puppet', arn: 'arn:rule/Schedule', enabled: true },
    ]);
  });

  test('reads AWS::Scheduler::Schedule with its input', () => {
    const { assembly, physical, resolver } = fixture();
    const functionOf = arnLookup(assembly, physical, 'AWS::Lambda::Function');
    const Target = { Arn: { 'Fn::GetAtt': ['Puppet', 'Arn'] }, Input: '{"a":1}' };
    const scheduler = assemblyWith({
      Hourly: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression: 'rate(1 hour)', Target } },
    });
    expect(readSchedules(scheduler, resolver, functionOf, 'arn:')).toMatchObject([
      { logicalId: 'Hourly', functionId: 'Puppet', input: { a: 1 } },
    ]);
  });

  test('refuses what it cannot run, by name', () => {
    const inline = assemblyWith({ Inline: { Type: 'AWS::Lambda::Function', Properties: { Code: { ZipFile: 'x' } } } });
    expect(() => readFunctions(inline, resolverFor(inline.template))).toThrow(/resource Inline: .*assets only/);
  });

  test('reads both APIs with routes to functions and to nowhere', () => {
    const { assembly, physical, resolver } = fixture();
    const apis = readApis(assembly, resolver, arnLookup(assembly, physical, 'AWS::Lambda::Function'));
    expect(apis).toMatchObject([
      {
        protocol: 'HTTP',
        stage: '$default',
        routes: [
          { key: 'POST /voice', integration: { kind: 'function', functionId: 'Puppet', timeoutMilliseconds: 30_000 } },
        ],
      },
      {
        protocol: 'WEBSOCKET',
        stage: 'prod',
        routeSelection: '$request.body.event',
        routes: [
          { key: '$connect', integration: { kind: 'function', functionId: 'Puppet' } },
          {
            key: 'start',
            integration: { kind: 'function', functionId: 'Puppet' },
            authorization: 'none',
            responds: false,
          },
          { key: 'media', integration: { kind: 'mock' } },
          { key: '$default', integration: { kind: 'mock' } },
        ],
      },
    ]);
  });
});

describe('function URLs', () => {
  const withUrl = (more: object = {}) => {
    const { assembly, physical } = fixture();
    const url = {
      Type: 'AWS::Lambda::Url',
      Properties: { AuthType: 'AWS_IAM', TargetFunctionArn: { 'Fn::GetAtt': ['Puppet', 'Arn'] }, ...more },
    };
    const template = { ...assembly.template, Resources: { ...assembly.template.Resources, Address: url } };
    const planned = new Map([...physical, ...plannedResources({ ...assembly, template }, PLACE)]);
    const functionOf = arnLookup(assembly, planned, 'AWS::Lambda::Function');
    const resolver = resolverFor(template, planned);
    return { resolver, read: () => readFunctionUrls({ ...assembly, template }, resolver, functionOf) };
  };

  test('are read with their function and who may, and lead to the gateway of this machine', () => {
    const { read, resolver } = withUrl({ InvokeMode: 'RESPONSE_STREAM' });
    const [{ id = '', ...model } = {}, ...others] = read();
    expect([model, others]).toEqual([{ logicalId: 'Address', functionId: 'Puppet', authorization: 'iam' }, []]);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const url = resolver.string({ 'Fn::GetAtt': ['Address', 'FunctionUrl'] }, 'Test');
    expect(url).toBe(`https://${id}.lambda-url.us-east-1.on.aws/`);
    expect(toLocalFunctionUrls(`{"url":"${url}"}`, 'http://127.0.0.1:3000')).toBe(
      `{"url":"http://127.0.0.1:3000/lambda-url/${id}/"}`,
    );
    expect(toLocalFunctionUrls('https://example.com/lambda-url.us', 'http://127.0.0.1:3000')).not.toContain('127');
    expect(withUrl({ AuthType: 'NONE' }).read()).toMatchObject([{ authorization: 'none' }]);
    const Cors = { AllowOrigins: ['https://console.example.com'] };
    expect(withUrl({ Cors }).read()).toMatchObject([{ cors: { origins: Cors.AllowOrigins } }]);
  });

  test.each([
    ['another authorization', { AuthType: 'JWT' }, /resource Address: .*authorization JWT/],
    ['an alias', { Qualifier: 'live' }, /resource Address: .*Qualifier/],
  ])('%s is refused, by name', (_, more, message) => {
    expect(() => withUrl(more).read()).toThrow(message);
  });
});

describe('URLs of API Gateway', () => {
  const apis = [
    { id: 'abc123', protocol: 'HTTP', stage: '$default' },
    { id: 'def456', protocol: 'WEBSOCKET', stage: 'prod' },
  ] as const;
  const local = { gateway: 'http://127.0.0.1:3000', public: 'http://127.0.0.1:3000' };
  const tunnel = { gateway: 'http://127.0.0.1:3000', public: 'https://calls.example' };

  test.each([
    ['https://abc123.execute-api.us-east-1.amazonaws.com', 'http://127.0.0.1:3000', 'https://calls.example'],
    [
      'https://abc123.execute-api.us-east-1.amazonaws.com/voice',
      'http://127.0.0.1:3000/voice',
      'https://calls.example/voice',
    ],
    ['wss://def456.execute-api.us-east-1.amazonaws.com/prod', 'ws://127.0.0.1:3000', 'wss://calls.example'],
    ['https://def456.execute-api.us-east-1.amazonaws.com/prod', 'http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    [
      'https://other9.execute-api.us-east-1.amazonaws.com/prod',
      'https://other9.execute-api.us-east-1.amazonaws.com/prod',
      'https://other9.execute-api.us-east-1.amazonaws.com/prod',
    ],
    ['https://api.twilio.com', 'https://api.twilio.com', 'https://api.twilio.com'],
  ])('%s', (url, expectedLocally, expectedThroughTunnel) => {
    expect(toLocalUrls(url, apis, local)).toBe(expectedLocally);
    expect(toLocalUrls(url, apis, tunnel)).toBe(expectedThroughTunnel);
  });
});
