import { type CloudAssembly, resourcesOfType, TemplateError, type TemplateResource } from './assembly.ts';
import type { ArnLookup } from './identifiers.ts';
import type { Resolver } from './resolver.ts';

/** A Lambda function as the template deploys it, environment variables resolved. */
export interface FunctionModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Directory of the asset. */
  readonly directory: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly environment: { readonly [name: string]: string };
  readonly reservedConcurrency: number | undefined;
}

export interface EventSourceModel {
  readonly logicalId: string;
  readonly functionId: string;
  readonly queueId: string;
  readonly batchSize: number;
  readonly maximumConcurrency: number | undefined;
  /** Whether the function names the messages that failed (`ReportBatchItemFailures`). */
  readonly reportsItemFailures: boolean;
  readonly enabled: boolean;
}

export interface ScheduleModel {
  readonly logicalId: string;
  readonly expression: string;
  readonly functionId: string;
  readonly arn: string;
  /** The constant event, where the template gives one. */
  readonly input: unknown;
  readonly enabled: boolean;
}

/** Functions that only a deployment itself invokes, such as the CDK's own that copies files. Local mode deploys in another way. */
function deployers({ template }: CloudAssembly): ReadonlySet<string> {
  const custom = Object.values(template.Resources).filter(({ Type }) => Type.startsWith('Custom::'));
  const tokens = custom.map(({ Properties }) => Properties?.ServiceToken as { 'Fn::GetAtt'?: string[] } | undefined);
  return new Set(tokens.flatMap((token) => token?.['Fn::GetAtt']?.[0] ?? []));
}

export function readFunctions(assembly: CloudAssembly, resolver: Resolver): FunctionModel[] {
  const left = deployers(assembly);
  const functions = resourcesOfType(assembly.template, 'AWS::Lambda::Function').filter(([id]) => !left.has(id));
  return functions.map(([logicalId, resource]) => {
    const properties = resource.Properties ?? {};
    const code = properties.Code as { S3Key?: unknown } | undefined;
    if (code?.S3Key === undefined) {
      throw new TemplateError(logicalId, 'local mode runs functions from assets only (Code.S3Key is missing).');
    }
    if (properties.Layers !== undefined) {
      throw new TemplateError(logicalId, 'local mode does not know layers; bundle the code instead.');
    }
    const variables = (properties.Environment as { Variables?: object } | undefined)?.Variables ?? {};
    return {
      logicalId,
      name: resolver.string({ Ref: logicalId }, logicalId),
      arn: resolver.string({ 'Fn::GetAtt': [logicalId, 'Arn'] }, logicalId),
      directory: assembly.assetDirectory(resolver.string(code.S3Key, logicalId)),
      handler: resolver.string(properties.Handler, logicalId),
      timeoutSeconds: Number(properties.Timeout ?? 3),
      memoryMegabytes: Number(properties.MemorySize ?? 128),
      environment: Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [name, resolver.string(value, logicalId)]),
      ),
      reservedConcurrency: optionalNumber(properties.ReservedConcurrentExecutions),
    };
  });
}

export function readEventSources(
  assembly: CloudAssembly,
  resolver: Resolver,
  { functionOf, queueOf }: { functionOf: ArnLookup; queueOf: ArnLookup },
): EventSourceModel[] {
  return resourcesOfType(assembly.template, 'AWS::Lambda::EventSourceMapping').map(([logicalId, resource]) => {
    const properties = resource.Properties ?? {};
    if (properties.FilterCriteria !== undefined) {
      throw new TemplateError(logicalId, 'local mode does not know FilterCriteria.');
    }
    const scaling = properties.ScalingConfig as { MaximumConcurrency?: unknown } | undefined;
    const types = (properties.FunctionResponseTypes ?? []) as unknown[];
    return {
      logicalId,
      functionId: functionOf(resolver.string(properties.FunctionName, logicalId), logicalId),
      queueId: queueOf(resolver.string(properties.EventSourceArn, logicalId), logicalId),
      batchSize: Number(properties.BatchSize ?? 10),
      maximumConcurrency: optionalNumber(scaling?.MaximumConcurrency),
      reportsItemFailures: types.includes('ReportBatchItemFailures'),
      enabled: properties.Enabled !== false,
    };
  });
}

/** Reads `AWS::Events::Rule` with a schedule and `AWS::Scheduler::Schedule`, each with Lambda functions as targets. */
export function readSchedules(
  assembly: CloudAssembly,
  resolver: Resolver,
  functionOf: ArnLookup,
  arnPrefix: string,
): ScheduleModel[] {
  const model = (logicalId: string, { Properties = {} }: TemplateResource, target: object): ScheduleModel => {
    const { Arn, Input } = target as { Arn?: unknown; Input?: unknown };
    return {
      logicalId,
      expression: resolver.string(Properties.ScheduleExpression, logicalId),
      functionId: functionOf(resolver.string(Arn, logicalId), logicalId),
      arn: `${arnPrefix}${logicalId}`,
      input: Input === undefined ? undefined : JSON.parse(resolver.string(Input, logicalId)),
      enabled: Properties.State !== 'DISABLED',
    };
  };
  const rules = resourcesOfType(assembly.template, 'AWS::Events::Rule')
    .filter(([, { Properties }]) => Properties?.ScheduleExpression !== undefined)
    .flatMap(([logicalId, resource]) =>
      ((resource.Properties?.Targets ?? []) as object[]).map((target) => model(logicalId, resource, target)),
    );
  const schedules = resourcesOfType(assembly.template, 'AWS::Scheduler::Schedule').map(([logicalId, resource]) =>
    model(logicalId, resource, (resource.Properties?.Target ?? {}) as object),
  );
  return [...rules, ...schedules];
}

function optionalNumber(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}
