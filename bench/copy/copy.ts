/** Rows 5 to 7: the deployed `recording-copy`, from TLS to TLS, against curl and against lib-storage. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BenchContext, Group } from '../group.ts';
import { type Certificate, type Loopback, makeCertificate, startLoopback } from '../loopback/server.ts';
import { noteRecording, stateOfRecording } from '../loopback/table.ts';
import { ACCOUNT, CALL_SID, recordingSidOf } from '../loopback/twilio.ts';
import type { BundleReport } from '../programs/bundle-program.ts';
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

export const copy: Group = { name: 'copy', rows: [5, 6, 7], run };

interface Copier {
  readonly program: string;
  readonly bundles: { readonly ours: string; readonly 'lib-storage': string };
  readonly certificate: Certificate;
  /** Whether there is a curl; otherwise `piper` does what it would do. */
  readonly curl: boolean;
  readonly piper: string;
}

async function run(context: BenchContext): Promise<readonly Measurement[]> {
  const { directory, rows } = context;
  const copier: Copier = {
    program: await bundleProgram('programs/bundle-program.ts', directory),
    bundles: {
      ours: bundleStep('recording-copy', directory),
      'lib-storage': await bundleBaseline('copy-recording', directory),
    },
    certificate: await makeCertificate(directory),
    curl: await hasCurl(),
    piper: await bundleProgram('baselines/pipe.ts', directory),
  };
  const measurements: Measurement[] = [];
  if (rows.has(5) || rows.has(6)) measurements.push(...(await throughput(context, copier)));
  if (rows.has(7)) measurements.push(await memory(context, copier));
  return measurements.filter(({ row }) => rows.has(row));
}

/** Rows 5 and 6. */
async function throughput(context: BenchContext, copier: Copier): Promise<Measurement[]> {
  const bytes = context.quick ? 32_000_044 : 1_000_000_044;
  context.tell(`copies of ${Math.round(bytes / 1e6)} MB`);
  const {
    ours,
    'lib-storage': libStorage,
    curl,
  } = await interleave(context.quick ? 1 : 3, {
    curl: async () => {
      const seconds = await withServers(copier, bytes, (source, sink) => pipe(copier, source, sink));
      return { seconds, cpuSeconds: Number.NaN };
    },
    ours: () => copyBy('ours', copier, bytes),
    'lib-storage': () => copyBy('lib-storage', copier, bytes),
  });
  const seconds = (reports: readonly { seconds: number }[]) => reports.map((report) => report.seconds);
  const cpu = (reports: readonly { cpuSeconds: number }[]) =>
    reports.map(({ cpuSeconds }) => (cpuSeconds / bytes) * 1e9);
  const rate = (reports: readonly { seconds: number }[]) =>
    `${(bytes / 1e6 / spread(seconds(reports)).median).toFixed(0)} MB/s`;
  const of = `${Math.round(bytes / 1e6)} MB`;
  return [
    measured({
      row: 5,
      of,
      baseline: rate(curl),
      ours: rate(ours),
      ratio: pairedRatios(seconds(curl), seconds(ours)),
      goal: atLeast(0.55),
      note: `${copier.curl ? 'curl' : 'there is no curl here: node:https piped to node:https took its place'}; lib-storage ${rate(libStorage)}`,
    }),
    measured({
      row: 6,
      of,
      baseline: `${spread(cpu(libStorage)).median.toFixed(2)} s/GB`,
      ours: `${spread(cpu(ours)).median.toFixed(2)} s/GB`,
      ratio: pairedRatios(cpu(ours), cpu(libStorage)),
      goal: atMost(0.65),
    }),
  ];
}

/** Row 7: the peak of a long recording beside that of a short one. */
async function memory(context: BenchContext, copier: Copier): Promise<Measurement> {
  const short = 16_000_044;
  const long = context.quick ? 64_000_044 : 4_000_000_044;
  context.tell(`copies of ${Math.round(short / 1e6)} and ${Math.round(long / 1e6)} MB`);
  const grown = (by: keyof Copier['bundles']) => async () => {
    const small = await copyBy(by, copier, short);
    return ((await copyBy(by, copier, long)).peakMemory - small.peakMemory) / 1e6;
  };
  const { ours, libStorage } = await interleave(context.quick ? 1 : 2, {
    libStorage: grown('lib-storage'),
    ours: grown('ours'),
  });
  return measured({
    row: 7,
    of: `${Math.round(short / 1e6)} MB to ${Math.round(long / 1e6)} MB`,
    baseline: `${spread(libStorage).median.toFixed(0)} MB`,
    ours: `${spread(ours).median.toFixed(0)} MB`,
    ratio: pairedRatios(ours, libStorage),
    goal: atMost(0.5),
  });
}

/** One copy in a process of its own, with servers of their own: what one leaves behind is no burden to the next. */
function copyBy(by: keyof Copier['bundles'], copier: Copier, bytes: number) {
  return withServers(copier, bytes, async (source, sink) => {
    const body = JSON.stringify({ callSid: CALL_SID, recordingSid: recordingSidOf(CALL_SID) });
    const event = {
      Records: [{ messageId: 'm', receiptHandle: 'r', body, attributes: { ApproximateReceiveCount: '1' } }],
    };
    // How Node.js runs is a matter of who deploys it: the baseline runs by its defaults.
    const step = by === 'ours' ? 'recording-copy' : 'recording-start';
    const env = { ...environmentOf(sink.url, copier.certificate.certificateFile, step), TWILIO_API_URL: source.url };
    await noteRecording(sink.url, copier.certificate);
    const report = await runProgram<BundleReport>(copier.program, { bundle: copier.bundles[by], event }, env);
    const { firstWall = Number.NaN, first = Number.NaN, peakMemory = Number.NaN } = report;
    const { batchItemFailures } = report.result as { batchItemFailures?: readonly unknown[] };
    const stored = by === 'lib-storage' || (await stateOfRecording(sink.url, copier.certificate)) === 'stored';
    if (batchItemFailures?.length !== 0 || !stored) throw new Error(`${by} did not copy ${bytes} bytes.`);
    return { seconds: firstWall / 1000, cpuSeconds: first / 1e6, peakMemory };
  });
}

async function withServers<Result>(
  { certificate }: Copier,
  bytes: number,
  act: (source: Loopback, sink: Loopback) => Promise<Result>,
): Promise<Result> {
  const source = await startLoopback({ ...certificate, audioBytes: bytes });
  const sink = await startLoopback({ ...certificate, audioBytes: bytes });
  try {
    return await act(source, sink);
  } finally {
    await Promise.all([source.close(), sink.close()]);
  }
}

/** The baseline of row 5. @returns seconds. */
async function pipe(copier: Copier, source: Loopback, sink: Loopback): Promise<number> {
  const { certificateFile } = copier.certificate;
  const audio = `${source.url}/2010-04-01/Accounts/${ACCOUNT.accountSid}/Recordings/${recordingSidOf(CALL_SID)}.wav`;
  const object = `${sink.url}/recordings/piped.wav`;
  const begun = performance.now();
  if (copier.curl) {
    const curl = `curl --silent --fail --cacert '${certificateFile}'`;
    await exec('sh', ['-c', `${curl} '${audio}' | ${curl} --upload-file - --output - '${object}'`]);
  } else {
    const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificateFile };
    await runProgram(copier.piper, { source: audio, sink: object }, env);
  }
  return (performance.now() - begun) / 1000;
}

const exec = promisify(execFile);

async function hasCurl(): Promise<boolean> {
  try {
    await exec('curl', ['--version']);
    return true;
  } catch {
    // The row says so, and takes another baseline.
    return false;
  }
}
