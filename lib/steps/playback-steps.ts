/** A recording is looked up, then played: from S3 by a signed link, or from Twilio by a function URL with streamed replies. */
import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType, HttpMethod, InvokeMode } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { AUDIT_ROUTE, CONSOLE_ROUTES, LOOK_UP_ROUTES } from '../../lambdas/shared/contract/http.ts';
import { namesAndLogs, type StepContext } from './context.ts';
import { StepLambda } from './step-lambda.ts';

/**
 * Tells a principal with the IAM right what became of a call, with a link to its audio. It writes who asked, and nothing else. It has no
 * credentials of Twilio's.
 */
export function lookUp(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, webhooks, console } = context;
  // API Gateway waits 30 s. A search stops after 15 s, and the next request continues it.
  const step = new StepLambda(scope, 'look-up', {
    ...namesAndLogs(context),
    timeout: Duration.seconds(28),
    memory: 512,
  });
  webhooks.authorized([...Object.values(LOOK_UP_ROUTES), AUDIT_ROUTE], step);
  if (console) webhooks.forUsers(Object.values(CONSOLE_ROUTES), step, console.authorizer);
  storage.allowParties(step);
  storage.allowTable(step, ['GetItem', 'Query']);
  storage.allowAudit(step);
  storage.allowByDayIndex(step);
  storage.allowPlayback(step);
  storage.allowPeaks(step, 'read');
  alarms.onErrors(step, 'notice', 'Calls and recordings cannot be looked up over HTTP. Recording goes on.');
  return step;
}

/**
 * Regions without function URLs, those of China included.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
const REGIONS_WITHOUT = [
  ...['ap-east-2', 'ap-south-2', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7'],
  ...['ca-west-1', 'cn-north-1', 'cn-northwest-1', 'eu-central-2', 'eu-south-2', 'il-central-1', 'me-central-1'],
];

const BREAKS = 'Recordings that are at Twilio only cannot be played by links. Recording goes on, none is lost.';

/** Anyone who has a link can listen to a recording that is not copied yet, straight from Twilio. */
export class RecordingPlay extends StepLambda {
  /** `https://<id>.lambda-url.<region>.on.aws/`; absent where `playFromTwilio` is `off`. */
  readonly url: string | undefined;

  constructor(scope: Construct, context: StepContext) {
    const { configuration, storage, alarms, console } = context;
    const isOn = configuration.playFromTwilio === 'on';
    super(scope, 'recording-play', {
      ...namesAndLogs(context),
      // Lambda continues after the listener has left, and a listener may stay for long: the audio has 13 minutes.
      timeout: Duration.minutes(15),
      // Two megabytes a second pass through, in chunks of kilobytes.
      memory: 256,
      reservedConcurrency: isOn ? configuration.reservedConcurrency['recording-play'] : undefined,
    });
    // Without an address nothing invokes the function, so it gets no rights.
    if (!isOn) return;
    checkFunctionUrls(this);
    this.url = this.function.addFunctionUrl({
      authType: FunctionUrlAuthType.AWS_IAM,
      invokeMode: InvokeMode.RESPONSE_STREAM,
      ...(console && {
        cors: { allowedOrigins: [console.site.origin], allowedMethods: [HttpMethod.GET], maxAge: Duration.hours(1) },
      }),
    }).url;
    storage.allowCredentials(this);
    storage.allowTable(this, ['GetItem']);
    alarms.onFailures(this, 'notice', BREAKS);
  }

  /**
   * Allows a principal to sign links: a link has the rights of its signer. Two rights are needed, of which the second holds only
   * for calls through the function URL.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
   */
  allowLinks(grantee: IGrantable): void {
    if (this.url !== undefined) this.function.grantInvokeUrl(grantee);
  }
}

/** Reports at synthesis what would fail during deployment. The CDK CLI passes on the region of the profile. */
function checkFunctionUrls(scope: Construct): void {
  const own = Stack.of(scope).region;
  const region = Token.isUnresolved(own) ? process.env.CDK_DEFAULT_REGION : own;
  if (region === undefined || !REGIONS_WITHOUT.includes(region)) return;
  Annotations.of(scope).addError(`playFromTwilio: AWS has no function URLs in ${region}; set it to "off".`);
}
