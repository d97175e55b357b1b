/** The address that plays what is at Twilio only: who may use it, and what is left where there is none. */
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { CallRecorder } from '../../../lib/call-recorder.ts';
import type { CallRecorderConfiguration } from '../../../lib/configuration/options.ts';
import { emptySteps, type Json, type Synthesized, synthesize } from '../synthesized.ts';

const environmentOf = (stack: Synthesized): Json => stack.functionOf('look-up')[1].Properties.Environment.Variables;
const statementsOf = (stack: Synthesized, step: 'look-up' | 'recording-play'): readonly Json[] => {
  const role = stack.functionOf(step)[1].Properties.Role['Fn::GetAtt'][0];
  return stack.one('AWS::IAM::Policy', ({ Roles }) => Roles[0].Ref === role)[1].Properties.PolicyDocument.Statement;
};

describe('the address', () => {
  let stack: Synthesized;
  beforeAll(() => {
    stack = synthesize();
  });

  it('is one, streams, and is for whom IAM lets', () => {
    const [, { Properties }] = stack.one('AWS::Lambda::Url');
    expect(Properties).toEqual({
      ...{ AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' },
      TargetFunctionArn: { 'Fn::GetAtt': [stack.functionOf('recording-play')[0], 'Arn'] },
    });
  });

  it('is known to look-up, which alone may sign links to it, and to the operator', () => {
    const url = { 'Fn::GetAtt': [stack.one('AWS::Lambda::Url')[0], 'FunctionUrl'] };
    expect(environmentOf(stack).PLAY_URL).toEqual(url);
    expect(stack.template.findOutputs('*', { Value: url })).toHaveProperty('PlayUrl');
    const [id] = stack.functionOf('recording-play');
    const invoking = Object.values(stack.all('AWS::IAM::Policy')).filter(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes('lambda:Invoke'),
    );
    expect(invoking.map(({ Properties }) => Properties.Roles)).toEqual([
      [{ Ref: stack.functionOf('look-up')[1].Properties.Role['Fn::GetAtt'][0] }],
    ]);
    // Nobody is let in by the function itself.
    for (const { Properties } of Object.values(stack.all('AWS::Lambda::Permission'))) {
      expect(JSON.stringify(Properties.FunctionName)).not.toContain(id);
    }
  });

  it('has a small function behind it, for as long as Lambda has', () => {
    expect(stack.functionOf('recording-play')[1].Properties).toMatchObject({ Timeout: 900, MemorySize: 256 });
  });

  it('can be given a limit to what a flood takes', () => {
    const limited = synthesize({ reservedConcurrency: { 'recording-play': 5 } });
    expect(limited.functionOf('recording-play')[1].Properties.ReservedConcurrentExecutions).toBe(5);
  });
});

describe('without it', () => {
  it('look-up knows of none, nobody may invoke the function, and it may nothing but log', () => {
    const stack = synthesize({ playFromTwilio: 'off', reservedConcurrency: { 'recording-play': 5 } });
    expect(stack.all('AWS::Lambda::Url')).toEqual({});
    expect(environmentOf(stack).PLAY_URL).toBe('off');
    expect(JSON.stringify(statementsOf(stack, 'look-up'))).not.toContain('lambda:');
    expect(statementsOf(stack, 'recording-play').flatMap(({ Action }) => Action)).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(stack.functionOf('recording-play')[1].Properties.ReservedConcurrentExecutions).toBeUndefined();
    const alarms = Object.values(stack.all('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties.AlarmName);
    expect(alarms.filter((name) => /recording-play-(errors|throttles)$/.test(name))).toEqual([]);
  });

  const inRegion = (region: string | undefined, options: Partial<CallRecorderConfiguration> = {}) => {
    const stack = new Stack(
      new App(),
      'Stack',
      region === undefined ? {} : { env: { account: '111122223333', region } },
    );
    new CallRecorder(stack, 'Recorder', { ...options, lambdas: emptySteps() });
    return Annotations.fromStack(stack).findError('*', Match.stringLikeRegexp('playFromTwilio')).length;
  };

  it('a region that has none says so, before anything is deployed', () => {
    // The CDK warns of one as well, since it knows what there is where.
    const warned = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    expect([inRegion('eu-central-2'), inRegion('cn-north-1')]).toEqual([1, 1]);
    expect(warned.mock.calls.join()).toContain("'AWS::Lambda::Url' does not exist in 'eu-central-2'");
    warned.mockRestore();
    expect([inRegion('eu-central-1'), inRegion('eu-central-2', { playFromTwilio: 'off' })]).toEqual([0, 0]);
  });

  it('also where the region is that of the profile, which the CLI tells', () => {
    const before = process.env.CDK_DEFAULT_REGION;
    try {
      process.env.CDK_DEFAULT_REGION = 'il-central-1';
      expect([inRegion(undefined), inRegion('eu-central-1')]).toEqual([1, 0]);
      delete process.env.CDK_DEFAULT_REGION;
      expect(inRegion(undefined)).toBe(0);
    } finally {
      if (before !== undefined) process.env.CDK_DEFAULT_REGION = before;
    }
  });
});
