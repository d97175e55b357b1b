/** The watch over a history: the alarms are the template's own, and the world writes what they look at. */
import { MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { AlarmModel } from '../../../sim/aws/alarms.ts';
import { SCENARIO } from '../crashes.ts';
import { Draws } from '../faults/draws.ts';
import { runHistory, START } from '../history.ts';
import { drawScenario } from '../workload/scenario.ts';
import type { Worker } from '../world/deployment.ts';
import type { Deployed } from './deployed.ts';
import { deployedAlarms } from './deployed-alarms.ts';
import { keptDeployed } from './kept-deployed.ts';

test('alarms and schedules are read from the template', () => {
  const { alarms, schedules } = keptDeployed();
  expect(schedules).toEqual({ sweep: MINUTE, announce: MINUTE, reconcile: 60 * MINUTE });
  expect(alarms.length).toBeGreaterThan(40);
  expect(new Set(alarms.map(({ name }) => name)).size).toBe(alarms.length);
  for (const alarm of alarms) expect(() => new AlarmModel(alarm)).not.toThrow();
  const deadLetters = alarms.find(({ name }) => name === 'recording-copy-dead-letters');
  expect(deadLetters).toMatchObject({
    severity: 'notice',
    metrics: [{ namespace: 'AWS/SQS', dimensions: { QueueName: 'recording-copy-dead-letters' } }],
    threshold: 1,
    periodSeconds: 60,
  });
});

test('what the model does not know of an alarm is refused', () => {
  const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: 'a', EvaluationWindow: {} } };
  expect(() => deployedAlarms({ Resources: { Alarm: alarm } }, 'prefix')).toThrow(
    'EvaluationWindow, which alarm Alarm',
  );
});

test.each(['recording-start', 'recording-copy', 'recording-delete'] as const)(
  'a poison message of %s comes to the dead letters, and its alarm stays',
  async (poisoned: Worker) => {
    const drawn = drawScenario(new Draws(1), START);
    const scenario = { ...drawn, mishaps: { ...drawn.mishaps, poisoned } };
    const history = await runHistory({ seed: 1, scenario });
    expect(history.violations).toEqual([]);
    const [first] = history.watchman.sounded(history.from, history.until, ({ name }) => name.endsWith('-dead-letters'));
    expect(first?.alarm.name).toBe(`${poisoned}-dead-letters`);
  },
);

test('runs of a schedule that are repeated instead of run come to the same, and alarm at the same minutes', async () => {
  const seed = 7;
  const drawn = drawScenario(new Draws(seed), START);
  const scenario = { ...drawn, faults: { ...drawn.faults, perThousand: 0, outages: [] } };
  const [repeated, every] = [
    await runHistory({ seed, scenario }),
    await runHistory({ seed, scenario, everyRun: true }),
  ];
  const runs = ({ sites }: typeof every) => sites.get('sweep dynamodb.due') ?? 0;
  expect(runs(every)).toBeGreaterThan(5 * runs(repeated));
  const sounded = ({ watchman, from, until }: typeof every) =>
    watchman.sounded(from, until).map(({ alarm, at }) => `${alarm.name} ${(at - from) / MINUTE}`);
  expect(sounded(repeated)).toEqual(sounded(every));
  expect(repeated.violations).toEqual(every.violations);
});

test('a call that lives on unrecorded is found where no page tells of it', async () => {
  const [usual] = SCENARIO.calls;
  if (!usual) throw new Error('The scenario has no call.');
  const plan = { ...usual, otherRecording: undefined, registrationMs: Number.POSITIVE_INFINITY, talkMs: 20 * MINUTE };
  const scenario = { ...SCENARIO, calls: [plan] };
  const { alarms, ...rest } = keptDeployed();
  const silent = { ...rest, alarms: alarms.filter(({ name }) => !name.startsWith('OldestUnrecordedSeconds')) };
  const broken = async (deployed: Deployed) => {
    const { violations } = await runHistory({ seed: 1, scenario, deployed });
    return violations.filter(({ invariant }) => invariant === 'I14').map(({ what }) => what);
  };
  expect(await broken({ ...rest, alarms })).toEqual([]);
  expect(await broken(silent)).toEqual([
    expect.stringMatching(/^CA[0-9a-f]{32} lived on unrecorded for 1200 s, and no page told of it$/),
  ]);
});
