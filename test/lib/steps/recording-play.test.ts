/** The address that plays what is at Twilio only: who may use it, and what is left where there is none. */
import { join } from 'node:path';
import type { CallRecorderConfiguration } from '../../../lib/configuration/options.ts';
import { shared } from '../../shared/shared.ts';
import type { Place } from '../constructs.ts';
import { type Json, type Synthesized, synthesize } from '../synthesized.ts';

const constructs = shared<typeof import('../constructs.ts')>(join(import.meta.dirname, '..', 'constructs.ts'));
const environmentOf = (stack: Synthesized): Json => stack.functionOf('look-up')[1].Properties.Environment.Variables;

describe('the address', () => {
  let stack: Synthesized;
  beforeAll(async () => {
    stack = await synthesize();
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
    expect(stack.outputs.PlayUrl?.Value).toEqual(url);
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

  it('can be given a limit to what a flood takes', async () => {
    const limited = await synthesize({ reservedConcurrency: { 'recording-play': 5 } });
    expect(limited.functionOf('recording-play')[1].Properties.ReservedConcurrentExecutions).toBe(5);
  });
});

describe('without it', () => {
  it('look-up knows of none, nobody may invoke the function, and it may nothing but log', async () => {
    const stack = await synthesize({ playFromTwilio: 'off', reservedConcurrency: { 'recording-play': 5 } });
    expect(stack.all('AWS::Lambda::Url')).toEqual({});
    expect(environmentOf(stack).PLAY_URL).toBe('off');
    expect(JSON.stringify(stack.statementsOf('look-up'))).not.toContain('lambda:');
    expect(stack.statementsOf('recording-play').flatMap(({ Action }) => Action)).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(stack.functionOf('recording-play')[1].Properties.ReservedConcurrentExecutions).toBeUndefined();
    const alarms = Object.values(stack.all('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties.AlarmName);
    expect(alarms.filter((name) => /recording-play-(errors|throttles)$/.test(name))).toEqual([]);
  });

  const told = async (options: Partial<CallRecorderConfiguration>, place: Place) => {
    const { errors, printed } = await constructs('errorsWith', options, place);
    return { printed, count: errors.filter((error) => error.includes('playFromTwilio')).length };
  };

  it('a region that has none says so, before anything is deployed', async () => {
    const [zurich, beijing] = [await told({}, { region: 'eu-central-2' }), await told({}, { region: 'cn-north-1' })];
    expect([zurich.count, beijing.count]).toEqual([1, 1]);
    // The CDK warns of one as well, since it knows what there is where.
    expect([...zurich.printed, ...beijing.printed].join()).toContain(
      "'AWS::Lambda::Url' does not exist in 'eu-central-2'",
    );
    expect((await told({}, { region: 'eu-central-1' })).count).toBe(0);
    expect((await told({ playFromTwilio: 'off' }, { region: 'eu-central-2' })).count).toBe(0);
  });

  it('also where the region is that of the profile, which the CLI tells', async () => {
    expect((await told({}, { profileRegion: 'il-central-1' })).count).toBe(1);
    expect((await told({}, { region: 'eu-central-1', profileRegion: 'il-central-1' })).count).toBe(0);
    expect((await told({}, {})).count).toBe(0);
  });
});
