import type { Backend } from '../../system/backends.ts';

export interface PlainReply {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

export type Refusal = 'error-500' | 'error-503' | 'throttled';

type Refusals = { readonly [refusal in Refusal]: readonly [status: number, code: string, message: string] };

/** How each service refuses a request, in its own shape, so that its client recognizes what it means. */
export function refusalOf(backend: Backend, refusal: Refusal): PlainReply {
  const { shape, ...refusals } = REFUSALS[backend];
  return shape(...refusals[refusal]);
}

const UNAVAILABLE = 'The service is temporarily unavailable.';
const THROTTLED = [400, 'ThrottlingException', 'Rate exceeded'] as const;

const REFUSALS: {
  readonly [backend in Backend]: Refusals & {
    readonly shape: (status: number, code: string, message: string) => PlainReply;
  };
} = {
  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
  dynamodb: {
    shape: (...refusal) => json(...refusal, 'application/x-amz-json-1.0'),
    'error-500': [500, 'com.amazonaws.dynamodb.v20120810#InternalServerError', 'Internal server error'],
    'error-503': [503, 'com.amazon.coral.availability#ServiceUnavailable', UNAVAILABLE],
    throttled: [
      400,
      'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded.',
    ],
  },
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
  secretsmanager: {
    shape: json,
    'error-500': [500, 'InternalServiceError', 'An error occurred on the server side.'],
    'error-503': [503, 'ServiceUnavailable', UNAVAILABLE],
    throttled: THROTTLED,
  },
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html */
  eventbridge: {
    shape: json,
    'error-500': [500, 'InternalException', 'This exception occurs due to unexpected causes.'],
    'error-503': [503, 'ServiceUnavailable', UNAVAILABLE],
    throttled: THROTTLED,
  },
  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors */
  sqs: {
    shape: queueRefusal,
    'error-500': [500, 'InternalFailure', 'The request processing has failed because of an unknown error.'],
    'error-503': [503, 'ServiceUnavailable', UNAVAILABLE],
    throttled: [400, 'RequestThrottled', 'The request was denied due to request throttling.'],
  },
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
  s3: {
    shape: s3Refusal,
    'error-500': [500, 'InternalError', 'We encountered an internal error. Please try again.'],
    'error-503': [503, 'ServiceUnavailable', 'Service is unable to handle request.'],
    throttled: [503, 'SlowDown', 'Please reduce your request rate.'],
  },
  /** https://www.twilio.com/docs/api/errors/20429 and its neighbours */
  twilio: {
    shape: twilioRefusal,
    'error-500': [500, '20500', 'Internal Server Error'],
    'error-503': [503, '20503', 'Service Unavailable'],
    throttled: [429, '20429', 'Too Many Requests'],
  },
};

function json(status: number, code: string, message: string, contentType = 'application/x-amz-json-1.1'): PlainReply {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify({ __type: code, message }) };
}

/** SQS names its older codes, by which clients know a throttling, in a header of its own. */
function queueRefusal(status: number, code: string, message: string): PlainReply {
  const { headers, ...reply } = json(status, `com.amazonaws.sqs#${code}`, message, 'application/x-amz-json-1.0');
  return { ...reply, headers: { ...headers, 'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}` } };
}

function s3Refusal(status: number, code: string, message: string): PlainReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

function twilioRefusal(status: number, code: string, message: string): PlainReply {
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  const body = JSON.stringify({ code: Number(code), message, more_info, status });
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body };
}
