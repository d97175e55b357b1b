/** What both packs of cdk-nag find. Runs in the process that test files share. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { SupportStack } from '../../examples/embedded/app.ts';
import { CallRecorderStack, DEFAULT_CONFIGURATION, readConfiguration } from '../../lib/index.ts';
import { emptySteps, newApp } from './templates.ts';

export interface Found {
  /** `rule at construct`. */
  readonly findings: readonly string[];
  /** Of the first stack, by logical id. */
  readonly resources: { readonly [logicalId: string]: { readonly Type: string } };
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/** Synthesizes with both packs. A finding makes the synthesis itself fail, after the report is written. */
function check(prepare: (app: App) => Stack): Found {
  const app = newApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const stack = prepare(app);
  try {
    app.synth();
  } catch (error) {
    if (!(error instanceof Error && /validation/i.test(error.message))) throw error;
  }
  const report: Report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8'));
  const findings = report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    ),
  );
  const template = JSON.parse(readFileSync(join(app.outdir, stack.templateFile), 'utf8'));
  return { findings, resources: template.Resources };
}

const recorder = (app: App): Stack =>
  new CallRecorderStack(app, 'CallRecorder', {
    configuration: { ...DEFAULT_CONFIGURATION, console: {} },
    lambdas: emptySteps(),
  });

export const findings = (): Found => check(recorder);

export const findingsBesideCarelessBucket = (): Found =>
  check((app) => {
    new Bucket(new Stack(app, 'Careless'), 'Bucket');
    return recorder(app);
  });

/** What is found when nothing is acknowledged, and what would have been, as rule and reason. */
export function findingsUnacknowledged(): Found & { readonly acknowledged: readonly (readonly [string, string])[] } {
  const acknowledged = new Map<string, string>();
  const { acknowledge } = Validations.prototype;
  Validations.prototype.acknowledge = (...rules) => {
    for (const { id, reason } of rules) acknowledged.set(id, reason);
  };
  try {
    return { ...findings(), acknowledged: [...acknowledged] };
  } finally {
    Validations.prototype.acknowledge = acknowledge;
  }
}

/** An example that is a configuration. @param file its absolute path */
export const findingsOfConfiguration = (file: string): Found =>
  check((app) => new CallRecorderStack(app, 'CallRecorder', { configuration: readConfiguration(file, true) }));

/** The example that is an app. */
export const findingsOfSupport = (): Found => check((app) => new SupportStack(app, 'Support'));
