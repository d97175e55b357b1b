/** Why the CDK's own function that deploys the page is as it is. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { BucketDeployment } from 'aws-cdk-lib/aws-s3-deployment';
import { asNagWrites } from '../steps/step-lambda.ts';

const REASON =
  "The CDK's own function and role copy the page's files to their bucket while the stack is deployed, and run at no other time.";

/** The CDK's bucket of assets, where the account is bootstrapped by default. */
const ASSETS = 'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*';

export function acknowledgeDeployment(deployment: BucketDeployment, bucket: IBucket): void {
  const handler = deployment.handlerRole.node.scope;
  if (handler === undefined) return;
  const page = asNagWrites(Stack.of(deployment).resolve(bucket.arnForObjects('*')));
  const policies = [
    ...['GetBucket*', 'GetObject*', 'List*', 'Abort*', 'DeleteObject*'].map((action) => `Action::s3:${action}`),
    ...[ASSETS, page].map((resource) => `Resource::${resource}`),
  ].map((finding) => `AwsSolutions-IAM5[${finding}]`);
  const others = [
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    'AwsSolutions-L1',
    'Serverless-LambdaLatestVersion',
    'Serverless-LambdaDLQ',
    'Serverless-LambdaTracing',
  ];
  Validations.of(handler).acknowledge(...[...policies, ...others].map((id) => ({ id, reason: REASON })));
}
