/** The stack, synthesized without any of the steps' code, in a folder of its own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import { CallRecorderStack } from '../../lib/call-recorder-stack.ts';
import { DEFAULT_CONFIGURATION } from '../../lib/configuration/configuration.ts';
import type { CallRecorderConfiguration } from '../../lib/configuration/options.ts';
import { temporaryFolder } from './temporary.ts';

// biome-ignore lint/suspicious/noExplicitAny: the shape is CloudFormation's; what is not there must fail a test.
export type Json = any;

/** A resource of a template, as far as the tests look into it. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Json;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Synthesized {
  readonly app: App;
  /** The cloud assembly's folder. */
  readonly directory: string;
  readonly template: Template;
  /** All resources of a type, by logical id. */
  all(type: string): { readonly [logicalId: string]: Resource };
  /** The one resource of a type that meets a condition. */
  one(type: string, condition?: (properties: Json) => boolean): readonly [string, Resource];
  functionOf(step: Step): readonly [string, Resource];
}

/** A folder of steps that do nothing: tests of the template do not depend on the steps' code. */
export function emptySteps(): string {
  const folder = temporaryFolder('steps');
  for (const step of STEPS) {
    mkdirSync(join(folder, step));
    writeFileSync(join(folder, step, 'index.ts'), `export const handler = async (): Promise<string> => '${step}';\n`);
  }
  return folder;
}

/** @param prepare gets the app before it is synthesized */
export function synthesize(
  changes: Partial<CallRecorderConfiguration> = {},
  prepare: (app: App) => void = () => undefined,
): Synthesized {
  const directory = temporaryFolder('template');
  const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8'));
  const app = new App({ outdir: directory, analyticsReporting: false, context });
  prepare(app);
  const configuration = { ...DEFAULT_CONFIGURATION, ...changes };
  const template = Template.fromStack(
    new CallRecorderStack(app, 'CallRecorder', { configuration, lambdas: emptySteps() }),
  );
  const all = (type: string) => template.findResources(type) as { [logicalId: string]: Resource };
  const one: Synthesized['one'] = (type, condition = () => true) => {
    const found = Object.entries(all(type)).filter(([, resource]) => condition(resource.Properties));
    const [first] = found;
    if (first === undefined || found.length > 1) throw new Error(`${found.length} of ${type}, not one`);
    return first;
  };
  return {
    app,
    directory,
    template,
    all,
    one,
    functionOf: (step) =>
      one('AWS::Lambda::Function', ({ Environment }) => Environment.Variables.POWERTOOLS_SERVICE_NAME === step),
  };
}
