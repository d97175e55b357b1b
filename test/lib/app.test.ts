import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AFTER_DISCLAIMER_FILE, DISCLAIMERS_FILE } from '../../lambdas/shared/contract/environment.ts';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import { DISCLAIMER_FILE } from '../../lambdas/shared/contract/stream.ts';
import { DEFAULT_DISCLAIMER, playableFile, readDisclaimer } from '../../lib/steps/disclaimer.ts';
import { LAMBDAS, writeBundle } from '../../lib/steps/write-bundle.ts';
import { METRIC_ALARMS } from '../../lib/watch/metric-alarms.ts';
import type { Resource } from './synthesized.ts';
import { temporaryFolder } from './temporary.ts';

/** What lies beside the code of a step. */
const FILES: { readonly [step in Step]?: readonly string[] } = {
  'incoming-call': [AFTER_DISCLAIMER_FILE, DISCLAIMERS_FILE],
  disclaimer: [playableFile(readDisclaimer(DEFAULT_DISCLAIMER)).name],
  'stream-connect': [DISCLAIMER_FILE],
};

const REPOSITORY = join(import.meta.dirname, '..', '..');

/**
 * Runs the app as `cdk synth` does, without credentials, region or network.
 *
 * It leaves out the CDK's validator, which takes most of the time: `nag.test.ts` reads what that reports of the template.
 */
function runApp(configuration: object = {}) {
  const directory = temporaryFolder('app');
  const { app, context: flags } = JSON.parse(readFileSync(join(REPOSITORY, 'cdk.json'), 'utf8'));
  const config = join(directory, 'config.json');
  writeFileSync(config, JSON.stringify(configuration));
  expect(app).toBe('node bin/call-recorder.ts');
  const { status, stderr } = spawnSync(process.execPath, ['bin/call-recorder.ts'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    env: {
      ...{ PATH: process.env.PATH, CDK_VALIDATION: 'false' },
      ...{ CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify({ ...flags, config }) },
    },
  });
  return { directory, status, stderr };
}

/** The folder of each step's code in a cloud assembly. */
function bundlesIn(directory: string): { readonly [step: string]: string } {
  const { Resources } = JSON.parse(readFileSync(join(directory, 'CallRecorder.template.json'), 'utf8'));
  return Object.fromEntries(
    Object.values<Resource>(Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => [
        Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME,
        join(directory, `asset.${Properties.Code.S3Key.replace(/\.zip$/, '')}`),
      ]),
  );
}

let run: ReturnType<typeof runApp>;
let folders: ReturnType<typeof bundlesIn>;
beforeAll(() => {
  run = runApp();
  folders = bundlesIn(run.directory);
});

const codeOf = (step: Step): string => readFileSync(join(folders[step] ?? '', 'index.js'), 'utf8');

describe('the app', () => {
  it('is synthesized offline, without a warning', () => {
    expect(run.status).toBe(0);
    const lines = run.stderr.split('\n').filter((line) => line !== '');
    expect(lines.filter((line) => !line.startsWith('Bundling asset CallRecorder/'))).toEqual([]);
  });

  it('names the problems of its configuration, and nothing else', () => {
    const { status, stderr } = runApp({ stage: 'PROD', keepAtTwilioHours: 1 });
    expect(status).toBe(1);
    expect(stderr).toMatch(/config\.json has 2 problems:\n {2}- stage: .*\n {2}- keepAtTwilioHours: .*\n$/);
  });
});

describe('the bundles', () => {
  it.each(STEPS)('of %s are one CommonJS file, without a trace of this machine', (step) => {
    const expected = ['index.js', 'package.json', ...(FILES[step] ?? [])];
    expect(readdirSync(folders[step] ?? '').sort()).toEqual(expected.sort());
    expect(JSON.parse(readFileSync(join(folders[step] ?? '', 'package.json'), 'utf8'))).toEqual({ type: 'commonjs' });
    expect(codeOf(step)).toContain('module.exports');
    expect(codeOf(step)).not.toContain(REPOSITORY);
    // INIT time is billed, and grows with what is loaded.
    expect(codeOf(step).length).toBeLessThan(650_000);
  });

  it('are the same bytes each time, so that nothing is deployed that did not change', () => {
    const again = temporaryFolder('again');
    writeBundle(join(LAMBDAS, 'sweep', 'index.ts'), again);
    expect(readFileSync(join(again, 'index.js'), 'utf8')).toBe(codeOf('sweep'));
  });

  it('of stream-connect holds the disclaimer as raw mu-law', () => {
    const muLaw = readFileSync(join(folders['stream-connect'] ?? '', DISCLAIMER_FILE));
    expect(Buffer.from(readDisclaimer(DEFAULT_DISCLAIMER)).equals(muLaw)).toBe(true);
  });

  it.each([...new Set(METRIC_ALARMS.map(({ metric }) => metric))])(
    'count %s in the steps whose alarms watch it',
    (metric) => {
      const counting = STEPS.filter((step) => codeOf(step).includes(`"${metric}"`));
      const watched = METRIC_ALARMS.filter((alarm) => alarm.metric === metric).flatMap(({ steps }) => steps);
      expect(counting.sort()).toEqual(watched.sort());
    },
  );
});
