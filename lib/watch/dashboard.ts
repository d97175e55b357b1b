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
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS, type MetricName } from '../../lambdas/shared/contract/metrics.ts';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import type { StepContext } from '../steps/context.ts';
import { QueuedFunction } from '../steps/queued-function.ts';
import type { StepLambda } from '../steps/step-lambda.ts';
import type { Steps } from '../steps/steps.ts';
import { articleRows } from './articles.ts';
import { Drawn, GRAPH_PERIOD } from './drawn.ts';

const DAY = Duration.days(1);
/** CloudWatch's grid is 24 wide. */
const FULL = 24;
const [HALF, THIRD] = [12, 8];

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
        markdown: `# ${parts.prefix}\nWhat to do about an alarm stands below the graphs, in the article that its description names.`,
        width: FULL,
        height: 2,
      }),
    );
    dashboard.addWidgets(
      // Two, since CloudWatch shows at most a hundred alarms in one.
      new AlarmStatusWidget({ title: 'Pages', alarms: [...parts.alarms.of('page')], width: HALF, height: 6 }),
      new AlarmStatusWidget({ title: 'Notices', alarms: [...parts.alarms.of('notice')], width: HALF, height: 6 }),
    );
    const drawn = new Drawn(parts.configuration.stage);
    const hasCanary = parts.configuration.canary !== undefined;
    const ofCalls = [today(drawn, hasCanary), calls(drawn), starts(drawn), copies(drawn), deletions(drawn)];
    const rows = [...ofCalls, parked(steps), cost(parts, steps), ...articleRows(parts.prefix)];
    for (const row of rows) dashboard.addWidgets(...row);
  }
}

/** Of the calls with a stream, or with TwiML that records, how many were recorded: one hundred, but for what is under way where a period ends. */
function recordedShare(drawn: Drawn, period: Duration): MathExpression {
  return new MathExpression({
    expression: '100 * (FILL(started, 0) + FILL(adopted, 0) + FILL(reported, 0)) / (FILL(streams, 0) + FILL(twiml, 0))',
    usingMetrics: {
      streams: drawn.counted(METRICS.streamStarted, 'stream-connect', { period }),
      twiml: drawn.counted(METRICS.callByTwiml, 'incoming-call', { period }),
      reported: drawn.counted(METRICS.recordingStarted, 'recording-callback', { period }),
      started: drawn.counted(METRICS.recordingStarted, 'recording-start', { period }),
      adopted: drawn.counted(METRICS.recordingAdopted, 'recording-start', { period }),
    },
    label: 'Recorded, %',
    period,
  });
}

function graph(title: string, width: number, left: IMetric[], right: IMetric[] = []): IWidget {
  return new GraphWidget({ title, width, height: 6, left, right, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
}

function today(drawn: Drawn, hasCanary: boolean): IWidget[] {
  const day = (metric: MetricName, step: Step, label: string) => drawn.counted(metric, step, { period: DAY, label });
  return [
    new SingleValueWidget({
      title: 'The last day',
      width: FULL,
      height: 4,
      period: DAY,
      metrics: [
        day(METRICS.callAnswered, 'incoming-call', 'Calls'),
        recordedShare(drawn, DAY),
        day(METRICS.callUnrecordable, 'recording-start', 'Not recordable'),
        day(METRICS.callUnaccounted, 'reconcile', 'Unknown to the recorder'),
        drawn.measured('ReconcileAgeSeconds', 'sweep', 'Maximum', "Seconds since Twilio's lists were compared"),
        day(METRICS.recordingStored, 'recording-copy', 'Stored in S3'),
        day(METRICS.recordingFellBack, 'recording-copy', 'Fallbacks'),
        day(METRICS.recordingDeleted, 'recording-delete', 'Deleted at Twilio'),
        ...(hasCanary ? [drawn.measured('CanarySeconds', 'canary', 'Maximum', 'Seconds that a canary took')] : []),
      ],
    }),
  ];
}

function calls(drawn: Drawn): IWidget[] {
  return [
    graph('Calls and their recordings', HALF, [
      drawn.counted(METRICS.callAnswered, 'incoming-call', { label: 'Calls answered' }),
      drawn.counted(METRICS.streamStarted, 'stream-connect', { label: 'Streams started' }),
      drawn.counted(METRICS.recordingStarted, 'recording-start', { label: 'Recordings started' }),
      drawn.counted(METRICS.recordingStarted, 'recording-callback', { label: 'Recordings started by TwiML' }),
      drawn.counted(METRICS.recordingAdopted, 'recording-start', { label: 'Recordings adopted after a lost reply' }),
      drawn.counted(METRICS.callTooShort, 'recording-start', { label: 'Calls too short' }),
      drawn.counted(METRICS.callUnrecordable, 'recording-start', { label: 'Calls not recordable' }),
    ]),
    graph('Recorded share of the calls', HALF, [recordedShare(drawn, Duration.hours(1))]),
  ];
}

function starts(drawn: Drawn): IWidget[] {
  const attempts = (statistic: string) => drawn.measured('StartAttempts', 'recording-start', statistic, statistic);
  return [
    graph('Seconds from stream to recording', HALF, [
      drawn.measured('SecondsToRecording', 'recording-start', 'p50', 'Median'),
      drawn.measured('SecondsToRecording', 'recording-start', 'p90', 'Nine of ten'),
      drawn.measured('SecondsToRecording', 'recording-start', 'Maximum', 'Slowest'),
      drawn.measured('OldestUnrecordedSeconds', 'sweep', 'Maximum', 'Oldest without one'),
    ]),
    graph('Starts repeated because Twilio did not know the call yet', HALF, [
      new MathExpression({
        expression: 'requests - recordings',
        usingMetrics: { requests: attempts('Sum'), recordings: attempts('SampleCount') },
        label: 'Repeated requests',
        period: GRAPH_PERIOD,
      }),
      drawn.counted(METRICS.recordingStartRefused, 'recording-start', { label: 'Refused for another reason' }),
    ]),
  ];
}

function copies(drawn: Drawn): IWidget[] {
  return [
    graph(
      'Copies outstanding, and the age of the oldest',
      THIRD,
      [drawn.measured('CopiesOutstanding', 'sweep', 'Maximum', 'Copies outstanding')],
      [
        drawn.measured('OldestCopySeconds', 'sweep', 'Maximum', 'Seconds since the oldest was complete'),
        drawn.measured('OldestUntakenCopySeconds', 'sweep', 'Maximum', 'Seconds on the queue, not taken up'),
      ],
    ),
    graph('Copies', THIRD, [
      drawn.counted(METRICS.recordingStored, 'recording-copy', { label: 'Stored' }),
      drawn.counted(METRICS.recordingCopyRetried, 'recording-copy', { label: 'Failed once or twice' }),
      drawn.counted(METRICS.peaksNotKept, 'recording-copy', { label: 'Stored without peaks' }),
      drawn.counted(METRICS.recordingFellBack, 'recording-copy', { label: 'Failed more often: fallback' }),
    ]),
    graph('Seconds from the end of a recording to its copy', THIRD, [
      drawn.measured('SecondsToStored', 'recording-copy', 'p50', 'Median'),
      drawn.measured('SecondsToStored', 'recording-copy', 'Maximum', 'Slowest'),
    ]),
  ];
}

function deletions(drawn: Drawn): IWidget[] {
  return [
    graph(
      'Deletions at Twilio',
      HALF,
      [
        drawn.measured('DeletionsDue', 'sweep', 'Maximum', 'Due'),
        drawn.counted(METRICS.recordingDeleted, 'recording-delete', { label: 'Done' }),
        drawn.counted(METRICS.deletionDoubtful, 'recording-delete', { label: 'Doubtful: kept' }),
        drawn.counted(METRICS.deletionRefused, 'recording-delete', { label: 'Refused by Twilio' }),
      ],
      [drawn.measured('OldestDueDeletionSeconds', 'sweep', 'Maximum', 'Seconds since the oldest was due')],
    ),
    graph('Recordings without audio, extra ones, and events told', HALF, [
      drawn.counted(METRICS.recordingAbsent, 'recording-callback', { label: 'Absent: too short or silent' }),
      drawn.counted(METRICS.recordingFailed, 'recording-callback', { label: 'Failed at Twilio' }),
      drawn.counted(METRICS.extraRecording, 'recording-callback', { label: 'Extra recordings' }),
      drawn.counted(METRICS.reconciled, 'reconcile', { label: 'Found without a callback' }),
      drawn.counted(METRICS.eventAnnounced, 'announce', { label: 'Events told' }),
    ]),
  ];
}

/** What lies in the queues, and what has come to the end of the line. */
function parked(steps: Steps): IWidget[] {
  const workers = STEPS.map((step): StepLambda => steps[step]).filter((step) => step instanceof QueuedFunction);
  const visible = { period: GRAPH_PERIOD, statistic: 'Maximum' };
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
      period: GRAPH_PERIOD,
      label,
    });
  return [
    graph(
      'Lambda invocations',
      HALF,
      functions.map(({ step, function: lambda }) => lambda.metricInvocations({ period: GRAPH_PERIOD, label: step })),
    ),
    graph(
      'Lambda milliseconds',
      HALF,
      functions.map(({ step, function: lambda }) =>
        lambda.metricDuration({ period: GRAPH_PERIOD, statistic: 'Sum', label: step }),
      ),
    ),
    graph('WebSocket messages: frames while disclaimers play', THIRD, [
      stream.metric('MessageCount', { statistic: 'Sum', period: GRAPH_PERIOD, label: 'Messages' }),
      stream.metric('ConnectCount', { statistic: 'Sum', period: GRAPH_PERIOD, label: 'Connections' }),
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
