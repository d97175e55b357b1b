/** Rows 1 to 4: what it costs until a function works, against an empty one and one with the whole SDK of Twilio. */
import { statSync } from 'node:fs';
import twilioWebhooks from 'twilio/lib/webhooks/webhooks.js';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import type { BenchContext, Group } from '../group.ts';
import { makeCertificate, startLoopback } from '../loopback/server.ts';
import { ACCOUNT, CALL_SID } from '../loopback/twilio.ts';
import type { BundleArguments, BundleReport } from '../programs/bundle-program.ts';
import { bundleBaseline, bundleProgram, bundleStep, environmentOf, runProgram } from '../programs/bundles.ts';
import {
  atLeast,
  atMost,
  interleave,
  type Measurement,
  measured,
  pairedRatios,
  spread,
} from '../report/measurement.ts';

/** The baseline with the same AWS clients. Steps without Twilio's SDK have none. */
const BASELINE_OF: { readonly [step in Step]?: string } = {
  'incoming-call': 'answer-call',
  'recording-start': 'start-recording',
  'recording-callback': 'start-recording',
  reconcile: 'start-recording',
  'recording-copy': 'copy-recording',
  'recording-delete': 'copy-recording',
};
/** Answers a webhook by TwiML; asks AWS for nothing but its secret. */
const WITHOUT_TABLE: readonly Step[] = ['incoming-call'];

export const startup: Group = { name: 'startup', rows: [1, 2, 3, 4], run };

interface Programs {
  readonly loader: string;
  readonly bundles: { readonly [name: string]: string };
}

async function run(context: BenchContext): Promise<readonly Measurement[]> {
  const programs = await bundleAll(context.directory);
  const measurements: Measurement[] = [];
  if (context.rows.has(1) || context.rows.has(2)) measurements.push(...(await loading(context, programs)));
  if (context.rows.has(3)) measurements.push(...sizes(programs));
  if (context.rows.has(4)) measurements.push(...(await firstInvocations(context, programs)));
  return measurements.filter(({ row }) => context.rows.has(row)).sort((a, b) => a.row - b.row);
}

async function bundleAll(directory: string): Promise<Programs> {
  const baselines = ['empty', ...new Set(Object.values(BASELINE_OF))];
  return {
    loader: await bundleProgram('programs/bundle-program.ts', directory),
    bundles: Object.fromEntries([
      ...STEPS.map((step) => [step, bundleStep(step, directory)]),
      ...(await Promise.all(baselines.map(async (name) => [name, await bundleBaseline(name, directory)]))),
    ]),
  };
}

/** Rows 1 and 2. */
async function loading({ quick, tell }: BenchContext, { loader, bundles }: Programs): Promise<Measurement[]> {
  tell('loading each bundle');
  const load = (bundle: string) => async () =>
    (await runProgram<BundleReport>(loader, { bundle }, environmentOf('https://127.0.0.1', undefined, 'sweep'))).ready /
    1000;
  const variants = Object.fromEntries(Object.entries(bundles).map(([name, bundle]) => [name, load(bundle)]));
  const cpu = await interleave(quick ? 1 : 15, variants);
  const of = (name: string) => cpu[name] ?? [];
  const milliseconds = (name: string) => `${spread(of(name)).median.toFixed(1)} ms`;
  return STEPS.flatMap((step) => {
    const goal = atMost(WITHOUT_TABLE.includes(step) ? 1.35 : 4.7);
    const ratio = pairedRatios(of(step), of('empty'));
    const ours = milliseconds(step);
    const first = measured({ row: 1, of: step, baseline: milliseconds('empty'), ours, ratio, goal });
    const baseline = BASELINE_OF[step];
    if (baseline === undefined) return [first];
    const saved = pairedRatios(of(baseline), of(step));
    const figures = { baseline: milliseconds(baseline), ours, ratio: saved };
    return [first, measured({ row: 2, of: step, ...figures, goal: atLeast(2.5) })];
  });
}

function sizes({ bundles }: Programs): Measurement[] {
  const bytes = (name: string) => statSync(bundles[name] ?? '').size;
  const kilobytes = (name: string) => `${(bytes(name) / 1000).toFixed(0)} kB`;
  return Object.entries(BASELINE_OF).map(([step, baseline]) =>
    measured({
      row: 3,
      of: step,
      baseline: kilobytes(baseline),
      ours: kilobytes(step),
      ratio: spread([bytes(baseline) / bytes(step)]),
      goal: atLeast(8),
    }),
  );
}

/** Row 4: TLS on loopback to AWS and Twilio, none of it set up before. */
async function firstInvocations(context: BenchContext, { loader, bundles }: Programs): Promise<Measurement[]> {
  context.tell('first invocations');
  const certificate = await makeCertificate(context.directory);
  const loopback = await startLoopback({ ...certificate, audioBytes: 320_044 });
  try {
    const measurements: Measurement[] = [];
    for (const step of ['incoming-call', 'recording-start'] as const) {
      const environment = environmentOf(loopback.url, certificate.certificateFile, step);
      const invoke = (name: string) => async (round: number) => {
        const given: BundleArguments = { bundle: bundles[name] ?? '', event: eventOf(step, name, round) };
        return succeeded(await runProgram<BundleReport>(loader, given, environment));
      };
      const variants = { baseline: invoke(BASELINE_OF[step] ?? ''), ours: invoke(step) };
      const { baseline, ours } = await interleave(context.quick ? 1 : 15, variants);
      const cpu = (reports: readonly BundleReport[]) => reports.map(({ first = Number.NaN }) => first / 1000);
      const wall = (reports: readonly BundleReport[]) =>
        `${spread(reports.map(({ firstWall = Number.NaN }) => firstWall)).median.toFixed(1)} ms`;
      const both = (reports: readonly BundleReport[]) =>
        reports.map(({ ready, first = Number.NaN }) => (ready + first) / 1000);
      measurements.push(
        measured({
          row: 4,
          of: step,
          baseline: `${spread(cpu(baseline)).median.toFixed(1)} ms`,
          ours: `${spread(cpu(ours)).median.toFixed(1)} ms`,
          ratio: pairedRatios(cpu(baseline), cpu(ours)),
          goal: atLeast(1.5),
          note: `on the clock ${wall(baseline)} and ${wall(ours)}; with the load before it ${pairedRatios(both(baseline), both(ours)).median.toFixed(2)} times`,
        }),
      );
    }
    return measurements;
  } finally {
    await loopback.close();
  }
}

function eventOf(step: 'incoming-call' | 'recording-start', name: string, round: number): object {
  // Each program starts the recording of a call of its own: what was recorded already is not started again.
  const digits = Buffer.from(`${name} ${round}`).toString('hex').slice(-32).padStart(32, '0');
  const callSid = `CA${digits}`;
  if (step === 'recording-start') {
    const body = JSON.stringify({ callSid, startedAt: Date.now() - 2000 });
    const attributes = { ApproximateReceiveCount: '1' };
    return { Records: [{ messageId: 'm', receiptHandle: 'r', body, attributes, messageAttributes: {} }] };
  }
  const { accountSid: AccountSid, authToken } = ACCOUNT;
  const parameters = { CallSid: CALL_SID, AccountSid, From: '+15005550001', To: '+15005550006' };
  const signature = twilioWebhooks.getExpectedTwilioSignature(authToken, 'https://recorder.test/voice', parameters);
  return {
    rawPath: '/voice',
    rawQueryString: '',
    headers: { 'x-twilio-signature': signature, 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(parameters).toString()).toString('base64'),
    isBase64Encoded: true,
    requestContext: { http: { method: 'POST' } },
  };
}

/** @throws Error where the function did not do what was asked: its figures would be those of a failure. */
function succeeded(report: BundleReport): BundleReport {
  const { statusCode, batchItemFailures } = report.result as { statusCode?: number; batchItemFailures?: object[] };
  if (statusCode === 200 || batchItemFailures?.length === 0) return report;
  throw new Error(`A first invocation did not succeed: ${JSON.stringify(report.result)}`);
}
