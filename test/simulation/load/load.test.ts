/** The load profile: what waits where places run short, and that it knows the stack's own numbers. */

import { START_BY } from '../../../lambdas/shared/contract/settings.ts';
import { DAY_SHARDS, DUE_SHARDS } from '../../../lambdas/shared/contract/table.ts';
import { BUDGET_MS } from '../../../lambdas/shared/rules/reconcile/reconcile-memory.ts';
import { synthesize } from '../../lib/synthesized.ts';
import { ASSUMPTIONS, QUOTAS } from './assumptions.ts';
import { capacities } from './capacities.ts';
import { runLoad } from './load.ts';
import { reportLoad } from './load-command.ts';
import { fluid, Gauge, Places } from './load-queue.ts';
import { loadLines } from './load-report.ts';

const capacityOf = (limit: string, ...given: Parameters<typeof capacities>) =>
  capacities(...given).find((one) => one.limit.startsWith(limit))?.callsPerSecond;

test('places, throttles and time-outs are those of the template', async () => {
  const { all, one, functionOf } = await synthesize();
  const throttleOf = (protocol: string) => {
    const [api] = one('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === protocol);
    return one('AWS::ApiGatewayV2::Stage', ({ ApiId }) => ApiId.Ref === api)[1].Properties;
  };
  const stream = throttleOf('WEBSOCKET');
  const sources = Object.values(all('AWS::Lambda::EventSourceMapping'));
  const concurrencyOf = (step: Parameters<typeof functionOf>[0]) => {
    const [functionId] = functionOf(step);
    return sources.find(({ Properties }) => Properties.FunctionName.Ref === functionId)?.Properties.ScalingConfig
      .MaximumConcurrency;
  };
  expect(QUOTAS).toMatchObject({
    webhooksPerSecond: throttleOf('HTTP').DefaultRouteSettings.ThrottlingRateLimit,
    connections: stream.RouteSettings.$connect.ThrottlingRateLimit,
    gatewayRequests: stream.DefaultRouteSettings.ThrottlingRateLimit,
    recordingConcurrency: concurrencyOf('recording-start'),
    copyConcurrency: concurrencyOf('recording-copy'),
    deletionConcurrency: concurrencyOf('recording-delete'),
    indexWrites: 1000 * DUE_SHARDS,
    dayIndexWrites: 1000 * DAY_SHARDS,
    reconcileConcurrency: concurrencyOf('reconcile'),
  });
  // A run that has stopped by its own clock still has its last page to compare, which took Twilio up to 30 s.
  expect(functionOf('reconcile')[1].Properties.Timeout).toBeGreaterThan(BUDGET_MS / 1000 + 180);
});

test('a quiet day waits for nothing but the first second, and is the same again', () => {
  const day = runLoad({ calls: 2000, seed: 7 });
  expect(day.toRecording?.p50).toBeGreaterThan(1);
  expect(day.toRecording?.p50).toBeLessThan(1.2);
  expect(day.sinceRegistered?.p99).toBeLessThan(0.5);
  expect(day.toStored.maximum).toBeLessThan(5);
  expect(day.toDeleted.maximum).toBeLessThan(90);
  expect(day.droppedMessages).toBe(0);
  expect(runLoad({ calls: 2000, seed: 7 })).toEqual(day);
  expect(runLoad({ calls: 2000, seed: 8 })).not.toEqual(day);
});

test('a call that Twilio registers late is found within a growing pause', () => {
  const late = runLoad({ calls: 500, seed: 1, assumptions: { registeredAtLeast: 20, registeredMean: 0.001 } });
  expect(late.sinceRegistered?.maximum).toBeGreaterThan(0.5);
  expect(late.sinceRegistered?.maximum).toBeLessThan(6);
  expect(late.toRecording?.p50).toBeGreaterThan(20);
});

test('too few places make what needs them wait, and nothing else', () => {
  const slowly = { calls: 5000, seed: 1, assumptions: { copyStep: 10 } };
  const few = runLoad({ ...slowly, quotas: { copyConcurrency: 1 } });
  const enough = runLoad(slowly);
  expect(few.toStored.p99).toBeGreaterThan(10 * enough.toStored.p99);
  expect(few.toRecording).toEqual(enough.toRecording);
});

test('frames beyond the limit of the account are dropped, with the calls among them at risk', () => {
  const busy = runLoad({ calls: 20_000, seed: 1, quotas: { gatewayRequests: 200 } });
  const [gateway] = busy.uses;
  expect(gateway?.secondsAtLimit).toBeGreaterThan(0);
  expect(gateway?.peak).toBeGreaterThan(200);
  expect(busy.droppedMessages).toBeGreaterThan(0);
  expect(busy.callsAtRisk).toBeGreaterThan(0);
});

test('capacity is the limit over what one call takes', () => {
  const { streamSeconds, framesPerSecond, streamRequests } = ASSUMPTIONS;
  expect(capacityOf('API Gateway')).toBeCloseTo(10_000 / (streamSeconds * framesPerSecond + streamRequests + 5));
  expect(capacityOf('API Gateway', QUOTAS, ASSUMPTIONS, 'twiml')).toBeCloseTo(10_000 / 3);
  expect(capacities({ ...QUOTAS, twilioConcurrency: 0.1 })[0]?.limit).toBe('Twilio requests at a time');
  for (const startBy of START_BY) {
    for (const { callsPerSecond, raise } of capacities(QUOTAS, ASSUMPTIONS, startBy)) {
      expect(callsPerSecond).toBeGreaterThan(0);
      expect(raise).not.toBe('');
    }
  }
});

test('where TwiML starts the recordings, no message of a stream comes, and no start is asked for', () => {
  const load = { calls: 20_000, seed: 1, quotas: { gatewayRequests: 200, recordingConcurrency: 2 } };
  expect(runLoad(load).droppedMessages).toBeGreaterThan(0);
  const twiml = runLoad({ ...load, startBy: 'twiml' });
  expect(twiml).toMatchObject({ droppedMessages: 0, callsAtRisk: 0 });
  expect(twiml).not.toHaveProperty('toRecording');
  expect(capacities(QUOTAS, ASSUMPTIONS, 'twiml').map(({ limit }) => limit)).not.toContain('starts at a time');
});

const STEADY = { calls: 18_000, hours: 1, seed: 1 };

test('no backlog grows where each limit holds what comes', () => {
  expect(runLoad(STEADY).growing).toEqual({});
});

test.each([
  ['recording-start', { recordingConcurrency: 1 }],
  ['recording-copy', { copyConcurrency: 2 }],
  ['sweep, recording-delete', { deletionConcurrency: 1 }],
  ['sweep, recording-delete', { sweepSeconds: 1 }],
  ['announce', { announceSeconds: 2 }],
  ['reconcile', { reconcileConcurrency: 0.02 }],
])('a backlog of %s that grows is told, with %j', (backlog, quotas) => {
  expect(runLoad({ ...STEADY, quotas }).growing).toEqual({ [backlog]: expect.any(Number) });
});

test('webhooks that the stage refuses are calls at risk', () => {
  expect(runLoad({ calls: 36_000, hours: 1, seed: 1, quotas: { webhooksPerSecond: 50 } }).callsAtRisk).toBeGreaterThan(
    0,
  );
});

test('the report says what a reader asks for', () => {
  const lines = loadLines(runLoad({ calls: 1000, seed: 1 }));
  expect(lines.join('\n')).toMatch(/to the recording .*p50 1\.\d\d s/);
  expect(lines.join('\n')).toMatch(/lost {20}0 messages dropped by API Gateway, 0 calls at risk/);
  expect(lines.filter((line) => /^!? *\d+\.\d {2}\S/.test(line))).toHaveLength(capacities().length);
});

test('the command takes options of the stack, and says by its exit code whether all is well', () => {
  const run = (given: object) => {
    const lines: string[] = [];
    return { code: reportLoad({ load: '7200', hours: '1', ...given }, 1, (line) => lines.push(line)), lines };
  };
  expect(run({}).code).toBe(0);
  expect(run({ 'start-by': 'twiml' }).lines.join('\n')).toMatch(/Twilio starts it as it executes the TwiML/);
  const short = run({ set: ['deletionConcurrency=1', 'copyConcurrency=1'], load: '14400' });
  expect(short.code).toBe(1);
  expect(short.lines.join('\n')).toMatch(/backlogs that grow {6}recording-copy by/);
  expect(short.lines).toContainEqual(expect.stringMatching(/^! .*copies at a time .*copyConcurrency$/));
  for (const wrong of [
    { load: '0' },
    { hours: '25' },
    { 'start-by': 'x' },
    { set: ['x=1'] },
    { set: ['copyConcurrency'] },
  ])
    expect(run(wrong).code).toBe(2);
});

test('places take jobs in the order in which they get ready; one that comes back waits for its turn', () => {
  const order: string[] = [];
  new Places(1).runAgain(
    [
      { ready: 3, call: 3 },
      { ready: 0, call: 0 },
      { ready: 1, call: 1 },
    ],
    (begun, call) => {
      order.push(`${call} at ${begun}`);
      return call === 0 && begun === 0 ? { ended: 2, again: 2.5 } : { ended: begun + 2 };
    },
  );
  expect(order).toEqual(['0 at 0', '1 at 2', '0 at 4', '3 at 6']);
});

test('a gauge spreads what lasts over its seconds', () => {
  const gauge = new Gauge(4);
  gauge.spread(0.5, 2, 10);
  gauge.count(1.9, 3);
  gauge.count(99, 1000);
  expect(gauge.peak()).toBe(13);
  expect(gauge.above(4)).toEqual({ seconds: 3, sum: 1 + 9 + 1 });
});

test('what is taken up at a rate is left where more comes, and no less than nothing', () => {
  const gauge = new Gauge(4);
  gauge.count(0, 10);
  gauge.count(3, 1);
  expect([...fluid(gauge, 4)]).toEqual([6, 2, 0, 0]);
});
