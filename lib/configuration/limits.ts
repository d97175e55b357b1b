/** Warns at synthesis where the workers may take more of Lambda, or of Twilio, than there is. */
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { CallRecorderConfiguration } from './options.ts';

/** The options that cap workers behind a queue. Each of their invocations makes one request to Twilio at a time. */
const WORKER_CAPS = ['recordingConcurrency', 'copyConcurrency', 'deletionConcurrency', 'reconcileConcurrency'] as const;

/** Concurrent executions that are reserved, of all functions. */
export const reservedOf = (reserved: CallRecorderConfiguration['reservedConcurrency']): number =>
  Object.values(reserved).reduce((sum, one) => sum + (one ?? 0), 0);

/** Not refused, since the voice URL of a number may name the other way to begin. */
export function warnOfStart(scope: Construct, { startBy, withoutStream }: CallRecorderConfiguration): void {
  if (startBy !== 'twiml' || withoutStream === 'leave') return;
  Annotations.of(scope).addWarningV2(
    'call-recorder:without-stream',
    'withoutStream: has no meaning for calls whose recording TwiML starts (startBy "twiml"): they have no stream. It holds for numbers ' +
      'alone whose voice URL says startBy=stream. Leave it out, unless you have such numbers.',
  );
}

/** A deployment is not refused: the limits are the vendors' to tell, and only a backlog reaches all caps at once. */
export function warnOfLimits(scope: Construct, configuration: CallRecorderConfiguration): void {
  const { lambdaConcurrency, twilioConcurrency, reservedConcurrency } = configuration;
  const annotations = Annotations.of(scope);
  const workers = WORKER_CAPS.reduce((sum, name) => sum + configuration[name], 0);
  const caps = WORKER_CAPS.join(', ').replace(/, (\w+)$/, ' and $1');
  const unreserved = lambdaConcurrency - reservedOf(reservedConcurrency);
  if (workers >= unreserved) {
    annotations.addWarningV2(
      'call-recorder:lambda-concurrency',
      `${caps}: add up to ${workers}, which leaves nothing of the ${unreserved} concurrent executions that Lambda has without ` +
        "a reservation: a backlog would keep calls from being answered. Lower them, or have AWS raise the account's quota and " +
        'set lambdaConcurrency to it.',
    );
  }
  if (workers > twilioConcurrency) {
    annotations.addWarningV2(
      'call-recorder:twilio-concurrency',
      `${caps}: add up to ${workers} concurrent requests, but Twilio may refuse more than ${twilioConcurrency}: starts of ` +
        'recordings would wait behind copies. Lower them, or ask Twilio for its limit and set twilioConcurrency to it.',
    );
  }
}
