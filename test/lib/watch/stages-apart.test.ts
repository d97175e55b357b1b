/** Two stages in one account: what alarms and dashboard of one watch is what its own functions write, and nobody else's. */
import type { Context } from 'aws-lambda';
import { powertoolsLog } from '../../../lambdas/shared/adapters/aws/powertools-log.ts';
import { METRICS_NAMESPACE } from '../../../lambdas/shared/contract/metrics.ts';
import { STEPS, type Step } from '../../../lambdas/shared/contract/steps.ts';
import { type Json, type Synthesized, synthesize } from '../synthesized.ts';

const STAGES = ['blue', 'green'] as const;
type Stage = (typeof STAGES)[number];

let stacks: { readonly [stage in Stage]: Synthesized };
beforeAll(async () => {
  stacks = { blue: await synthesize({ stage: 'blue' }), green: await synthesize({ stage: 'green' }) };
});

/** A set of dimensions as text: CloudWatch takes two sets for the same metric only if names and values are the same. */
const setOf = (dimensions: readonly (readonly [name: string, value: unknown])[]): string =>
  dimensions
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(' ');

/** The sets of dimensions under which the function of a step writes, by the real log with the template's own values. */
async function writtenBy(stack: Synthesized, step: Step): Promise<readonly string[]> {
  const { STAGE, POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE } =
    stack.functionOf(step)[1].Properties.Environment.Variables;
  const lines: string[] = [];
  Object.assign(process.env, { POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE });
  const log = powertoolsLog(STAGE);
  delete process.env.POWERTOOLS_SERVICE_NAME;
  delete process.env.POWERTOOLS_METRICS_NAMESPACE;
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  try {
    await log.during({ functionName: step, memoryLimitInMB: '128' } as Context, async () => log.count('Swept'));
  } finally {
    spy.mockRestore();
  }
  const emf: Json = JSON.parse(lines.join(''));
  return emf._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions }: Json) => {
    expect(Namespace).toBe(METRICS_NAMESPACE);
    return Dimensions.map((names: readonly string[]) => setOf(names.map((name) => [name, emf[name]])));
  });
}

/** The set of dimensions of each alarm on metrics of ours, by the alarm's name. */
const watchedByAlarms = (stack: Synthesized): readonly (readonly [string, string])[] =>
  Object.values(stack.all('AWS::CloudWatch::Alarm'))
    .filter(({ Properties }) => Properties.Namespace === METRICS_NAMESPACE)
    .map(({ Properties }) => [
      Properties.AlarmName,
      setOf(Properties.Dimensions.map(({ Name, Value }: Json) => [Name, Value])),
    ]);

/** The sets of dimensions that the dashboard draws of metrics of ours. */
function drawn(stack: Synthesized): readonly string[] {
  const parts: readonly unknown[] = stack.one('AWS::CloudWatch::Dashboard')[1].Properties.DashboardBody['Fn::Join'][1];
  const body = parts.map((part) => (typeof part === 'string' ? part : 'filled in by CloudFormation')).join('');
  return JSON.parse(body)
    .widgets.flatMap(({ properties }: Json) => properties.metrics ?? [])
    .filter(([namespace]: Json) => namespace === METRICS_NAMESPACE)
    .map(([, , ...rest]: string[]) => {
      const pairs = rest.filter((one) => typeof one === 'string');
      return setOf(pairs.flatMap((name, index) => (index % 2 === 0 ? [[name, pairs[index + 1]] as const] : [])));
    });
}

const STEPS_OF_STAGES = STAGES.flatMap((stage) => STEPS.map((step) => [stage, step] as const));

test.each(STEPS_OF_STAGES)('%s: %s writes each metric once, under its own name and its stage', async (stage, step) => {
  expect(await writtenBy(stacks[stage], step)).toEqual([`service=${step} stage=${stage}`]);
});

describe.each([
  ['blue', 'green'],
  ['green', 'blue'],
] as const)('the stage %s', (own, other) => {
  async function written(stage: Stage): Promise<ReadonlySet<string>> {
    const sets = new Set<string>();
    for (const step of STEPS) for (const set of await writtenBy(stacks[stage], step)) sets.add(set);
    return sets;
  }

  it('has alarms on what its functions write, and on nothing of the other', async () => {
    const [ofItself, ofTheOther] = [await written(own), await written(other)];
    const watched = watchedByAlarms(stacks[own]);
    expect(watched.length).toBeGreaterThan(15);
    expect(watched.filter(([, set]) => !ofItself.has(set))).toEqual([]);
    expect(watched.filter(([, set]) => ofTheOther.has(set))).toEqual([]);
  });

  it('draws what its functions write, and nothing of the other', async () => {
    const ofItself = await written(own);
    const sets = drawn(stacks[own]);
    expect(sets.length).toBeGreaterThan(20);
    expect(sets.filter((set) => !ofItself.has(set))).toEqual([]);
  });
});
