import { type CloudAssembly, resourcesOfType, TemplateError, type TemplateResource } from './assembly.ts';
import { type CorsModel, corsOf } from './cors.ts';
import type { ArnLookup } from './identifiers.ts';
import type { Resolver } from './resolver.ts';

/** Where a route leads. */
export type IntegrationModel =
  | { readonly kind: 'function'; readonly functionId: string; readonly timeoutMilliseconds: number }
  /** Answers by itself and reaches no function. */
  | { readonly kind: 'mock' };

export interface RouteModel {
  /** `POST /voice`, `$default`, `$connect`, `start`, … */
  readonly key: string;
  readonly integration: IntegrationModel;
  /** `iam`: only requests that are signed for AWS reach the integration; else only those with such a token. */
  readonly authorization: 'none' | 'iam' | JwtAuthorization;
  /** Whether what the function returns goes back to a WebSocket client (the route has a route response). */
  readonly responds: boolean;
}

/** What a token must say, beside being signed by its issuer. */
export interface JwtAuthorization {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** At least one of them, if there are any. */
  readonly scopes: readonly string[];
}

export interface ApiModel {
  readonly logicalId: string;
  readonly id: string;
  readonly protocol: 'HTTP' | 'WEBSOCKET';
  readonly stage: string;
  /** `$request.body.…` of a WebSocket API. */
  readonly routeSelection: string;
  readonly routes: readonly RouteModel[];
  readonly cors?: CorsModel | undefined;
}

/** Reads the HTTP API and the WebSocket API with their routes, integrations and stages. */
export function readApis(assembly: CloudAssembly, resolver: Resolver, functionOf: ArnLookup): ApiModel[] {
  const { template } = assembly;
  const refersTo = (value: unknown, logicalId: string) => (value as { Ref?: unknown } | undefined)?.Ref === logicalId;

  function ofApi(type: string, apiId: string): [string, TemplateResource][] {
    return resourcesOfType(template, type).filter(([, { Properties }]) => refersTo(Properties?.ApiId, apiId));
  }

  function integration(routeId: string, route: TemplateResource): IntegrationModel {
    const integrationId = findReference(route.Properties?.Target, (id) => {
      return template.Resources[id]?.Type === 'AWS::ApiGatewayV2::Integration';
    });
    const properties = integrationId === undefined ? undefined : template.Resources[integrationId]?.Properties;
    if (integrationId === undefined || properties === undefined) {
      throw new TemplateError(routeId, 'its target is no AWS::ApiGatewayV2::Integration of this template.');
    }
    const type = properties.IntegrationType;
    if (type === 'MOCK') return { kind: 'mock' };
    if (type !== 'AWS_PROXY') {
      throw new TemplateError(integrationId, `local mode does not know the integration type ${String(type)}.`);
    }
    const isHttp = properties.PayloadFormatVersion !== undefined;
    if (isHttp && properties.PayloadFormatVersion !== '2.0') {
      throw new TemplateError(integrationId, 'local mode knows payload format version 2.0 only.');
    }
    return {
      kind: 'function',
      functionId: functionOf(resolver.string(properties.IntegrationUri, integrationId), integrationId),
      timeoutMilliseconds: Number(properties.TimeoutInMillis ?? (isHttp ? 30_000 : 29_000)),
    };
  }

  return resourcesOfType(template, 'AWS::ApiGatewayV2::Api').map(([logicalId, resource]) => {
    const protocol = resource.Properties?.ProtocolType;
    if (protocol !== 'HTTP' && protocol !== 'WEBSOCKET') {
      throw new TemplateError(logicalId, `local mode does not know the protocol ${String(protocol)}.`);
    }
    const responding = ofApi('AWS::ApiGatewayV2::RouteResponse', logicalId).map(([, { Properties }]) => {
      return (Properties?.RouteId as { Ref?: string } | undefined)?.Ref;
    });
    const routes = ofApi('AWS::ApiGatewayV2::Route', logicalId).map(([routeId, route]) => {
      return {
        key: resolver.string(route.Properties?.RouteKey, routeId),
        integration: integration(routeId, route),
        authorization: ofRoute(routeId, route, template, resolver),
        responds: responding.includes(routeId),
      };
    });
    const stages = ofApi('AWS::ApiGatewayV2::Stage', logicalId);
    const [stage] = stages;
    if (stage === undefined || stages.length > 1) {
      throw new TemplateError(logicalId, `it must have exactly one stage, it has ${stages.length}.`);
    }
    return {
      logicalId,
      id: resolver.string({ Ref: logicalId }, logicalId),
      protocol,
      stage: resolver.string(stage[1].Properties?.StageName, stage[0]),
      routeSelection: String(resource.Properties?.RouteSelectionExpression ?? '$request.body.action'),
      routes,
      cors: corsOf(resolver.value(resource.Properties?.CorsConfiguration, logicalId)),
    };
  });
}

function ofRoute(
  routeId: string,
  { Properties = {} }: TemplateResource,
  template: CloudAssembly['template'],
  resolver: Resolver,
): RouteModel['authorization'] {
  const { AuthorizationType: type = 'NONE', AuthorizerId, AuthorizationScopes } = Properties;
  if (type !== 'JWT') return authorizationOf(routeId, type);
  const id = (AuthorizerId as { Ref?: string } | undefined)?.Ref ?? '';
  const given = resolver.value(template.Resources[id]?.Properties?.JwtConfiguration, routeId) as
    | { readonly Issuer?: string; readonly Audience?: readonly string[] }
    | undefined;
  if (given?.Issuer === undefined) throw new TemplateError(routeId, 'it names no JWT authorizer of this template.');
  const scopes = resolver.value(AuthorizationScopes ?? [], routeId) as readonly string[];
  return { issuer: given.Issuer, audience: given.Audience ?? [], scopes };
}

function authorizationOf(logicalId: string, type: unknown): 'none' | 'iam' {
  if (type === 'NONE') return 'none';
  if (type === 'AWS_IAM') return 'iam';
  throw new TemplateError(logicalId, `local mode does not know the authorization ${String(type)}.`);
}

/** Finds the first `Ref` anywhere in `value` that `accept` takes. */
function findReference(value: unknown, accept: (logicalId: string) => boolean): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const ref = (value as { Ref?: unknown }).Ref;
  if (typeof ref === 'string' && accept(ref)) return ref;
  for (const inner of Object.values(value)) {
    const found = findReference(inner, accept);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A function's own address. */
export interface FunctionUrlModel {
  readonly logicalId: string;
  /** The first part of its host's name. */
  readonly id: string;
  readonly functionId: string;
  /** `iam`: only requests that are signed for AWS reach the function. */
  readonly authorization: 'none' | 'iam';
  readonly cors?: CorsModel | undefined;
}

/** Reads `AWS::Lambda::Url`, whether the response is streamed or not: the function's handler decides that here. */
export function readFunctionUrls(
  assembly: CloudAssembly,
  resolver: Resolver,
  functionOf: ArnLookup,
): FunctionUrlModel[] {
  return resourcesOfType(assembly.template, 'AWS::Lambda::Url').map(([logicalId, { Properties = {} }]) => {
    if (Properties.Qualifier !== undefined) throw new TemplateError(logicalId, 'local mode does not know Qualifier.');
    const url = resolver.string({ 'Fn::GetAtt': [logicalId, 'FunctionUrl'] }, logicalId);
    return {
      logicalId,
      id: new URL(url).hostname.split('.')[0] ?? '',
      functionId: functionOf(resolver.string(Properties.TargetFunctionArn, logicalId), logicalId),
      authorization: authorizationOf(logicalId, Properties.AuthType),
      cors: corsOf(resolver.value(Properties.Cors, logicalId)),
    };
  });
}
