/**
 * List prices of AWS in us-east-1 and of Twilio, US dollars, without free tiers and discounts, and what a call's requests come to.
 *
 * The benchmark and the document of costs share them. Compare them with the pages named here before you rely on them.
 */

/** When the prices were last compared with public sources. */
export const PRICES_CHECKED_ON = '2026-11-23';

const MILLION = 1_000_000;

export const PRICES = {
  /** https://aws.amazon.com/api-gateway/pricing/: WebSocket APIs; a message of up to 32 kB, either way, counts once. */
  webSocketMessage: 1.0 / MILLION,
  webSocketConnectionMinute: 0.25 / MILLION,
  /** The same page: HTTP APIs. */
  httpRequest: 1.0 / MILLION,
  /** https://aws.amazon.com/lambda/pricing/: arm64. */
  lambdaRequest: 0.2 / MILLION,
  lambdaGigabyteSecond: 0.0000133334,
  /** https://aws.amazon.com/sqs/pricing/: standard queues. */
  sqsRequest: 0.4 / MILLION,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/: a unit is 1 kB written, or 4 kB read strongly. */
  dynamoDbWriteUnit: 0.625 / MILLION,
  dynamoDbReadUnit: 0.125 / MILLION,
  /** https://aws.amazon.com/s3/pricing/: PUT, COPY, POST, LIST. */
  s3Write: 0.005 / 1000,
  /** GET and all other requests. */
  s3Read: 0.0004 / 1000,
  s3GigabyteMonth: 0.023,
  s3GlacierInstantGigabyteMonth: 0.004,
  s3DeepArchiveGigabyteMonth: 0.00099,
  /** By a lifecycle rule, an object. */
  s3ToGlacierInstant: 0.02 / 1000,
  s3ToDeepArchive: 0.05 / 1000,
  /** https://aws.amazon.com/secrets-manager/pricing/ */
  secretRead: 0.05 / 10_000,
  secretMonth: 0.4,
  /** https://aws.amazon.com/eventbridge/pricing/: events of one's own. */
  eventBridgeEvent: 1.0 / MILLION,
  /** https://aws.amazon.com/cloudwatch/pricing/: standard log class, ingestion. */
  logGigabyte: 0.5,
  /** The same page; the first ten thousand metrics. */
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3.0,
  /**
   * Twilio's storage of recordings, a begun minute and month, beyond the account's first 10,000 minutes:
   * https://help.twilio.com/articles/14486716328091
   */
  twilioStoredMinuteMonth: 0.0005,
  /** https://www.twilio.com/en-us/voice/pricing/us: local numbers of the United States; each begun minute. */
  twilioOutboundMinute: 0.014,
  twilioInboundMinute: 0.0085,
  /** The same page: recording, and media streams. */
  twilioRecordedMinute: 0.0025,
  twilioStreamedMinute: 0.004,
} as const;

/** What one call takes of AWS. */
export interface CallQuantities {
  readonly webSocketMessages: number;
  readonly webSocketConnectionMinutes: number;
  readonly httpRequests: number;
  readonly lambdaRequests: number;
  readonly lambdaGigabyteSeconds: number;
  readonly sqsRequests: number;
  readonly dynamoDbWriteUnits: number;
  readonly dynamoDbReadUnits: number;
  readonly s3Writes: number;
  readonly s3Reads: number;
  readonly secretReads: number;
  readonly eventBridgeEvents: number;
  readonly logBytes: number;
}

/** Lines that Lambda itself writes for each invocation: START, END and REPORT. */
export const LAMBDA_LOG_BYTES = 350;
export const FRAMES_PER_SECOND = 50;
/** As cheap as can be: the smallest memory, the shortest time that is billed. */
const FRAME_GIGABYTE_SECONDS = 0.125 * 0.001;

/** What a call of so many seconds takes with a function for each audio frame beside. */
export function withLambdaPerFrame(of: CallQuantities, seconds: number): CallQuantities {
  const frames = seconds * FRAMES_PER_SECOND;
  return {
    ...of,
    webSocketMessages: of.webSocketMessages + frames,
    webSocketConnectionMinutes: Math.max(of.webSocketConnectionMinutes, Math.ceil(seconds / 60)),
    lambdaRequests: of.lambdaRequests + frames,
    lambdaGigabyteSeconds: of.lambdaGigabyteSeconds + frames * FRAME_GIGABYTE_SECONDS,
    logBytes: of.logBytes + frames * LAMBDA_LOG_BYTES,
  };
}

/** Dollars by item; what S3 stores is not in it, since that depends on how long it is kept. */
export function dollarsByItem(of: CallQuantities): { readonly [item: string]: number } {
  return {
    'WebSocket messages': of.webSocketMessages * PRICES.webSocketMessage,
    'WebSocket connection': of.webSocketConnectionMinutes * PRICES.webSocketConnectionMinute,
    'HTTP API': of.httpRequests * PRICES.httpRequest,
    'Lambda requests': of.lambdaRequests * PRICES.lambdaRequest,
    'Lambda time': of.lambdaGigabyteSeconds * PRICES.lambdaGigabyteSecond,
    SQS: of.sqsRequests * PRICES.sqsRequest,
    'DynamoDB writes': of.dynamoDbWriteUnits * PRICES.dynamoDbWriteUnit,
    'DynamoDB reads': of.dynamoDbReadUnits * PRICES.dynamoDbReadUnit,
    'S3 requests': of.s3Writes * PRICES.s3Write + of.s3Reads * PRICES.s3Read,
    Secret: of.secretReads * PRICES.secretRead,
    EventBridge: of.eventBridgeEvents * PRICES.eventBridgeEvent,
    Logs: (of.logBytes / 1e9) * PRICES.logGigabyte,
  };
}

export const dollarsOf = (of: CallQuantities): number =>
  Object.values(dollarsByItem(of)).reduce((sum, dollars) => sum + dollars, 0);
