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

  const errorsIn = async (place: Place, options: Partial<CallRecorderConfiguration> = {}) => {
    const errors = await constructs('errorsWith', options, place);
    return errors.filter((error) => error.includes('playFromTwilio')).length;
  };

  it('a region that has none says so, before anything is deployed', async () => {
    expect(await errorsIn({ region: 'eu-central-2' })).toBe(1);
    expect(await errorsIn({ region: 'cn-north-1' })).toBe(1);
    // The CDK warns of one as well, since it knows what there is where.
    const printed = await constructs('printedWith', {}, { region: 'eu-central-2' });
    expect(printed.join()).toContain("'AWS::Lambda::Url' does not exist in 'eu-central-2'");
    expect(await errorsIn({ region: 'eu-central-1' })).toBe(0);
    expect(await errorsIn({ region: 'eu-central-2' }, { playFromTwilio: 'off' })).toBe(0);
  });

  it('also where the region is that of the profile, which the CLI tells', async () => {
    expect(await errorsIn({ profileRegion: 'il-central-1' })).toBe(1);
    expect(await errorsIn({ region: 'eu-central-1', profileRegion: 'il-central-1' })).toBe(0);
    expect(await errorsIn({})).toBe(0);
  });
});
