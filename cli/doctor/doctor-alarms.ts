/** What CloudWatch's alarms say. */
import { DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { Problem } from '../command/command.ts';
import type { Clients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';

/**
 * @returns how many there are, all of them quiet
 * @throws {Problem} that names those that are not, each with its article of the runbook
 */
export async function checkAlarms({ prefix, title }: Place, { cloudwatch }: Clients): Promise<string> {
  const alarms: MetricAlarm[] = [];
  let next: string | undefined;
  do {
    const page = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `${prefix}-`, MaxRecords: 100, NextToken: next }),
    );
    alarms.push(...(page.MetricAlarms ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  if (alarms.length === 0) {
    throw new Problem(`No alarm begins with ${prefix}-: nobody would be told of anything. Deploy ${title} again.`);
  }
  const loud = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  if (loud.length > 0) throw new Problem(loud.map((alarm) => told(alarm, prefix)).join(' '));
  const silenced = alarms.filter(({ ActionsEnabled }) => ActionsEnabled === false);
  if (silenced.length === 0) return `none of ${alarms.length} has gone off`;
  throw new Problem(
    `${silenced.length} of ${alarms.length} tell nobody, for their actions are switched off: ${names(silenced, prefix)}. ` +
      'Switch them on: "aws cloudwatch enable-alarm-actions --alarm-names …".',
  );
}

/** What breaks, and the article that says what to do, stand in the alarm's description. */
function told({ AlarmName = '', AlarmDescription = '', StateUpdatedTimestamp }: MetricAlarm, prefix: string): string {
  const since = StateUpdatedTimestamp === undefined ? '' : ` since ${StateUpdatedTimestamp.toISOString()}`;
  return `${AlarmName.slice(prefix.length + 1)} has gone off${since}: ${AlarmDescription.replace(/\.?$/, '.')}`;
}

const names = (alarms: readonly MetricAlarm[], prefix: string): string =>
  alarms.map(({ AlarmName = '' }) => AlarmName.slice(prefix.length + 1)).join(', ');
