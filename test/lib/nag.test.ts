import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { synthesize } from './synthesized.ts';

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

const withPacks = (app: App): void => {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
};

/** `rule at construct` for all that the packs found. A finding makes the synthesis itself fail, after the report is written. */
function findings(prepare: (app: App) => void): readonly string[] {
  let directory = '';
  try {
    directory = synthesize({}, (app) => {
      directory = app.outdir;
      prepare(app);
    }).directory;
  } catch (error) {
    if (!(error instanceof Error && /validation/i.test(error.message))) throw error;
  }
  const report: Report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    ),
  );
}

describe('cdk-nag, with the packs AwsSolutions and Serverless', () => {
  it('finds nothing that is not acknowledged', () => {
    expect(findings(withPacks)).toEqual([]);
  });

  it('does look: a careless bucket in the same app is found', () => {
    const found = findings((app) => {
      withPacks(app);
      new Bucket(new Stack(app, 'Careless'), 'Bucket');
    });
    expect(found).toContain('AwsSolutions-S10 at Careless/Bucket/Resource');
    expect(found.filter((finding) => !finding.includes(' at Careless/'))).toEqual([]);
  });

  it('would find what is acknowledged, so that no acknowledgement outlives its finding', () => {
    const acknowledged = new Map<string, string>();
    const acknowledge = jest.spyOn(Validations.prototype, 'acknowledge').mockImplementation(function (
      this: Validations,
      ...rules
    ) {
      for (const { id, reason } of rules) acknowledged.set(id, reason);
    });
    try {
      const found = findings(withPacks).map((finding) => finding.split(' at ')[0]);
      expect([...new Set(found)].sort()).toEqual([...acknowledged.keys()].sort());
      for (const reason of acknowledged.values()) expect(reason.length).toBeGreaterThan(30);
    } finally {
      acknowledge.mockRestore();
    }
  });
});
