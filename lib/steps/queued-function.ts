/** A worker: a queue, the function that it feeds, a dead-letter queue for messages that keep failing, and its alarm. */
import { Duration, Validations } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { Encryption } from '../storage/encryption.ts';
import type { Severity } from '../watch/alarm-text.ts';
import type { Alarms } from '../watch/alarms.ts';
import { StepLambda, type StepLambdaProps } from './step-lambda.ts';

export interface QueuedFunctionProps extends StepLambdaProps {
  readonly alarms: Alarms;
  readonly encryption: Encryption;
  /** Of the alarm on the dead-letter queue. */
  readonly severity: Severity;
  /** What goes wrong for callers or owners once a message is in the dead-letter queue: one sentence, for the alarm. */
  readonly whatBreaks: string;
  /** Messages in one invocation. */
  readonly batchSize: number;
  /** Concurrent invocations, at least 2. */
  readonly maxConcurrency: number;
  /**
   * How long a received message stays hidden, and so how long it waits after its environment has died. Default: six times the
   * function's timeout, as Lambda's guide asks, which leaves time to retry throttled batches.
   */
  readonly visibilityTimeout?: Duration;
  /** How often a message is received before it goes to the dead-letter queue. */
  readonly maxReceiveCount: number;
}

/** A worker of a step. The step's name is also its construct id and the name of the alarm's runbook article. */
export class QueuedFunction extends StepLambda {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  private readonly encryption: Encryption;

  constructor(scope: Construct, step: Step, props: QueuedFunctionProps) {
    super(scope, step, props);
    this.encryption = props.encryption;
    const key = props.encryption.keyFor('queues');
    const encrypted =
      key === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: key };
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      queueName: `${props.prefix}-${step}-dead-letters`,
      retentionPeriod: Duration.days(14),
      ...encrypted,
      enforceSSL: true,
    });
    Validations.of(this.deadLetterQueue).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is the end of the line: an alarm calls a person, who redrives the messages.',
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: `${props.prefix}-${step}`,
      visibilityTimeout: props.visibilityTimeout ?? Duration.seconds(6 * props.timeout.toSeconds()),
      retentionPeriod: Duration.days(14),
      ...encrypted,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
    });
    this.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: props.batchSize,
        maxConcurrency: props.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    Validations.of(this.function).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason:
        'SQS event sources have no such destination; the queue itself moves to its dead letters what keeps failing.',
    });
    props.alarms.add(
      `${step}-dead-letters`,
      { severity: props.severity, article: step, whatBreaks: props.whatBreaks, step },
      this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
    );
  }

  /** Allows a step to put messages on the queue. */
  allowSending(step: StepLambda): void {
    step.allow(['sqs:SendMessage'], [this.queue.queueArn]);
    this.encryption.allow(step, 'queues', 'write');
  }
}
