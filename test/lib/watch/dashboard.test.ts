import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEASURES, METRICS, METRICS_NAMESPACE } from '../../../lambdas/shared/contract/metrics.ts';
import { STEPS, type Step } from '../../../lambdas/shared/contract/steps.ts';
import { CANARY, type Json, type Synthesized, synthesize } from '../synthesized.ts';

const LAMBDAS = join(import.meta.dirname, '..', '..', '..', 'lambdas');

let stack: Synthesized;
let widgets: Json[];
/** `[namespace, name, dimension, value, …, options]` for all that the dashboard draws. */
let metrics: Json[][];

beforeAll(async () => {
  stack = await synthesize({ canary: CANARY });
  const [, { Properties }] = stack.one('AWS::CloudWatch::Dashboard');
  // What CloudFormation fills in does not matter here, but it must be text for the body to be JSON.
  const parts: unknown[] = Properties.DashboardBody['Fn::Join'][1];
  const body = parts.map((part) =>
    typeof part === 'string' ? part : `{${JSON.stringify(part)}}`.replaceAll('"', "'"),
  );
  widgets = JSON.parse(body.join('')).widgets;
  metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
});

const nameOf = (metric: Json[]) => `${metric[0]} ${metric[1]}`;
const own = () => metrics.filter(([namespace]) => namespace === METRICS_NAMESPACE);

/** The code that a step runs: its own folder, and what steps share. */
function codeOf(step: Step): string {
  const folders = [step, 'shared'].map((folder) => join(LAMBDAS, folder));
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

test('it goes by the deployment, and shows every alarm', () => {
  expect(stack.one('AWS::CloudWatch::Dashboard')[1].Properties.DashboardName).toBe('call-recorder-prod');
  const shown = widgets.filter(({ type }) => type === 'alarm').flatMap(({ properties }) => properties.alarms);
  expect(new Set(shown).size).toBe(Object.keys(stack.all('AWS::CloudWatch::Alarm')).length);
});

test('each metric of ours is counted or measured under this name by this step', () => {
  expect(own().length).toBeGreaterThan(20);
  for (const [, name, service, step, ...stage] of own()) {
    expect([name, service, STEPS.includes(step)]).toEqual([name, 'service', true]);
    expect([name, ...stage.slice(0, 2)]).toEqual([name, 'stage', 'prod']);
    const code = codeOf(step);
    const says = new RegExp(`(count|measure)\\([^)]*'${name}'`).test(code.replaceAll(/\s+/g, ' '));
    expect([name, step, says]).toEqual([name, step, true]);
  }
});

test('it shows all that is measured, and what the owner asks for', () => {
  const shown = new Set(own().map(([, name]) => name));
  expect(Object.keys(MEASURES).filter((name) => !shown.has(name))).toEqual([]);
  for (const metric of [
    METRICS.streamStarted,
    METRICS.callByTwiml,
    METRICS.recordingStarted,
    METRICS.recordingAdopted,
    METRICS.recordingStored,
    METRICS.recordingFellBack,
    METRICS.recordingDeleted,
    METRICS.callUnrecordable,
    METRICS.eventAnnounced,
  ]) {
    expect(shown).toContain(metric);
  }
});

test('the recorded share and the repeated starts are computed from them', () => {
  const computed = metrics.flatMap((metric) => (metric[0]?.expression ? [metric[0].expression] : []));
  expect(computed).toContain(
    '100 * (FILL(started, 0) + FILL(adopted, 0) + FILL(reported, 0)) / (FILL(streams, 0) + FILL(twiml, 0))',
  );
  expect(computed).toContain('requests - recordings');
});

test('queues, dead letters, and all that the bill is made of, are there', () => {
  const shown = metrics.map(nameOf);
  const count = (name: string) => shown.filter((one) => one === name).length;
  expect(count('AWS/SQS ApproximateNumberOfMessagesVisible')).toBe(5);
  expect(count('AWS/SQS ApproximateAgeOfOldestMessage')).toBe(5);
  expect(count('AWS/Lambda Invocations')).toBe(STEPS.length);
  expect(count('AWS/Lambda Duration')).toBe(STEPS.length);
  for (const name of [
    'AWS/ApiGateway MessageCount',
    'AWS/ApiGateway ConnectCount',
    'AWS/DynamoDB ConsumedReadCapacityUnits',
    'AWS/DynamoDB ConsumedWriteCapacityUnits',
    'AWS/S3 BucketSizeBytes',
  ]) {
    expect(shown).toContain(name);
  }
});

test('widgets lie beside and below each other, not one on another', () => {
  const cells = new Set<string>();
  for (const { x, y, width, height } of widgets) {
    expect(x + width).toBeLessThanOrEqual(24);
    for (let column = x; column < x + width; column++) {
      for (let row = y; row < y + height; row++) {
        expect(cells.has(`${column} ${row}`)).toBe(false);
        cells.add(`${column} ${row}`);
      }
    }
  }
});
