/** Events as the services of AWS hand them to functions, where no stand-in does. */
import { signature } from '../../cli/doctor/probe.ts';

/** A webhook of Twilio's, signed, as an HTTP API hands it over. */
export function webhookEvent(
  publicUrl: string,
  path: string,
  form: { readonly [name: string]: string },
  authToken: string,
): object {
  return {
    ...{ version: '2.0', routeKey: `POST ${path}`, rawPath: path, rawQueryString: '' },
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature(authToken, publicUrl + path, form),
    },
    requestContext: { http: { method: 'POST', path } },
    body: Buffer.from(new URLSearchParams(form).toString()).toString('base64'),
    isBase64Encoded: true,
  };
}

/** A message of a worker's queue, as its event source hands it over. */
export const messageEvent = (eventSourceARN: string, body: object) => ({
  Records: [
    {
      ...{ messageId: `message-${JSON.stringify(body)}`, receiptHandle: 'none', body: JSON.stringify(body) },
      ...{ attributes: { ApproximateReceiveCount: '1' }, messageAttributes: {} },
      ...{ eventSource: 'aws:sqs', eventSourceARN, awsRegion: 'us-east-1' },
    },
  ],
});

/** What a schedule hands over. */
export const SCHEDULED = { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };

/** What CloudWatch says of an alarm. */
export const alarmChanged = (alarmName: string, value: string) => ({
  ...{ version: '0', id: `alarm-${value}`, source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change' },
  time: '2026-03-01T12:00:00Z',
  detail: { alarmName, state: { value, timestamp: '2026-03-01T11:59:58.765+0000', reason: 'Threshold Crossed' } },
});

/** What CloudFormation says of a stack. */
export const stackChanged = (stackId: string, status: string) => ({
  ...{ version: '0', id: `stack-${status}`, source: 'aws.cloudformation' },
  ...{ 'detail-type': 'CloudFormation Stack Status Change', time: '2026-03-01T12:00:00Z' },
  detail: { 'stack-id': stackId, 'status-details': { status, 'status-reason': '' } },
});
