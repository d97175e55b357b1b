import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { DISCLAIMER_FILE, STEPS, type Step } from '../../lambdas/shared/contract.ts';
import { METRIC_ALARMS } from '../../lib/alarms.ts';
import { CallRecorderStack } from '../../lib/call-recorder-stack.ts';
import { DEFAULT_CONFIGURATION, DEFAULT_DISCLAIMER } from '../../lib/configuration.ts';
import { readDisclaimer } from '../../lib/disclaimer.ts';
import type { Resource } from './synthesized.ts';

/** Synthesizes what is really deployed, and finds the folder of each step's code. */
function bundles(): { readonly [step: string]: string } {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'call-recorder-bundles-')), analyticsReporting: false });
  new CallRecorderStack(app, 'CallRecorder', { configuration: DEFAULT_CONFIGURATION });
  const assembly = app.synth();
  const resources: { readonly [id: string]: Resource } = assembly.getStackArtifact('CallRecorder').template.Resources;
  return Object.fromEntries(
    Object.values(resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => [
        Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME,
        join(assembly.directory, `asset.${Properties.Code.S3Key.replace(/\.zip$/, '')}`),
      ]),
  );
}

let folders: ReturnType<typeof bundles>;
beforeAll(() => {
  folders = bundles();
}, 60_000);

const codeOf = (step: Step): string => readFileSync(join(folders[step] ?? '', 'index.js'), 'utf8');

describe('the bundles', () => {
  it.each(STEPS)('of %s are one CommonJS file, without a trace of this machine', (step) => {
    const expected = ['index.js', 'package.json', ...(step === 'stream-connect' ? [DISCLAIMER_FILE] : [])];
    expect(readdirSync(folders[step] ?? '').sort()).toEqual(expected.sort());
    expect(JSON.parse(readFileSync(join(folders[step] ?? '', 'package.json'), 'utf8'))).toEqual({ type: 'commonjs' });
    expect(codeOf(step)).toContain('module.exports');
    expect(codeOf(step)).not.toContain(join(import.meta.dirname, '..', '..'));
    // INIT time is billed, and grows with what is loaded.
    expect(codeOf(step).length).toBeLessThan(1_000_000);
  });

  it('are the same bytes each time, so that nothing is deployed that did not change', () => {
    const again = bundles();
    for (const step of STEPS) {
      expect([step, again[step]?.split('/').at(-1)]).toEqual([step, folders[step]?.split('/').at(-1)]);
    }
  }, 60_000);

  it('of stream-connect holds the disclaimer as raw mu-law', () => {
    const muLaw = readFileSync(join(folders['stream-connect'] ?? '', DISCLAIMER_FILE));
    expect(Buffer.from(readDisclaimer(DEFAULT_DISCLAIMER)).equals(muLaw)).toBe(true);
  });

  it.each(METRIC_ALARMS)('count $metric in the steps whose alarms watch it', ({ metric, steps }) => {
    const counting = STEPS.filter((step) => codeOf(step).includes(`"${metric}"`));
    expect(counting.sort()).toEqual([...steps].sort());
  });
});
