/** Bugs in what is deployed around the code: sizes, queues, event sources, schedules, rights, storage. */
import type { Mutant } from '../mutant.ts';

const QUEUED = 'lib/steps/queued-function.ts';
const RECORDINGS = 'lib/steps/recording-steps.ts';
const CALLS = 'lib/steps/call-steps.ts';
const SCHEDULED = 'lib/steps/scheduled-steps.ts';
const LAMBDA = 'lib/steps/step-lambda.ts';
const STORAGE = 'lib/storage/storage.ts';
const TABLE = 'lib/storage/table.ts';
const DAYS = 'retentionPeriod: Duration.days(14),';

export const RESOURCES: readonly Mutant[] = [
  {
    name: 'lets look-up write any row',
    file: STORAGE,
    find: "step.allow(['dynamodb:PutItem'], [this.table.tableArn], ofAudit);",
    replace: "step.allow(['dynamodb:PutItem'], [this.table.tableArn]);",
    costs: 'A mistake in what answers people can change what was recorded.',
  },
  {
    name: 'hides a message for no longer than its function may run',
    file: QUEUED,
    find: 'Duration.seconds(6 * props.timeout.toSeconds())',
    replace: 'Duration.seconds(props.timeout.toSeconds())',
    costs: 'While Lambda throttles, a message comes again before it was taken, and is dead too soon.',
  },
  {
    name: 'fails a batch as a whole',
    file: QUEUED,
    find: 'reportBatchItemFailures: true,',
    replace: 'reportBatchItemFailures: false,',
    costs: 'What a step reports as failed counts as done: Lambda deletes the whole batch.',
  },
  {
    name: 'waits five minutes for a batch to fill',
    file: QUEUED,
    find: 'batchSize: props.batchSize,',
    replace: 'batchSize: props.batchSize,\n        maxBatchingWindow: Duration.minutes(5),',
    costs: 'No recording begins before its call is five minutes old.',
  },
  {
    name: 'deploys event sources that are off',
    file: QUEUED,
    find: 'maxConcurrency: props.maxConcurrency,',
    replace: 'maxConcurrency: props.maxConcurrency,\n        enabled: false,',
    costs: 'Nothing is recorded, copied or deleted.',
  },
  {
    name: 'forgets a dead letter after a day',
    file: QUEUED,
    find: `-dead-letters\`,\n      ${DAYS}`,
    replace: '-dead-letters`,\n      retentionPeriod: Duration.days(1),',
    costs: 'What failed on a Friday is gone on Monday.',
  },
  {
    name: 'forgets a message after an hour',
    file: QUEUED,
    find: `props.timeout.toSeconds()),\n      ${DAYS}`,
    replace: 'props.timeout.toSeconds()),\n      retentionPeriod: Duration.hours(1),',
    costs: 'An outage of Lambda empties the queues.',
  },
  {
    name: 'watches the queue in the place of its dead letters',
    file: QUEUED,
    find: 'this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({',
    replace: 'this.queue.metricApproximateNumberOfMessagesVisible({',
    costs: 'What is parked alarms nobody.',
  },
  {
    name: 'gives up a copy after three receives',
    file: RECORDINGS,
    find: 'maxConcurrency: configuration.copyConcurrency,\n    maxReceiveCount: 10,',
    replace: 'maxConcurrency: configuration.copyConcurrency,\n    maxReceiveCount: 3,',
    costs: 'Each passing trouble of Twilio leaves dead letters.',
  },
  {
    name: 'gives a copy a minute',
    file: RECORDINGS,
    find: 'timeout: Duration.minutes(15),',
    replace: 'timeout: Duration.minutes(1),',
    costs: 'Long recordings are never copied.',
  },
  {
    name: 'gives a start five receives',
    file: CALLS,
    find: 'maxReceiveCount: 50,',
    replace: 'maxReceiveCount: 5,',
    costs: 'A call that Twilio registers late becomes a dead letter.',
  },
  {
    name: 'has a start whose environment died wait for five minutes',
    file: CALLS,
    find: 'visibilityTimeout: Duration.seconds(30),',
    replace: 'visibilityTimeout: Duration.minutes(5),',
    costs: 'Five minutes of a conversation are on no recording.',
  },
  {
    name: 'reconciles once a day',
    file: SCHEDULED,
    find: 'runEvery(Duration.hours(1), step);',
    replace: 'runEvery(Duration.days(1), step);',
    costs: 'A recording whose callback was lost is found a day later.',
  },
  {
    name: 'sweeps every five minutes',
    file: SCHEDULED,
    find: 'runEvery(Duration.minutes(1), step, runs);\n  storage.allowDueIndex(step);',
    replace: 'runEvery(Duration.minutes(5), step, runs);\n  storage.allowDueIndex(step);',
    costs: 'A call whose message was lost goes unrecorded for five minutes.',
  },
  {
    name: 'deploys schedules that are off',
    file: SCHEDULED,
    find: 'schedule: Schedule.rate(pause),',
    replace: 'schedule: Schedule.rate(pause),\n    enabled: false,',
    costs: 'Nothing that was lost is found again, and nothing is deleted at Twilio.',
  },
  {
    name: 'has Lambda wrap each line of the log',
    file: LAMBDA,
    find: 'loggingFormat: LoggingFormat.TEXT,',
    replace: 'loggingFormat: LoggingFormat.JSON,',
    costs: 'No saved query finds a line, and CloudWatch finds no metric in one.',
  },
  {
    name: 'counts where no alarm looks',
    file: LAMBDA,
    find: 'POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,',
    replace: "POWERTOOLS_METRICS_NAMESPACE: 'Recorder',",
    costs: 'Every alarm on a metric of the steps is silent.',
  },
  {
    name: 'gives every function 128 MB',
    file: LAMBDA,
    find: 'memorySize: props.memory,',
    replace: 'memorySize: 128,',
    costs: 'Callers hear seconds of silence, and a copy ends for want of memory.',
  },
  {
    name: 'lets a step delete what it has stored',
    file: STORAGE,
    find: "['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload']",
    replace: "['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:DeleteObject']",
    costs: 'A bug in one step can take the recordings of all calls with it.',
  },
  {
    name: 'lets the steps read every secret of the account',
    file: STORAGE,
    find: "step.allow(['secretsmanager:GetSecretValue'], [this.secret.secretArn]);",
    replace: "step.allow(['secretsmanager:GetSecretValue'], ['*']);",
    costs: "A hole in one step opens everybody's credentials.",
  },
  {
    name: 'lets table, bucket and secret go with the stack',
    file: STORAGE,
    find: 'retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY',
    replace: 'RemovalPolicy.DESTROY',
    costs: 'Who deletes the stack deletes the recordings.',
  },
  {
    name: 'keeps no history of the table',
    file: TABLE,
    find: 'pointInTimeRecoveryEnabled: true',
    replace: 'pointInTimeRecoveryEnabled: false',
    costs: 'What a mistake has changed in the table cannot be restored.',
  },
  {
    name: 'leaves out of the index when a recording was complete',
    file: TABLE,
    find: "nonKeyAttributes: ['next', 'completedAt'],",
    replace: "nonKeyAttributes: ['next'],",
    costs: 'The age of the oldest copy is not known, and late copies alarm nobody.',
  },
  {
    name: 'keeps one version of each object',
    file: 'lib/storage/recordings-bucket.ts',
    find: 'versioned: true,',
    replace: 'versioned: false,',
    costs: 'What is overwritten or removed is gone.',
  },
  {
    name: 'lets anybody look calls up',
    file: 'lib/apis/webhook-api.ts',
    find: '{ integration: integration(step), authorizer, ...',
    replace: '{ integration: integration(step), ...',
    costs: 'Anyone who knows the address reads who called whom, and listens.',
  },
  {
    name: 'takes frames of audio to the function',
    file: 'lib/apis/stream-api.ts',
    find: 'this.api.addRoute(key, { integration })',
    replace: 'this.api.addRoute(key, { integration, returnResponse: true })',
    costs: 'Twilio is answered with what is no message of a stream, fifty times a second.',
  },
];
