/** What the tests want synthesized. Runs in the process that test files share, see `synthesized.ts`. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { STEPS } from '../../lambdas/shared/contract/steps.ts';
import { CallRecorderStack } from '../../lib/call-recorder-stack.ts';
import { DEFAULT_CONFIGURATION } from '../../lib/configuration/configuration.ts';
import type { CallRecorderConfiguration } from '../../lib/configuration/options.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A folder that goes with the test run. */
const newFolder = (purpose: string): string => mkdtempSync(join(process.env.SHARED_FOLDER ?? tmpdir(), `${purpose}-`));

let steps: string | undefined;
/** A folder of steps that do nothing: tests of the template do not depend on the steps' code. */
export function emptySteps(): string {
  if (steps !== undefined) return steps;
  steps = newFolder('steps');
  for (const step of STEPS) {
    mkdirSync(join(steps, step));
    writeFileSync(join(steps, step, 'index.ts'), `export const handler = async (): Promise<string> => '${step}';\n`);
  }
  return steps;
}

/** An app with the context of cdk.json, as `cdk synth` makes it. */
export function newApp(): App {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  return new App({ outdir: newFolder('assembly'), analyticsReporting: false, context });
}

export interface SynthesizedTemplate {
  /** The cloud assembly's folder. */
  readonly directory: string;
  readonly template: object;
}

/** The stack, without any of the steps' code, checked by the CDK's validator. */
export function template(changes: Partial<CallRecorderConfiguration>): SynthesizedTemplate {
  const app = newApp();
  const configuration = { ...DEFAULT_CONFIGURATION, ...changes };
  const stack = new CallRecorderStack(app, 'CallRecorder', { configuration, lambdas: emptySteps() });
  return { directory: app.outdir, template: Template.fromStack(stack).toJSON() };
}

/** The stack with a text that only the deployment knows: its token means something only in the process that makes it. */
export function templateWithToken(): SynthesizedTemplate {
  const text = `Goodbye from ${Lazy.string({ produce: () => 'the deployment' })}.`;
  return template({ afterDisclaimer: { kind: 'say', text } });
}

/** The cloud assembly with the steps' own code. @returns its folder, to be read only */
export function assembly(changes: Partial<CallRecorderConfiguration>): string {
  const app = newApp();
  new CallRecorderStack(app, 'CallRecorder', { configuration: { ...DEFAULT_CONFIGURATION, ...changes } });
  return app.synth().directory;
}
