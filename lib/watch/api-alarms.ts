/** Alarms on the two APIs: what never reaches a function, no function can tell. */

import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import { METRICS_NAMESPACE } from '../../lambdas/shared/contract/metrics.ts';
import type { StepContext } from '../steps/context.ts';
import { ALARM_PERIOD, type Alarms } from './alarms.ts';

const SUM = { statistic: 'Sum', period: ALARM_PERIOD };

/**
 * Neither kind of API has a metric of the requests that its throttle has refused, and the HTTP API none of the failures of one route: both
 * are in the access logs. Fields of a log line are texts there.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
const THROTTLED = '{ $.status = "429" }';
/** The routes beside that of voice. */
const OTHER_ROUTES = ['GET *', `POST ${HTTP_PATHS.streamStatus}`, `POST ${HTTP_PATHS.recordingCallback}`];
/** The route of voice, or none in the log: whatever is not one of the other routes. */
const VOICE_FAILED = [
  '{ (($.status = "5*") || ($.status = "429"))',
  ...OTHER_ROUTES.map((route) => `&& ($.routeKey != "${route}")`),
  '}',
].join(' ');

export function watchApis({ alarms, webhooks, stream, prefix }: StepContext): void {
  const filtered = (logs: LogGroup, name: string, pattern: string): Metric =>
    filter(alarms, prefix, logs, name, pattern);
  const calls = { step: 'incoming-call', article: 'webhooks' } as const;
  const streams = { step: 'stream-connect', article: 'stream' } as const;

  alarms.add(
    'voice-unanswered',
    {
      ...calls,
      severity: 'page',
      whatBreaks: 'Twilio asked what to do with a call and got no answer: its caller heard an error.',
    },
    filtered(webhooks.accessLogs, 'VoiceUnanswered', VOICE_FAILED),
  );
  alarms.add(
    'webhooks-5xx',
    {
      ...calls,
      severity: 'notice',
      whatBreaks: 'Requests of Twilio, or look-ups, failed: answers, callbacks or look-ups come late.',
    },
    webhooks.metricServerError(SUM),
  );
  alarms.add(
    'webhooks-throttled',
    { ...calls, severity: 'notice', whatBreaks: 'More requests came than the HTTP API takes: some were refused.' },
    filtered(webhooks.accessLogs, 'WebhooksThrottled', THROTTLED),
  );
  alarms.add(
    'stream-execution-errors',
    {
      ...streams,
      severity: 'notice',
      whatBreaks: 'The WebSocket API could not reach its function: those calls may go unrecorded.',
    },
    stream.metric('ExecutionError', SUM),
  );
  alarms.add(
    'stream-integration-errors',
    {
      ...streams,
      severity: 'notice',
      whatBreaks: 'Handshakes or messages of streams were refused or failed, 200 a minute and more.',
    },
    stream.metric('IntegrationError', SUM),
    // It counts the handshakes, too, that were refused for want of a signature, and any stranger can try one.
    { threshold: 200 },
  );
  alarms.add(
    'stream-throttled',
    {
      ...streams,
      severity: 'notice',
      whatBreaks:
        'More streams opened than the WebSocket API takes: some were refused, and those calls may go unrecorded.',
    },
    filtered(stream.accessLogs, 'StreamThrottled', THROTTLED),
  );
}

/** A metric of the log lines that match. Its namespace is the deployment's own, since it has no dimensions. */
function filter(scope: Alarms, prefix: string, logGroup: LogGroup, metricName: string, pattern: string): Metric {
  const metricNamespace = `${METRICS_NAMESPACE}/${prefix}`;
  new MetricFilter(scope, metricName, {
    logGroup,
    filterPattern: FilterPattern.literal(pattern),
    metricNamespace,
    metricName,
    metricValue: '1',
    defaultValue: 0,
  });
  return new Metric({ ...SUM, namespace: metricNamespace, metricName });
}
