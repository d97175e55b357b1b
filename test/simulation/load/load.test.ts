/** The load profile: what waits where places run short, and that it knows the stack's own numbers. */
import { synthesize } from '../../lib/synthesized.ts';
import { ASSUMPTIONS, capacities, QUOTAS, reconcileSeconds } from './assumptions.ts';
import { runLoad } from './load.ts';
import { Gauge, Places } from './load-queue.ts';
import { loadLines } from './load-report.ts';

test('places, throttles and time-outs are those of the template', async () => {
  const { all, one, functionOf } = await synthesize();
  const throttleOf = (protocol: string) => {
    const [api] = one('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === protocol);
    return one('AWS::ApiGatewayV2::Stage', ({ ApiId }) => ApiId.Ref === api)[1].Properties;
  };
  const stream = throttleOf('WEBSOCKET');
  expect({
    webhookRequests: throttleOf('HTTP').DefaultRouteSettings.ThrottlingRateLimit,
    connections: stream.RouteSettings.$connect.ThrottlingRateLimit,
    gatewayRequests: stream.DefaultRouteSettings.ThrottlingRateLimit,
  }).toEqual({
    webhookRequests: QUOTAS.webhookRequests,
    connections: QUOTAS.connections,
    gatewayRequests: QUOTAS.gatewayRequests,
  });
  // A run that has stopped by its own clock still has its last page to compare, which took Twilio up to 30 s.
  expect(functionOf('reconcile')[1].Properties.Timeout).toBeGreaterThan(QUOTAS.reconcileSeconds + 180);
  const sources = Object.values(all('AWS::Lambda::EventSourceMapping'));
  const concurrencyOf = (step: Parameters<typeof functionOf>[0]) => {
    const [functionId] = functionOf(step);
    return sources.find(({ Properties }) => Properties.FunctionName.Ref === functionId)?.Properties.ScalingConfig
      .MaximumConcurrency;
  };
  expect({
    startConcurrency: concurrencyOf('recording-start'),
    copyConcurrency: concurrencyOf('recording-copy'),
    deleteConcurrency: concurrencyOf('recording-delete'),
  }).toEqual({
    startConcurrency: QUOTAS.startConcurrency,
    copyConcurrency: QUOTAS.copyConcurrency,
    deleteConcurrency: QUOTAS.deleteConcurrency,
  });
});

test('a quiet day waits for nothing but the first second, and is the same again', () => {
  const day = runLoad({ calls: 2000, seed: 7 });
  expect(day.toRecording.p50).toBeGreaterThan(1);
  expect(day.toRecording.p50).toBeLessThan(1.2);
  expect(day.sinceRegistered.p99).toBeLessThan(0.5);
  expect(day.toStored.maximum).toBeLessThan(5);
  expect(day.toDeleted.maximum).toBeLessThan(90);
  expect(day.droppedMessages).toBe(0);
  expect(runLoad({ calls: 2000, seed: 7 })).toEqual(day);
  expect(runLoad({ calls: 2000, seed: 8 })).not.toEqual(day);
});

test('a call that Twilio registers late is found within a growing pause', () => {
  const late = runLoad({ calls: 500, seed: 1, assumptions: { registeredAtLeast: 20, registeredMean: 0.001 } });
  expect(late.sinceRegistered.maximum).toBeGreaterThan(0.5);
  expect(late.sinceRegistered.maximum).toBeLessThan(6);
  expect(late.toRecording.p50).toBeGreaterThan(20);
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
  const frames = capacities().find(({ quota }) => quota.startsWith('API Gateway'));
  const perCall = ASSUMPTIONS.streamSeconds * ASSUMPTIONS.framesPerSecond + ASSUMPTIONS.otherGatewayRequests;
  expect(frames?.callsPerSecond).toBeCloseTo(10_000 / perCall);
  const tightest = capacities({ ...QUOTAS, twilioConcurrency: 0.1 })[0];
  expect(tightest?.quota).toBe('Twilio requests at a time');
});

test('the time of reconcile is in proportion to the calls, and its capacity is where its runs are full', () => {
  const { hourly, daily } = reconcileSeconds(1_000_000);
  expect(reconcileSeconds(2_000_000)).toEqual({ hourly: 2 * hourly, daily: 2 * daily });
  const capacity = capacities().find(({ quota }) => quota.startsWith('reconcile'))?.callsPerSecond ?? 0;
  const full = reconcileSeconds(capacity * 86_400);
  expect(full.hourly + full.daily / 24).toBeCloseTo(QUOTAS.reconcileSeconds);
});

test('the report says what a reader asks for', () => {
  const lines = loadLines(runLoad({ calls: 1000, seed: 1 }));
  expect(lines.join('\n')).toMatch(/to the recording .*p50 1\.\d\d s/);
  expect(lines.join('\n')).toMatch(/dropped by API Gateway {2}0 messages, 0 calls at risk/);
  expect(lines.filter((line) => /^ *\d+\.\d {2}\S/.test(line))).toHaveLength(capacities().length);
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
