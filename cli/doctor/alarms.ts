/** What CloudWatch's alarms say. */
import { type CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { type Check, NotChecked } from './check.ts';

/** All of them are quiet. @throws {Problem} that names those that are not, each with its article of the runbook */
export const alarms: Check = async ({ place }) => {
  if (place.kind === 'local') return new NotChecked('there is no CloudWatch locally');
  const { prefix, title } = place;
  const found = await withClients(place, ['cloudwatch'], ({ cloudwatch }) => describeAlarms(cloudwatch, prefix));
  if (found.length === 0) {
    throw new Problem(`No alarm begins with ${prefix}-: nobody would be notified of anything. Deploy ${title} again.`);
  }
  const inAlarm = found.filter(({ StateValue }) => StateValue === 'ALARM');
  if (inAlarm.length > 0) throw new Problem(inAlarm.map((alarm) => asText(alarm, prefix)).join(' '));
  const silenced = found.filter(({ ActionsEnabled }) => ActionsEnabled === false);
  if (silenced.length === 0) return `none of ${found.length} is in ALARM`;
  throw new Problem(
    `${silenced.length} of ${found.length} notify nobody, for their actions are switched off: ${names(silenced, prefix)}. ` +
      `Switch them on: "aws cloudwatch enable-alarm-actions --alarm-names ${silenced.map(({ AlarmName }) => AlarmName).join(' ')}".`,
  );
};

/** Those of one deployment. */
export async function describeAlarms(cloudwatch: CloudWatchClient, prefix: string): Promise<MetricAlarm[]> {
  const alarms: MetricAlarm[] = [];
  let next: string | undefined;
  do {
    const page = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `${prefix}-`, MaxRecords: 100, NextToken: next }),
    );
    alarms.push(...(page.MetricAlarms ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  return alarms;
}

/** What breaks, what to do first, and the article that says more, stand in the alarm's description. */
function asText({ AlarmName = '', AlarmDescription = '', StateUpdatedTimestamp }: MetricAlarm, prefix: string): string {
  const since = StateUpdatedTimestamp === undefined ? '' : ` since ${StateUpdatedTimestamp.toISOString()}`;
  const [, what = '', first = '', article = ''] =
    /^\w+: (.*)\nFirst: (.*)\nArticle "(.*?)"/.exec(AlarmDescription) ?? [];
  return `${AlarmName.slice(prefix.length + 1)} is in ALARM${since}: ${what} ${first} See docs/runbook.md#${article}.`;
}

const names = (alarms: readonly MetricAlarm[], prefix: string): string =>
  alarms.map(({ AlarmName = '' }) => AlarmName.slice(prefix.length + 1)).join(', ');
