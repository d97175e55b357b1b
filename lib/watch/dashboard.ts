/** The dashboard: how many calls are recorded, how soon, what is outstanding, what is parked, and what drives the cost. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
  type MetricOptions,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import {
  METRICS,
  METRICS_NAMESPACE,
  type MeasureName,
  type MetricName,
} from '../../lambdas/shared/contract/metrics.ts';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import type { StepContext } from '../steps/context.ts';
import { QueuedFunction } from '../steps/queued-function.ts';
import type { StepLambda } from '../steps/step-lambda.ts';
import type { Steps } from '../steps/steps.ts';

const PERIOD = Duration.minutes(5);
const DAY = Duration.days(1);
/** CloudWatch's grid is 24 wide. */
const FULL = 24;
const HALF = 12;
const THIRD = 8;

/** Shows a deployment on one page, by its name, `call-recorder-<stage>`. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, parts: StepContext, steps: Steps) {
    super(scope, id);
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: parts.prefix,
      defaultInterval: DAY,
    });
    dashboard.addWidgets(
      new TextWidget({
        markdown: `# ${parts.prefix}\nWhat to do about an alarm is in \`docs/runbook.md\`, under the name in its description.`,
        width: FULL,
        height: 2,
      }),
    );
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...parts.alarms.all], width: FULL, height: 4 }),
    );
    for (const row of [today(), calls(), starts(), copies(), deletions(), parked(steps), cost(parts, steps)]) {
      dashboard.addWidgets(...row);
    }
  }
}

/** A count of one step. */
const counted = (metricName: MetricName, service: Step, options: MetricOptions = {}): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service },
    statistic: 'Sum',
    period: PERIOD,
    label: metricName,
    ...options,
  });

/** A value that a step has measured. */
const measured = (metricName: MeasureName, service: Step, statistic: string, label: string): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service },
    statistic,
    period: PERIOD,
    label,
  });

/** Of the streams that started, how many were recorded: one hundred, but for what is under way where a period ends. */
function recordedShare(period: Duration): MathExpression {
  return new MathExpression({
    expression: '100 * (FILL(started, 0) + FILL(adopted, 0)) / streams',
    usingMetrics: {
      streams: counted(METRICS.streamStarted, 'stream-connect', { period }),
      started: counted(METRICS.recordingStarted, 'recording-start', { period }),
      adopted: counted(METRICS.recordingAdopted, 'recording-start', { period }),
    },
    label: 'Recorded, %',
    period,
  });
}

function graph(title: string, width: number, left: IMetric[], right: IMetric[] = []): IWidget {
  return new GraphWidget({ title, width, height: 6, left, right, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
}

function today(): IWidget[] {
  const ofTheDay = (metric: MetricName, step: Step, label: string) => counted(metric, step, { period: DAY, label });
  return [
    new SingleValueWidget({
      title: 'The last day',
      width: FULL,
      height: 4,
      period: DAY,
      metrics: [
        ofTheDay(METRICS.streamStarted, 'stream-connect', 'Calls'),
        recordedShare(DAY),
        ofTheDay(METRICS.callUnrecordable, 'recording-start', 'Not recordable'),
        ofTheDay(METRICS.recordingStored, 'recording-copy', 'Stored in S3'),
        ofTheDay(METRICS.recordingFellBack, 'recording-copy', 'Fallbacks'),
        ofTheDay(METRICS.recordingDeleted, 'recording-delete', 'Deleted at Twilio'),
      ],
    }),
  ];
}

function calls(): IWidget[] {
  return [
    graph('Calls and their recordings', HALF, [
      counted(METRICS.streamStarted, 'stream-connect', { label: 'Streams started' }),
      counted(METRICS.recordingStarted, 'recording-start', { label: 'Recordings started' }),
      counted(METRICS.recordingAdopted, 'recording-start', { label: 'Recordings adopted after a lost reply' }),
      counted(METRICS.callTooShort, 'recording-start', { label: 'Calls too short' }),
      counted(METRICS.callUnrecordable, 'recording-start', { label: 'Calls not recordable' }),
    ]),
    graph('Recorded share of the calls', HALF, [recordedShare(Duration.hours(1))]),
  ];
}

function starts(): IWidget[] {
  const attempts = (statistic: string) => measured('StartAttempts', 'recording-start', statistic, statistic);
  return [
    graph('Seconds from stream to recording', HALF, [
      measured('SecondsToRecording', 'recording-start', 'p50', 'Median'),
      measured('SecondsToRecording', 'recording-start', 'p90', 'Nine of ten'),
      measured('SecondsToRecording', 'recording-start', 'Maximum', 'Slowest'),
    ]),
    graph('Starts repeated because Twilio did not know the call yet', HALF, [
      new MathExpression({
        expression: 'requests - recordings',
        usingMetrics: { requests: attempts('Sum'), recordings: attempts('SampleCount') },
        label: 'Repeated requests',
        period: PERIOD,
      }),
      counted(METRICS.recordingStartRefused, 'recording-start', { label: 'Refused for another reason' }),
    ]),
  ];
}

function copies(): IWidget[] {
  return [
    graph(
      'Copies outstanding, and the age of the oldest',
      THIRD,
      [measured('CopiesOutstanding', 'sweep', 'Maximum', 'Copies outstanding')],
      [measured('OldestCopySeconds', 'sweep', 'Maximum', 'Seconds since the oldest was complete')],
    ),
    graph('Copies', THIRD, [
      counted(METRICS.recordingStored, 'recording-copy', { label: 'Stored' }),
      counted(METRICS.recordingCopyRetried, 'recording-copy', { label: 'Failed once or twice' }),
      counted(METRICS.recordingFellBack, 'recording-copy', { label: 'Failed more often: fallback' }),
    ]),
    graph('Seconds from the end of a recording to its copy', THIRD, [
      measured('SecondsToStored', 'recording-copy', 'p50', 'Median'),
      measured('SecondsToStored', 'recording-copy', 'Maximum', 'Slowest'),
    ]),
  ];
}

function deletions(): IWidget[] {
  return [
    graph('Deletions at Twilio', HALF, [
      measured('DeletionsDue', 'sweep', 'Maximum', 'Due'),
      counted(METRICS.recordingDeleted, 'recording-delete', { label: 'Done' }),
      counted(METRICS.deletionDoubtful, 'recording-delete', { label: 'Doubtful: kept' }),
      counted(METRICS.deletionRefused, 'recording-delete', { label: 'Refused by Twilio' }),
    ]),
    graph('Recordings without audio, extra ones, and events told', HALF, [
      counted(METRICS.recordingAbsent, 'recording-callback', { label: 'Absent: too short or silent' }),
      counted(METRICS.recordingFailed, 'recording-callback', { label: 'Failed at Twilio' }),
      counted(METRICS.extraRecording, 'recording-callback', { label: 'Extra recordings' }),
      counted(METRICS.reconciled, 'reconcile', { label: 'Found without a callback' }),
      counted(METRICS.eventAnnounced, 'announce', { label: 'Events told' }),
    ]),
  ];
}

/** What lies in the queues, and what has come to the end of the line. */
function parked(steps: Steps): IWidget[] {
  const workers = STEPS.map((step): StepLambda => steps[step]).filter((step) => step instanceof QueuedFunction);
  const visible = { period: PERIOD, statistic: 'Maximum' };
  return [
    graph(
      'Dead letters: what a person must look at',
      HALF,
      workers.map(({ step, deadLetterQueue }) =>
        deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...visible, label: step }),
      ),
    ),
    graph(
      'Seconds that the oldest message has waited',
      HALF,
      workers.map(({ step, queue }) => queue.metricApproximateAgeOfOldestMessage({ ...visible, label: step })),
    ),
  ];
}

/** What the bill is made of. */
function cost({ storage, stream }: StepContext, steps: Steps): IWidget[] {
  const functions = STEPS.map((step) => steps[step]);
  const capacity = (metricName: string, label: string) =>
    new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: { TableName: storage.table.tableName },
      statistic: 'Sum',
      period: PERIOD,
      label,
    });
  return [
    graph(
      'Lambda invocations',
      HALF,
      functions.map(({ step, function: lambda }) => lambda.metricInvocations({ period: PERIOD, label: step })),
    ),
    graph(
      'Lambda milliseconds',
      HALF,
      functions.map(({ step, function: lambda }) =>
        lambda.metricDuration({ period: PERIOD, statistic: 'Sum', label: step }),
      ),
    ),
    graph('WebSocket messages: frames while disclaimers play', THIRD, [
      stream.metric('MessageCount', { statistic: 'Sum', period: PERIOD, label: 'Messages' }),
      stream.metric('ConnectCount', { statistic: 'Sum', period: PERIOD, label: 'Connections' }),
    ]),
    graph('Table capacity, indexes aside', THIRD, [
      capacity('ConsumedReadCapacityUnits', 'Read units'),
      capacity('ConsumedWriteCapacityUnits', 'Write units'),
    ]),
    graph('Bytes in the bucket', THIRD, [
      new Metric({
        namespace: 'AWS/S3',
        metricName: 'BucketSizeBytes',
        dimensionsMap: { BucketName: storage.bucket.bucketName, StorageType: 'StandardStorage' },
        statistic: 'Average',
        period: DAY,
        label: 'Standard storage',
        region: Stack.of(storage).region,
      }),
    ]),
  ];
}
