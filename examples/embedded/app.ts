/**
 * A CDK app of a company's own, with the call recorder as one of its parts. In your app, import from `call-recorder`.
 *
 *     npx cdk synth --app "node examples/embedded/app.ts"
 */
import { App, type Environment, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccountRootPrincipal, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { CallRecorder } from '../../lib/index.ts';

/** What the support team has in AWS: the recorder, with a key and a topic that are the team's, and a role that may listen. */
export class SupportStack extends Stack {
  constructor(scope: Construct, id: string, env?: Environment) {
    super(scope, id, env === undefined ? {} : { env });

    const key = new Key(this, 'Key', {
      description: 'Encrypts recordings of support calls',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Alarms are published by CloudWatch, which must be let use the key.
    key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
    const onCall = new Topic(this, 'OnCall', { masterKey: key, enforceSSL: true });
    // The topic has a policy, since `enforceSSL` is set: alarms reach it only if that allows them.
    onCall.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [onCall.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );

    const recorder = new CallRecorder(this, 'Recorder', {
      stage: 'support',
      afterDisclaimer: { kind: 'redirect', url: 'https://support.example.com/voice' },
      kmsKeyArn: key.keyArn,
      alarmTopicArn: onCall.topicArn,
      expireAfterDays: 730,
    });
    recorder.addOutputs();

    const listener = new Role(this, 'Listener', {
      description: 'May listen to recorded calls',
      assumedBy: new AccountRootPrincipal(),
    });
    listener.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [recorder.bucket.arnForObjects('recordings/*')],
      }),
    );
    key.grantDecrypt(listener);
    Validations.of(listener).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${this.getLogicalId(recorder.bucket.node.defaultChild as CfnBucket)}.Arn>/recordings/*]`,
      reason: 'The reviewers of calls may listen to all of them.',
    });
  }
}

/** Makes the app; `app` is the test's own. */
export function main(app: App = new App()): App {
  new SupportStack(app, 'Support');
  return app;
}

if (import.meta.main) main();
