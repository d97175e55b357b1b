/** The deployed bundles and the benchmark's own programs: as files, what their code finds in the environment, and how they run. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { EnvironmentName } from '../../lambdas/shared/contract/environment.ts';
import { METRICS_NAMESPACE } from '../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { DISCLAIMER_FILE } from '../../lambdas/shared/contract/stream.ts';
import { NODE_OPTIONS_OF_STEP } from '../../lib/steps/step-lambda.ts';
import { LAMBDAS, writeBundle } from '../../lib/steps/write-bundle.ts';

const BENCH = join(import.meta.dirname, '..');

/** Writes the bundle of a step as it is deployed. @returns the path of its code. */
export function bundleStep(step: Step, directory: string): string {
  const folder = join(directory, step);
  mkdirSync(folder, { recursive: true });
  writeBundle(join(LAMBDAS, step, 'index.ts'), folder);
  if (step === 'stream-connect') writeFileSync(join(folder, DISCLAIMER_FILE), Buffer.alloc(8000, 0xff));
  return join(folder, 'index.js');
}

/** A baseline's bundle as esbuild makes it by default, minified. */
export async function bundleBaseline(name: string, directory: string): Promise<string> {
  const outfile = join(directory, `${name}.js`);
  const entry = join(BENCH, 'baselines', `${name}.ts`);
  const plain = { bundle: true, platform: 'node', target: 'node24', format: 'cjs', logLevel: 'error' } as const;
  await build({ entryPoints: [entry], outfile, minify: true, ...plain });
  return outfile;
}

/** A program of the benchmark as plain JavaScript, so that stripping types is no part of what is measured. */
export async function bundleProgram(file: string, directory: string): Promise<string> {
  const outfile = join(directory, `${file.replace(/\.ts$/, '')}.cjs`);
  const entry = join(BENCH, file);
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node24' });
  return outfile;
}

/** What Lambda and the stack set, for AWS and Twilio at `url`. */
export function environmentOf(url: string, certificateFile: string | undefined, step: Step): NodeJS.ProcessEnv {
  const values: { readonly [name in EnvironmentName]: string } & NodeJS.ProcessEnv = {
    CANARY: 'off',
    TABLE_NAME: 'table',
    BUCKET_NAME: 'recordings',
    TWILIO_SECRET_ID: 'twilio',
    PARTY_SECRET_ID: 'party',
    RECORDING_START_QUEUE_URL: `${url}/000000000000/recording-start`,
    RECORDING_COPY_QUEUE_URL: `${url}/000000000000/recording-copy`,
    RECORDING_DELETE_QUEUE_URL: `${url}/000000000000/recording-delete`,
    ERASE_QUEUE_URL: `${url}/000000000000/erase`,
    RECONCILE_QUEUE_URL: `${url}/000000000000/reconcile`,
    PUBLIC_URL: 'https://recorder.test',
    STREAM_URL: 'wss://recorder.test',
    CONNECTIONS_URL: url,
    TWILIO_API_URL: url,
    AFTER_DISCLAIMER: '{"kind":"say","text":"Goodbye."}',
    START_BY: 'stream',
    DISCLAIMER: `${'0'.repeat(64)}.wav`,
    DISCLAIMERS: '{}',
    FOREIGN_STREAMS: 'refuse',
    WITHOUT_STREAM: 'leave',
    AUDIO_FORMAT: 'wav',
    KEEP_AT_TWILIO_SECONDS: '86400',
    DELETIONS: 'on',
    EVENTS: 'on',
    EVENT_BUS_NAME: 'default',
    STAGE: 'bench',
    PLAY_URL: 'https://play.test',
    PATH: process.env.PATH,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'BENCH',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL: url,
    AWS_LAMBDA_FUNCTION_NAME: step,
    ...NODE_OPTIONS_OF_STEP[step],
    POWERTOOLS_SERVICE_NAME: step,
    POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
  };
  return certificateFile === undefined ? values : { ...values, NODE_EXTRA_CA_CERTS: certificateFile };
}

/**
 * Runs a program of the benchmark to its end. @returns what it wrote to file descriptor 3, as JSON.
 *
 * @throws Error with the end of its output where it failed or wrote nothing
 */
export async function runProgram<Report>(program: string, given: object, env: NodeJS.ProcessEnv): Promise<Report> {
  const child = spawn(process.execPath, [program, JSON.stringify(given)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let [output, report] = ['', ''];
  const [, stdout, stderr, result] = child.stdio;
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (text) => {
      output = `${output}${text}`.slice(-1_000_000);
    });
  }
  result?.on('data', (text) => {
    report += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0 || report === '') throw new Error(`${program} failed:\n${shortened(output)}`);
  return JSON.parse(report) as Report;
}

/** A bundle's stack trace quotes the bundle, which is one line of half a megabyte. */
const shortened = (output: string): string =>
  output
    .split('\n')
    .map((line) => line.slice(0, 300))
    .slice(-12)
    .join('\n');
