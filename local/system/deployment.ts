import { ENVIRONMENT } from '../../lambdas/shared/contract/environment.ts';
import { AUDIO_FORMATS, type AudioFormat } from '../../lambdas/shared/contract/settings.ts';
import { ACCOUNT_ID, type AwsClients, type LocalAws, REGION } from '../emulators/aws.ts';
import { createBucketNamed, createResources } from '../emulators/create-resources.ts';
import { readHosted } from '../hosted/model.ts';
import { type ApiModel, readApis, readFunctionUrls } from '../template/apis.ts';
import { type CloudAssembly, resourcesOfType } from '../template/assembly.ts';
import { type CorsModel, corsOf } from '../template/cors.ts';
import { arnLookup, plannedResources } from '../template/identifiers.ts';
import { type LocalUrls, toLocalFunctionUrls, toLocalUrls } from '../template/local-urls.ts';
import { type FunctionModel, readEventSources, readFunctions, readSchedules } from '../template/model.ts';
import { type PhysicalResource, Resolver } from '../template/resolver.ts';

/** A template, put into effect on one machine. */
export type Deployment = Awaited<ReturnType<typeof deploy>>;

export interface DeployOptions {
  readonly assembly: CloudAssembly;
  readonly aws: LocalAws;
  readonly clients: AwsClients;
  readonly urls: LocalUrls;
  /** Replaces the template's value in every function whose template has the variable. */
  readonly overrides?: { readonly [variable: string]: string };
}

/** Creates what the template asks for, where it is missing, and reads how its parts work together. */
export async function deploy({ assembly, aws, clients, urls, overrides = {} }: DeployOptions) {
  const { template, stackName } = assembly;
  const place = { region: REGION, accountId: ACCOUNT_ID };
  const physical = plannedResources(assembly, place);
  const resolver = new Resolver({ template, stackName, ...place, physical });
  await createResources({ aws, clients, resolver, stackName, template }, physical);

  const functionOf = arnLookup(assembly, physical, 'AWS::Lambda::Function');
  const queueOf = arnLookup(assembly, physical, 'AWS::SQS::Queue');
  const apis = readApis(assembly, resolver, functionOf);
  const only = (protocol: ApiModel['protocol']): ApiModel =>
    exactlyOne(
      `${protocol} API`,
      apis.filter((candidate) => candidate.protocol === protocol),
    );
  const local = (value: string) => toLocalFunctionUrls(toLocalUrls(value, apis, urls), urls.gateway);
  const localize = ([name, value]: [string, string]) => [name, overrides[name] ?? local(value)];
  const functions: readonly FunctionModel[] = readFunctions(assembly, resolver).map((model) => ({
    ...model,
    environment: Object.fromEntries(Object.entries(model.environment).map(localize)),
  }));
  const bucketName = await bucketOf(assembly, physical, functions, clients);
  return {
    functions,
    functionUrls: readFunctionUrls(assembly, resolver, functionOf),
    eventSources: readEventSources(assembly, resolver, { functionOf, queueOf }),
    schedules: readSchedules(assembly, resolver, functionOf, `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/`),
    http: only('HTTP'),
    webSocket: only('WEBSOCKET'),
    tableName: single(assembly, physical, ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable']),
    bucketName,
    bucketCors: bucketCorsOf(assembly, resolver, physical, bucketName),
    /** Absent where the console is not hosted. */
    hosted: readHosted(assembly, resolver, REGION),
    /** What recordings are stored as. */
    audioFormat: audioFormatOf(functions),
    /** Name or ARN, of Twilio's credentials. */
    secretId: secretOf(assembly, physical),
    /** Of the key of parties, which is generated. Absent where the template has none. */
    partySecretId: functions.map(({ environment }) => environment[ENVIRONMENT.partySecretId]).find(Boolean),
    /** By logical ID. */
    queues: queuesOf(assembly, physical),
  };
}

/** What the only resource of these types answers to `Ref`. */
function single(assembly: CloudAssembly, physical: ReadonlyMap<string, PhysicalResource>, types: string[]): string {
  const found = types.flatMap((type) => resourcesOfType(assembly.template, type));
  const refs = found.flatMap(([logicalId]) => physical.get(logicalId)?.ref ?? []);
  return exactlyOne(types[0], refs);
}

/** The template's secret that is to be filled in. */
function secretOf({ template }: CloudAssembly, physical: ReadonlyMap<string, PhysicalResource>): string {
  const found = resourcesOfType(template, 'AWS::SecretsManager::Secret').filter(
    ([, { Properties }]) => Properties?.GenerateSecretString === undefined,
  );
  return exactlyOne(
    'secret to be filled in',
    found.flatMap(([logicalId]) => physical.get(logicalId)?.ref ?? []),
  );
}

function exactlyOne<Found>(what: string | undefined, found: readonly Found[]): Found {
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  throw new Error(`The template must have exactly one ${what}, it has ${found.length}.`);
}

/** The template's bucket; or the owner's own, which the template only names, and which does not exist on this machine. */
async function bucketOf(
  assembly: CloudAssembly,
  physical: ReadonlyMap<string, PhysicalResource>,
  functions: readonly FunctionModel[],
  clients: AwsClients,
): Promise<string> {
  const named = functions.map(({ environment }) => environment[ENVIRONMENT.bucketName]).find(Boolean);
  if (named === undefined) return single(assembly, physical, ['AWS::S3::Bucket']);
  if ([...physical.values()].some(({ ref }) => ref === named)) return named;
  await createBucketNamed(clients, named);
  return named;
}

function bucketCorsOf(
  { template }: CloudAssembly,
  resolver: Resolver,
  physical: ReadonlyMap<string, PhysicalResource>,
  bucketName: string,
): CorsModel | undefined {
  const [found] = resourcesOfType(template, 'AWS::S3::Bucket').filter(([id]) => physical.get(id)?.ref === bucketName);
  if (found === undefined) return undefined;
  const [id, { Properties }] = found;
  const given = resolver.value(Properties?.CorsConfiguration, id) as
    | { readonly CorsRules: readonly unknown[] }
    | undefined;
  return corsOf(given?.CorsRules[0]);
}

const audioFormatOf = (functions: readonly FunctionModel[]): AudioFormat =>
  AUDIO_FORMATS.find((format) => functions.some((one) => one.environment[ENVIRONMENT.audioFormat] === format)) ?? 'wav';

function queuesOf(assembly: CloudAssembly, physical: ReadonlyMap<string, PhysicalResource>) {
  const queue = (logicalId: string) => {
    const { ref = '', attributes = {} } = physical.get(logicalId) ?? {};
    return { name: attributes.QueueName ?? '', url: ref, arn: attributes.Arn ?? '' };
  };
  const found = resourcesOfType(assembly.template, 'AWS::SQS::Queue');
  return new Map(found.map(([logicalId]) => [logicalId, queue(logicalId)]));
}
