/** The alarms of the synthesized template, as the model of CloudWatch takes them. */

import { resourcesOfType, type Template, type TemplateResource } from '../../../local/template/assembly.ts';
import { type AlarmDefinition, type AlarmMetric, isComparison, type MissingData } from '../../../sim/aws/alarms.ts';
import type { Json } from '../../lib/synthesized.ts';

export type Severity = 'page' | 'notice';

export interface DeployedAlarm extends AlarmDefinition {
  /** By the topic that it goes to. */
  readonly severity: Severity;
}

/** What the model would leave out is refused. */
const KNOWN_PROPERTIES = new Set([
  ...['AlarmActions', 'AlarmDescription', 'AlarmName', 'OKActions', 'Tags', 'ActionsEnabled'],
  ...['ComparisonOperator', 'DatapointsToAlarm', 'EvaluationPeriods', 'Threshold', 'TreatMissingData'],
  ...['Dimensions', 'ExtendedStatistic', 'MetricName', 'Metrics', 'Namespace', 'Period', 'Statistic'],
]);

/** @param prefix what all names of the deployment begin with; alarms are named without it */
export function deployedAlarms(template: Template, prefix: string): DeployedAlarm[] {
  const alarms = resourcesOfType(template, 'AWS::CloudWatch::Alarm');
  return alarms.map(([id, resource]) => new AlarmReader(template, prefix, id, resource).read());
}

class AlarmReader {
  readonly #template: Template;
  readonly #prefix: string;
  readonly #id: string;
  readonly #properties: Json;

  constructor(template: Template, prefix: string, id: string, { Properties }: TemplateResource) {
    this.#template = template;
    this.#prefix = prefix;
    this.#id = id;
    this.#properties = Properties;
  }

  read(): DeployedAlarm {
    const properties = this.#properties;
    for (const name of Object.keys(properties)) if (!KNOWN_PROPERTIES.has(name)) this.#refuse(name);
    const { AlarmName, ActionsEnabled, ComparisonOperator, EvaluationPeriods, Threshold, TreatMissingData } =
      properties;
    if (ActionsEnabled === false) this.#refuse('ActionsEnabled: false');
    if (!isComparison(ComparisonOperator)) return this.#refuse(ComparisonOperator);
    return {
      name: String(AlarmName).replace(`${this.#prefix}-`, ''),
      severity: this.#severity(),
      ...(properties.Metrics ? this.#math(properties.Metrics) : this.#metric()),
      evaluationPeriods: EvaluationPeriods,
      datapointsToAlarm: properties.DatapointsToAlarm ?? EvaluationPeriods,
      threshold: Threshold,
      comparison: ComparisonOperator,
      missingData: (TreatMissingData ?? 'missing') as MissingData,
    };
  }

  #severity(): Severity {
    const [action, ...others] = this.#properties.AlarmActions ?? [];
    const topic = this.#template.Resources[action?.Ref];
    if (others.length > 0 || topic?.Type !== 'AWS::SNS::Topic') return this.#refuse('AlarmActions');
    return String(topic.Properties?.TopicName).endsWith('-notices') ? 'notice' : 'page';
  }

  #metric(): Pick<AlarmDefinition, 'metrics' | 'periodSeconds'> {
    const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic, Period } = this.#properties;
    const metric = { Namespace, MetricName, Dimensions };
    return { metrics: [this.#metricOf('m', metric, Statistic ?? ExtendedStatistic)], periodSeconds: Period };
  }

  #math(queries: readonly Json[]): Pick<AlarmDefinition, 'metrics' | 'expression' | 'periodSeconds'> {
    const expressions = queries.filter(({ Expression }) => Expression !== undefined);
    const stats = queries.filter(({ MetricStat }) => MetricStat !== undefined);
    const periods = new Set(stats.map(({ MetricStat }) => MetricStat.Period));
    const [periodSeconds] = periods;
    if (expressions.length > 1 || periods.size !== 1 || queries.length !== expressions.length + stats.length) {
      return this.#refuse('Metrics');
    }
    const metrics = stats.map(({ Id, MetricStat: { Metric, Stat } }) => this.#metricOf(Id, Metric, Stat));
    const [expression] = expressions;
    return { metrics, periodSeconds, ...(expression && { expression: expression.Expression }) };
  }

  #metricOf(id: string, { Namespace, MetricName, Dimensions = [] }: Json, statistic: string): AlarmMetric {
    const dimensions = Object.fromEntries(
      Dimensions.map(({ Name, Value }: Json) => [Name, this.#named(Value)] as const),
    );
    return { id, namespace: Namespace, name: MetricName, dimensions, statistic };
  }

  /** What a dimension names: a step for its function, a queue's own name, the protocol of an API. */
  #named(value: Json): string {
    if (typeof value === 'string') return value;
    const [id] = [value.Ref ?? value['Fn::GetAtt']?.[0]];
    const { Type, Properties }: Json = this.#template.Resources[id] ?? this.#refuse(JSON.stringify(value));
    if (Type === 'AWS::Lambda::Function') return Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME;
    if (Type === 'AWS::SQS::Queue') return String(Properties.QueueName).replace(`${this.#prefix}-`, '');
    if (Type === 'AWS::ApiGatewayV2::Api') return Properties.ProtocolType;
    return this.#refuse(`a dimension that is a ${Type}`);
  }

  #refuse(what: string): never {
    throw new Error(`The model of CloudWatch does not know ${what}, which alarm ${this.#id} has.`);
  }
}
