/** What both APIs have in common: access logs, the account's permission to write those of a WebSocket API, and when a stage is made. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat, CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { type IAccessLogSettings, type IStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import type { LogsProps } from '../steps/step-lambda.ts';

/**
 * The log group of an API's access logs.
 *
 * @param name of the log group, after `/aws/vendedlogs/`: groups of that name need no entry in the account's log policy, which
 *   is limited to 5,120 characters (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html)
 */
export function accessLogGroup(scope: Construct, name: string, { retentionDays, encryptionKey }: LogsProps): LogGroup {
  return new LogGroup(scope, 'AccessLogs', {
    logGroupName: `/aws/vendedlogs/${name}`,
    retention: retentionDays,
    ...(encryptionKey && { encryptionKey }),
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/**
 * Access logs with the named fields of `$context`, one JSON object a line. No field holds a telephone number: those are in
 * bodies, which are not logged.
 */
export function accessLogs(logGroup: LogGroup, fields: readonly string[]): IAccessLogSettings {
  return {
    destination: new LogGroupLogDestination(logGroup),
    format: AccessLogFormat.custom(
      JSON.stringify(Object.fromEntries(fields.map((field) => [field.split('.').at(-1), `$context.${field}`]))),
    ),
  };
}

/**
 * Lets CloudFormation make a stage only after what it deploys. API Gateway refuses changes of an API while it deploys it, which an
 * automatic deployment does at each change ("Unable to complete operation due to concurrent modification"), and it refuses settings
 * of a route that is not there yet.
 *
 * @param route with its integration, which is a part of the construct
 */
export function deployAfter(stage: IStage, route: IConstruct): void {
  stage.node.addDependency(route);
}

/**
 * The role that API Gateway writes a WebSocket API's access logs with. It is a setting of the whole account and region, and
 * a stage with access logs is refused without it ("CloudWatch Logs role ARN must be set in account settings"). It stays when
 * the stack goes, since other APIs of the account may have come to rely on it.
 */
export class ApiGatewayLogRole extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason:
        'The role serves every API of the account, and API Gateway checks that it has the rights of this very policy.',
    });
  }
}
