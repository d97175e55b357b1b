/** Row 15: how long Twilio waits for an answer, against a function that does nothing behind the same gateway. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import { startGateway } from '../../local/gateway/gateway.ts';
import { createFunctions } from '../../local/lambda/functions.ts';
import type { System } from '../../local/system/system.ts';
import { bundleBaseline } from '../baselines/bundle.ts';
import type { BenchContext, Group } from '../group.ts';
import {
  atMost,
  interleave,
  type Measurement,
  measured,
  pairedRatios,
  percentile,
  spread,
} from '../report/measurement.ts';
import { ACCOUNT, callSidOf, recordingOf } from './fast-twilio.ts';
import { createPoster, postAtRate, type Webhook } from './http-load.ts';
import { withSystem } from './loaded-system.ts';

const SLOW_RATE = 40;

export const webhook: Group = { name: 'webhook', rows: [15], run };

async function run(context: BenchContext): Promise<readonly Measurement[]> {
  const [rate, seconds, rounds] = context.quick ? [10, 1, 1] : [200, 5, 3];
  return withSystem(context, 'webhook', {}, async ({ system }) => {
    const baseline = await startBaseline(context, system);
    const [ours, empty] = [createPoster(system.endpoints.http), createPoster(baseline.url)];
    let block = 0;
    const p99 = (poster: typeof ours, perSecond: number, make: (name: string) => Webhook) => async () => {
      block += 1;
      const own = block;
      return percentile(await postAtRate(poster, perSecond, seconds, (index) => make(`${own} ${index}`)), 0.99);
    };
    const variants = {
      baseline: p99(empty, rate, voice),
      voice: p99(ours, rate, voice),
      callback: p99(ours, rate, callback),
      // What two processors have the time for: here the function is measured, and not the queue before it.
      slowBaseline: p99(empty, SLOW_RATE, voice),
      slowCallback: p99(ours, SLOW_RATE, callback),
    };
    context.tell('warming up');
    for (const variant of Object.values(variants)) await variant();
    context.tell(`${rate} webhooks a second`);
    const found = await interleave(rounds, variants);
    const against = (of: string, baselines: readonly number[], values: readonly number[]) =>
      measured({
        row: 15,
        of,
        baseline: `${spread(baselines).median.toFixed(1)} ms`,
        ours: `${spread(values).median.toFixed(1)} ms`,
        ratio: pairedRatios(values, baselines),
        goal: atMost(3),
      });
    const measurements = [
      against(`POST /voice, ${rate}/s`, found.baseline, found.voice),
      against(`POST /recording-callback, ${rate}/s`, found.baseline, found.callback),
      against(`POST /recording-callback, ${SLOW_RATE}/s`, found.slowBaseline, found.slowCallback),
    ];
    for (const poster of [ours, empty]) poster.close();
    await baseline.close();
    return measurements;
  });
}

const voice = (name: string): Webhook => ({
  path: HTTP_PATHS.voice,
  parameters: {
    AccountSid: ACCOUNT.accountSid,
    CallSid: callSidOf(name),
    From: '+15005550001',
    To: '+15005550006',
    CallStatus: 'ringing',
    Direction: 'inbound',
  },
});

/** A recording that nobody knows yet: read, and written with its condition. */
const callback = (name: string): Webhook => ({
  path: HTTP_PATHS.recordingCallback,
  parameters: {
    AccountSid: ACCOUNT.accountSid,
    CallSid: callSidOf(name),
    RecordingSid: recordingOf(callSidOf(name)),
    RecordingStatus: 'in-progress',
    RecordingUrl: 'https://api.twilio.test/recording',
    RecordingChannels: '2',
    RecordingSource: 'StartCallRecordingAPI',
  },
});

/** A gateway of the same kind, with the same routes, before a function that answers 204 at once. */
async function startBaseline(context: BenchContext, { deployment }: System) {
  const directory = join(context.directory, 'empty');
  mkdirSync(directory, { recursive: true });
  await bundleBaseline('empty', directory);
  writeFileSync(join(directory, 'package.json'), '{"type":"commonjs"}\n');
  const functionId = 'Empty';
  const functions = createFunctions({
    functions: [
      {
        logicalId: functionId,
        name: 'empty',
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:empty',
        directory,
        handler: 'empty.handler',
        timeoutSeconds: 10,
        memoryMegabytes: 1024,
        environment: {},
        reservedConcurrency: undefined,
      },
    ],
    variablesOf: () => ({}),
    region: 'us-east-1',
  });
  const gateway = await startGateway({
    ...{ port: 0, accountId: '000000000000' },
    signing: { region: 'us-east-1', secretAccessKey: randomBytes(30).toString('base64') },
  });
  const integration = { kind: 'function', functionId, timeoutMilliseconds: 30_000 } as const;
  const http = { ...deployment.http, routes: deployment.http.routes.map((route) => ({ ...route, integration })) };
  gateway.serve({ http, webSocket: deployment.webSocket, domainName: '127.0.0.1', invoke: functions.invoke });
  return {
    url: gateway.url,
    async close() {
      await gateway.close();
      await functions.close();
    },
  };
}
