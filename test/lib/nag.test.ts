import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { synthesize } from './synthesized.ts';

describe('cdk-nag', () => {
  it('finds nothing that is not acknowledged', () => {
    const { app, directory } = synthesize({}, (made) => {
      Validations.of(made).addPlugins(new AwsSolutionsChecks(made), new ServerlessChecks(made));
    });
    app.synth();
    const report = readFileSync(join(directory, 'validation-report.json'), 'utf8');
    expect(report).toBe('');
  });
});
