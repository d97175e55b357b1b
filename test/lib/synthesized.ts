/** Synthesizes the stack in a folder of its own, once for all tests of a file. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type CfnElement } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { STEPS } from '../../lambdas/shared/contract.ts';
import { CallRecorderStack } from '../../lib/call-recorder-stack.ts';
import { type CallRecorderConfiguration, DEFAULT_CONFIGURATION } from '../../lib/configuration.ts';

/** A folder of steps that do nothing, so that tests of the template do not depend on the steps' code. */
export function emptySteps(): string {
  const folder = mkdtempSync(join(tmpdir(), 'call-recorder-steps-'));
  for (const step of STEPS) {
    mkdirSync(join(folder, step));
    writeFileSync(join(folder, step, 'index.ts'), `export const handler = async (): Promise<string> => '${step}';\n`);
  }
  return folder;
}

export interface Synthesized {
  readonly app: App;
  readonly stack: CallRecorderStack;
  readonly template: Template;
  /** The cloud assembly's folder. */
  readonly directory: string;
}

export function synthesize(
  configuration: Partial<CallRecorderConfiguration> = {},
  prepare: (app: App) => void = () => {},
): Synthesized {
  const directory = mkdtempSync(join(tmpdir(), 'call-recorder-cdk-'));
  const app = new App({ outdir: directory, context: flags, analyticsReporting: false });
  const stack = new CallRecorderStack(app, 'CallRecorder', {
    configuration: { ...DEFAULT_CONFIGURATION, ...configuration },
    lambdas: emptySteps(),
  });
  prepare(app);
  const template = Template.fromStack(stack);
  return { app, stack, template, directory };
}

/** Logical id of a construct in the template. */
export function logicalId(stack: CallRecorderStack, element: CfnElement): string {
  return stack.getLogicalId(element);
}
