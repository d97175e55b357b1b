/** Alarms on the APIs: what they have as metrics, and what is filtered from their access logs. */
import { matches } from '../../simulation/watch/log-filters.ts';
import { type Json, type Synthesized, synthesize } from '../synthesized.ts';

let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize();
});

const alarmCalled = (name: string): Json =>
  stack.one('AWS::CloudWatch::Alarm', ({ AlarmName }) => AlarmName === `call-recorder-prod-${name}`)[1].Properties;
const apiOf = (protocol: 'HTTP' | 'WEBSOCKET') =>
  stack.one('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === protocol)[0];

test.each([
  ['webhooks-5xx', 'HTTP', '5xx', 1],
  ['stream-execution-errors', 'WEBSOCKET', 'ExecutionError', 1],
  ['stream-integration-errors', 'WEBSOCKET', 'IntegrationError', 200],
] as const)('%s: the metric of that API', (name, protocol, metric, threshold) => {
  const api = apiOf(protocol);
  const [, stage] = stack.one('AWS::ApiGatewayV2::Stage', ({ ApiId }) => ApiId.Ref === api);
  expect(alarmCalled(name)).toMatchObject({
    Namespace: 'AWS/ApiGateway',
    MetricName: metric,
    Dimensions: [
      { Name: 'ApiId', Value: { Ref: api } },
      { Name: 'Stage', Value: stage.Properties.StageName },
    ],
    Statistic: 'Sum',
    Threshold: threshold,
  });
});

const FILTERED = [
  ['voice-unanswered', 'HTTP'],
  ['webhooks-throttled', 'HTTP'],
  ['stream-throttled', 'WEBSOCKET'],
] as const;

/** The filter whose metric an alarm watches. */
function filterOf(name: string): Json {
  const { Namespace, MetricName, Dimensions } = alarmCalled(name);
  expect(Dimensions).toBeUndefined();
  const [, { Properties }] = stack.one(
    'AWS::Logs::MetricFilter',
    ({ MetricTransformations: [one] }) => one.MetricName === MetricName,
  );
  expect(Properties.MetricTransformations).toEqual([
    { MetricNamespace: Namespace, MetricName, MetricValue: '1', DefaultValue: 0 },
  ]);
  return Properties;
}

test.each(FILTERED)('%s: filtered from the access log of that API, by fields that it has', (name, protocol) => {
  const { LogGroupName, FilterPattern } = filterOf(name);
  const [, stage] = stack.one('AWS::ApiGatewayV2::Stage', ({ ApiId }) => ApiId.Ref === apiOf(protocol));
  const { DestinationArn, Format } = stage.Properties.AccessLogSettings;
  expect(LogGroupName.Ref).toBe(DestinationArn['Fn::GetAtt'][0]);
  const fields = [...FilterPattern.matchAll(/\$\.(\w+)/g)].map(([, field]) => field);
  expect(fields.length).toBeGreaterThan(0);
  // In quotes: each is a text.
  for (const field of fields) expect(JSON.parse(Format)[field]).toMatch(/^\$context\./);
});

test('two deployments share no metric of a filter', async () => {
  const green = await synthesize({ stage: 'green' });
  const namespaces = (one: Synthesized) =>
    Object.values(one.all('AWS::Logs::MetricFilter')).map(
      ({ Properties }) => Properties.MetricTransformations[0].MetricNamespace,
    );
  expect(new Set(namespaces(stack))).toEqual(new Set(['CallRecorder/call-recorder-prod']));
  expect(new Set(namespaces(green))).toEqual(new Set(['CallRecorder/call-recorder-green']));
});

test.each([
  ['429', 'POST /voice', true],
  ['500', 'POST /voice', true],
  ['503', 'POST /voice', true],
  ['429', '-', true],
  ['429', '', true],
  ['200', 'POST /voice', false],
  ['403', 'POST /voice', false],
  ['500', 'POST /recording-callback', false],
  ['429', 'POST /recording-callback', false],
  ['500', 'POST /stream-status', false],
  ['429', 'POST /stream-status', false],
  ['503', 'GET /calls/{callSid}', false],
  ['429', 'GET /recordings', false],
])('voice-unanswered: status %s of %s: %s', (status, routeKey, expected) => {
  expect(matches(filterOf('voice-unanswered').FilterPattern, { status, routeKey })).toBe(expected);
});

test.each([
  ['429', true],
  ['200', false],
  ['500', false],
])('the throttles: status %s: %s', (status, expected) => {
  for (const name of ['webhooks-throttled', 'stream-throttled']) {
    expect(matches(filterOf(name).FilterPattern, { status, routeKey: '$connect' })).toBe(expected);
  }
});
