/** What the synthesized template says about alarms and schedules. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { HOUR, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { resourcesOfType, type Template } from '../../../local/template/assembly.ts';
import type { Json } from '../../lib/synthesized.ts';
import { type DeployedAlarm, deployedAlarms } from './deployed-alarms.ts';
import { type LogFilter, logFilters } from './log-filters.ts';

export interface Deployed {
  readonly alarms: readonly DeployedAlarm[];
  /** Milliseconds between the runs of a step. */
  readonly schedules: { readonly [step in Step]?: number };
  readonly logFilters: readonly LogFilter[];
}

/** @param prefix what all names of the deployment begin with */
export const deployed = (template: Template, prefix: string): Deployed => ({
  alarms: deployedAlarms(template, prefix),
  logFilters: logFilters(template),
  schedules: Object.fromEntries(
    resourcesOfType(template, 'AWS::Events::Rule')
      .map(([, { Properties }]: [string, Json]) => Properties)
      .filter(({ State }) => State !== 'DISABLED')
      .map(({ ScheduleExpression, Targets }) => {
        const { Properties }: Json = template.Resources[Targets[0].Arn['Fn::GetAtt'][0]];
        return [Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME, millisecondsOf(ScheduleExpression)];
      }),
  ),
});

function millisecondsOf(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(expression) ?? [];
  if (count === undefined) throw new Error(`The simulation does not know the schedule ${expression}.`);
  return Number(count) * (unit === 'hour' ? HOUR : MINUTE);
}
