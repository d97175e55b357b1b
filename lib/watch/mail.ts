/** What an alarm's mail says: what breaks and for whom, what to do first, and where to look, with links that open. */
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StepAlarmText } from './alarm-text.ts';
import { queryText } from './log-queries.ts';
import { firstStepOf } from './runbook.ts';

/** The query of the link, saved under the same name. */
const QUERY = 'errors';

/**
 * The description of an alarm, which is part of its mail.
 *
 * CloudWatch takes 1,024 characters (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
 */
export function alarmMail(scope: Construct, prefix: string, alarm: StepAlarmText): string {
  const cloudWatch = consoleOf(scope);
  return [
    `${alarm.severity.toUpperCase()}: ${alarm.whatBreaks}`,
    `First: ${firstStepOf(alarm.article, prefix)}`,
    `Article "${alarm.article}": ${cloudWatch}#dashboards/dashboard/${prefix}`,
    `Log: ${cloudWatch}#logsV2:logs-insights$3FqueryDetail$3D${queryDetail(queryText(QUERY), `/${prefix}/${alarm.step}`)}`,
  ].join('\n');
}

/** CloudWatch's console in the region of the stack. */
function consoleOf(scope: Construct): string {
  const { region } = Stack.of(scope);
  const known = Token.isUnresolved(region) ? (process.env.CDK_DEFAULT_REGION ?? '') : region;
  return `https://${region}.${consoleDomainIn(known)}/cloudwatch/home?region=${region}`;
}

/** Where the console of a region is. */
export function consoleDomainIn(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn';
  return region.startsWith('us-gov-') ? 'console.amazonaws-us-gov.com' : 'console.aws.amazon.com';
}

/**
 * A query over the last hour of a log group, as the console's own links have it: nested lists of `~` and brackets, escaped twice, with `$` for
 * `%`; texts begin with an apostrophe, and have `*` for `%`. No AWS document describes it; Stack Overflow does: "Is there a way to generate
 * the AWS Console URLs for CloudWatch Log Group filters?"
 */
function queryDetail(query: string, logGroup: string): string {
  const text = (value: string) =>
    `'${encodeURIComponent(value)
      .replaceAll(/[!'()*~]/g, hex)
      .replaceAll('%', '*')}`;
  const fields = ['end~0', 'start~-3600', `timeType~${text('RELATIVE')}`, `unit~${text('seconds')}`];
  const detail = `~(${fields.join('~')}~editorString~${text(query)}~source~(~${text(logGroup)}))`;
  return detail.replaceAll(/[~()']/g, (character) => `$25${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

const hex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
