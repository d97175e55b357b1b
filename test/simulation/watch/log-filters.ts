/** Metrics that are filtered from the access logs of the APIs, as they are deployed. */
import { resourcesOfType, type Template } from '../../../local/template/assembly.ts';
import type { MetricName } from '../../../sim/aws/metrics.ts';
import type { Json } from '../../lib/synthesized.ts';

export type Api = 'HTTP' | 'WEBSOCKET';

export interface LogFilter {
  readonly api: Api;
  readonly pattern: string;
  readonly metric: MetricName;
}

/** A line of an access log, as far as a filter looks at it. */
export interface AccessLogLine {
  readonly routeKey: string;
  readonly status: string;
}

export const logFilters = (template: Template): LogFilter[] =>
  resourcesOfType(template, 'AWS::Logs::MetricFilter').map(([, { Properties }]: [string, Json]) => {
    const { LogGroupName, FilterPattern: pattern, MetricTransformations } = Properties;
    const [{ MetricNamespace: namespace, MetricName: name }] = MetricTransformations;
    return { api: apiOfLogs(template, LogGroupName.Ref), pattern, metric: { namespace, name, dimensions: {} } };
  });

function apiOfLogs(template: Template, logGroup: string): Api {
  const stages: [string, Json][] = resourcesOfType(template, 'AWS::ApiGatewayV2::Stage');
  const stage = stages.find(
    ([, { Properties }]) => Properties.AccessLogSettings.DestinationArn['Fn::GetAtt'][0] === logGroup,
  );
  const api: Json = template.Resources[stage?.[1].Properties.ApiId.Ref];
  return api.Properties.ProtocolType;
}

/**
 * Whether a line matches a filter of comparisons of texts, with `&&`, `||` and brackets.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function matches(pattern: string, line: AccessLogLine): boolean {
  const [, body = ''] = /^\{ (.*) \}$/.exec(pattern) ?? [];
  let text = body.replaceAll(/\$\.(\w+) (!?=) "([^"]*)"/g, (_all, field, operator, wanted) => {
    const like = new RegExp(
      `^${wanted
        .split('*')
        .map((part: string) => part.replaceAll(/[.$^]/g, '\\$&'))
        .join('.*')}$`,
    );
    return String(like.test(line[field as keyof AccessLogLine] ?? '') === (operator === '='));
  });
  for (let before = ''; before !== text; ) {
    before = text;
    text = text
      .replaceAll(/\((true|false)\)/g, '$1')
      .replaceAll(/(true|false) && (true|false)/g, (_all, one, other) => String(one === 'true' && other === 'true'));
    if (before === text) {
      text = text.replace(/(true|false) \|\| (true|false)/, (_all, one, other) =>
        String(one === 'true' || other === 'true'),
      );
    }
  }
  if (text !== 'true' && text !== 'false') throw new Error(`not judged here: ${text}`);
  return text === 'true';
}
