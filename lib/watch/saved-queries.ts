/** The queries as the console has them. */
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { STEPS } from '../../lambdas/shared/contract/steps.ts';
import type { Steps } from '../steps/steps.ts';
import { LOG_QUERIES, queryText } from './log-queries.ts';

/** The saved queries of a deployment, each under `<prefix>/<name>`. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { prefix, steps }: { readonly prefix: string; readonly steps: Steps }) {
    super(scope, id);
    const logGroupNames = STEPS.map((step) => steps[step].function.logGroup.logGroupName);
    for (const { name } of LOG_QUERIES) {
      new CfnQueryDefinition(this, name.replaceAll(' ', '-'), {
        name: `${prefix}/${name}`,
        logGroupNames,
        queryString: queryText(name),
      });
    }
  }
}
