/** Makes the CDK app from the checked configuration. Run by `cdk synth` and `cdk deploy`, see cdk.json. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { CallRecorderStack, ConfigurationError, readConfiguration } from '../lib/index.ts';

const DEFAULT_FILE = join(import.meta.dirname, '..', 'call-recorder.config.json');

function main(): void {
  const app = new App();
  const named: unknown = app.node.tryGetContext('config');
  const configuration =
    typeof named === 'string' ? readConfiguration(named, true) : readConfiguration(DEFAULT_FILE, false);
  new CallRecorderStack(app, 'CallRecorder', { configuration });
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  // The owner needs the problems, not where in the code they were found.
  console.error(error.message);
  process.exitCode = 1;
}
