/** Bugs in what watches: alarms that nobody gets, that look at the wrong thing, or that sound too late. */
import type { Mutant } from '../mutant.ts';

const ALARMS = 'lib/watch/alarms.ts';
const METRICS = 'lib/watch/metric-alarms.ts';
const TOPICS = 'lib/watch/topics.ts';

export const WATCHING: readonly Mutant[] = [
  {
    name: 'tells nobody of an alarm, but of its end',
    file: ALARMS,
    find: 'alarm.addAlarmAction(',
    replace: 'alarm.addOkAction(',
    costs: 'The first that a person hears of a trouble is that it is over.',
  },
  {
    name: 'deploys alarms whose actions are off',
    file: ALARMS,
    find: '      threshold,\n      evaluationPeriods,\n',
    replace: '      actionsEnabled: false,\n      threshold,\n      evaluationPeriods,\n',
    costs: 'No alarm reaches anybody.',
  },
  {
    name: 'sounds at the tenth count',
    file: ALARMS,
    find: 'threshold = 1, evaluationPeriods = 1,',
    replace: 'threshold = 10, evaluationPeriods = 1,',
    costs: 'Nine calls can go unrecorded before a person hears of it.',
  },
  {
    name: 'waits for three bad periods',
    file: ALARMS,
    find: 'threshold = 1, evaluationPeriods = 1,',
    replace: 'threshold = 1, evaluationPeriods = 3,',
    costs: 'What happens once never alarms.',
  },
  {
    name: 'tells the page of everything that fails by the mean',
    file: ALARMS,
    find: 'step.function.metricErrors({ period: PERIOD })',
    replace: "step.function.metricErrors({ period: PERIOD, statistic: 'Average' })",
    costs: 'An alarm on errors sounds only when each invocation fails.',
  },
  {
    name: 'looks at an hour for throttles',
    file: ALARMS,
    find: 'step.function.metricThrottles({ period: PERIOD })',
    replace: 'step.function.metricThrottles({ period: Duration.hours(6) })',
    costs: 'Callers hear an error for hours before a person does.',
  },
  {
    name: 'looks at a metric under another name of its step',
    file: 'lib/watch/step-metrics.ts',
    find: '{ service, stage: this.stage }',
    replace: "{ service: (service + 's') as Step, stage: this.stage }",
    costs: 'No alarm finds its metric.',
  },
  {
    name: 'sends notices to those who are called at night',
    file: ALARMS,
    find: 'this.topics[text.severity]',
    replace: 'this.topics.page',
    costs: 'Pages are no longer believed.',
  },
  {
    name: 'calls a copy late after ten days',
    file: METRICS,
    find: 'threshold: 24 * 3600,',
    replace: 'threshold: 240 * 3600,',
    costs: 'A copy that hangs is heard of after Twilio may have lost the recording.',
  },
  {
    name: 'calls a start late after half an hour',
    file: METRICS,
    find: 'threshold: 30,',
    replace: 'threshold: 1800,',
    costs: 'Recordings that begin minutes after their calls are nobody’s concern.',
  },
  {
    name: 'lets nobody publish to the topic',
    file: TOPICS,
    find: "actions: ['sns:Publish'],",
    replace: "actions: ['sns:Subscribe'],",
    costs: 'CloudWatch may not tell anybody: every alarm is silent.',
  },
  {
    name: "takes alarms of everybody's accounts",
    file: TOPICS,
    find: "conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },",
    replace: '',
    costs: 'Anybody with an account of AWS can wake the owner.',
  },
  {
    name: 'subscribes nobody to the notices',
    file: TOPICS,
    find: 'email: noticeEmail ?? alarmEmail',
    replace: 'email: noticeEmail',
    costs: 'Who gives one address hears of pages alone.',
  },
];
