/** The step that plays what is at Twilio only, and its address, which is no API's: a function URL, whose replies are streamed. */
import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType, InvokeMode } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { StepLambda } from './step-lambda.ts';
import type { Parts } from './steps.ts';

/**
 * Regions without function URLs, beside those of China.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
const REGIONS_WITHOUT = [
  ...['ap-east-2', 'ap-south-2', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7'],
  ...['ca-west-1', 'cn-north-1', 'cn-northwest-1', 'eu-central-2', 'eu-south-2', 'il-central-1', 'me-central-1'],
];

const BREAKS = 'Recordings that are at Twilio only cannot be played by links. Recording goes on, none is lost.';

/** Whoever holds a link hears a recording that could not be copied yet, straight from Twilio. */
export class RecordingPlay extends StepLambda {
  /** `https://<id>.lambda-url.<region>.on.aws/`; absent where `playFromTwilio` is `off`. */
  readonly url: string | undefined;

  constructor(scope: Construct, { prefix, lambdas, logs, configuration, storage, alarms }: Parts) {
    const isOn = configuration.playFromTwilio === 'on';
    super(scope, 'recording-play', {
      ...{ prefix, lambdas, logs },
      // Lambda goes on where the listener has left, and one who stays may listen for long: the audio has 13 minutes.
      timeout: Duration.minutes(15),
      // Two megabytes a second pass through, in pieces of kilobytes.
      memory: 256,
      reservedConcurrency: isOn ? configuration.reservedConcurrency['recording-play'] : undefined,
    });
    // Without an address nothing invokes it, and it may do nothing.
    if (!isOn) return;
    checkFunctionUrls(this);
    this.url = this.function.addFunctionUrl({
      authType: FunctionUrlAuthType.AWS_IAM,
      invokeMode: InvokeMode.RESPONSE_STREAM,
    }).url;
    storage.allowCredentials(this);
    storage.allowTable(this, ['GetItem']);
    alarms.onErrors(this, BREAKS);
    alarms.onThrottles(this, BREAKS);
  }

  /**
   * Allows a principal to sign links: whoever has one is authorized as the one who signed it. It takes two rights, of which the
   * second holds only by way of the address.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
   */
  allowLinks(grantee: IGrantable): void {
    if (this.url !== undefined) this.function.grantInvokeUrl(grantee);
  }
}

/** Tells at once what would fail while the stack is deployed. Where it takes its region from the profile, the CLI has told that. */
function checkFunctionUrls(scope: Construct): void {
  const own = Stack.of(scope).region;
  const region = Token.isUnresolved(own) ? process.env.CDK_DEFAULT_REGION : own;
  if (region === undefined || !REGIONS_WITHOUT.includes(region)) return;
  Annotations.of(scope).addError(`playFromTwilio: AWS has no function URLs in ${region}; set it to "off".`);
}
