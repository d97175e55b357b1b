/** Whether an alarm reaches a person: its topic takes it, and somebody has subscribed. */
import { type AlarmHistoryItem, type CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import { ListSubscriptionsByTopicCommand, type SNSClient } from '@aws-sdk/client-sns';
import { DAY } from '../../lambdas/shared/rules/values/instant.ts';
import { described, Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { describeAlarms } from './alarms.ts';
import { type Check, NotChecked } from './check.ts';

/** What an action failed for longer ago may have been fixed since without another alarm to show it. */
const HISTORY_MS = 14 * DAY;
/** Of 100 entries each: the history is that of all alarms of the account. */
const PAGES_MAX = 20;

/** @throws {Problem} that names the topics that refuse alarms, and those that nobody reads */
export const notifications: Check = async ({ place, now }) => {
  if (place.kind === 'local') return new NotChecked('there is no CloudWatch locally');
  const { prefix } = place;
  return withClients(place, ['cloudwatch', 'sns'], async ({ cloudwatch, sns }) => {
    const alarms = await describeAlarms(cloudwatch, prefix);
    const topics = [...new Set(alarms.flatMap(({ AlarmActions = [] }) => AlarmActions))].filter(isTopic);
    if (alarms.length > 0 && topics.length === 0) {
      throw new Problem('No alarm has a topic: set "alarmEmail" or "alarmTopicArn" in the configuration, and deploy.');
    }
    const failed = await failedActions(cloudwatch, `${prefix}-`, new Date(now - HISTORY_MS));
    const states = await Promise.all(topics.map(async (topic) => [topic, await readersOf(sns, topic)] as const));
    const problems = [...failed.map(refusalAsText), ...states.flatMap(([topic, state]) => loneliness(topic, state))];
    if (problems.length > 0) throw new Problem(problems.join(' '));
    const unknown = states.filter(([, { kind }]) => kind === 'unreadable').map(([topic]) => topic);
    if (unknown.length === 0) return `no notification failed, and each of ${topics.length} topics has a subscriber`;
    return `no notification failed; who subscribes to ${unknown.join(', ')}, you may not see`;
  });
};

const isTopic = (action: string): boolean => /^arn:[\w-]+:sns:/.test(action);

/** The last entry of each action that failed. One that has succeeded since works again. */
async function failedActions(cloudwatch: CloudWatchClient, prefix: string, since: Date): Promise<AlarmHistoryItem[]> {
  const last = new Map<string, AlarmHistoryItem>();
  let next: string | undefined;
  for (let pages = 0; pages === 0 || (next !== undefined && pages < PAGES_MAX); pages += 1) {
    const page = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({
        ...{ HistoryItemType: 'Action', StartDate: since, ScanBy: 'TimestampDescending', MaxRecords: 100 },
        NextToken: next,
      }),
    );
    for (const item of page.AlarmHistoryItems ?? []) {
      const action = actionOf(item);
      if (item.AlarmName?.startsWith(prefix) && action !== undefined && !last.has(action)) last.set(action, item);
    }
    next = page.NextToken;
  }
  return [...last.values()].filter(({ HistorySummary = '' }) => /^Failed to execute action/.test(HistorySummary));
}

/** @see https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger which quotes such an entry */
const actionOf = ({ HistorySummary = '' }: AlarmHistoryItem): string | undefined =>
  / action (arn:[^\s,]+?)\.?(\s|$)/.exec(HistorySummary)?.[1];

function refusalAsText(item: AlarmHistoryItem): string {
  const { AlarmName = '', Timestamp, HistorySummary = '' } = item;
  const when = Timestamp === undefined ? '' : ` at ${Timestamp.toISOString()}`;
  return (
    `An alarm told nobody: ${AlarmName}${when}: ${HistorySummary.replace(/\.?$/, '.')} Let the topic take what cloudwatch.amazonaws.com ` +
    `publishes (deploy again; a topic or key of your own: its policy), then try it: "aws cloudwatch set-alarm-state --alarm-name ` +
    `${AlarmName} --state-value ALARM --state-reason test".`
  );
}

type Readers = { readonly kind: 'some' | 'pending' | 'none' | 'gone' | 'unreadable' };

/** Who has subscribed to a topic: somebody, somebody who has not confirmed it, or nobody. */
async function readersOf(sns: SNSClient, TopicArn: string): Promise<Readers> {
  try {
    let pending = false;
    let next: string | undefined;
    do {
      const page = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken: next }));
      for (const { SubscriptionArn = '' } of page.Subscriptions ?? []) {
        if (SubscriptionArn.startsWith('arn:')) return { kind: 'some' };
        pending ||= SubscriptionArn === 'PendingConfirmation';
      }
      next = page.NextToken;
    } while (next !== undefined);
    return { kind: pending ? 'pending' : 'none' };
  } catch (error) {
    const { name } = described(error);
    if (/^NotFound/.test(name)) return { kind: 'gone' };
    // A topic of another account tells only its owner.
    if (/^(AuthorizationError|AccessDenied)/.test(name)) return { kind: 'unreadable' };
    throw error;
  }
}

function loneliness(topic: string, { kind }: Readers): string[] {
  const subscribe = `"aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint YOU@EXAMPLE.COM"`;
  if (kind === 'none') {
    return [
      `Nobody subscribes to ${topic}: its alarms reach no one. Set "alarmEmail" and deploy, or run ${subscribe}.`,
    ];
  }
  if (kind === 'pending') {
    return [
      `Nobody has confirmed a subscription to ${topic}: follow the link in AWS's mail, or ask for another by ${subscribe}.`,
    ];
  }
  return kind === 'gone' ? [`${topic} does not exist any more: its alarms reach no one. Deploy again.`] : [];
}
