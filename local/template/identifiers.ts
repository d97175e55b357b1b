/** Names and ARNs, which follow from the template alone, and the way back from them to logical IDs. */
import { createHash } from 'node:crypto';
import { type CloudAssembly, resourcesOfType, TemplateError } from './assembly.ts';
import type { PhysicalResource } from './resolver.ts';

/** Identifiers of what is not created on an emulator. */
export function plannedResources(
  assembly: CloudAssembly,
  { region, accountId }: { readonly region: string; readonly accountId: string },
): Map<string, PhysicalResource> {
  const physical = new Map<string, PhysicalResource>();
  for (const [logicalId, { Type, Properties }] of Object.entries(assembly.template.Resources)) {
    const name = `${assembly.stackName}-${logicalId}`;
    const idOf = (length: number) => createHash('sha256').update(name).digest('hex').slice(0, length);
    const plan = (ref: string, attributes = {}) => physical.set(logicalId, { ref, attributes });
    if (Type === 'AWS::Lambda::Function') {
      plan(name, { Arn: `arn:aws:lambda:${region}:${accountId}:function:${name}` });
    } else if (Type === 'AWS::Lambda::Url') {
      plan(idOf(32), { FunctionUrl: `https://${idOf(32)}.lambda-url.${region}.on.aws/` });
    } else if (Type === 'AWS::ApiGatewayV2::Api') {
      const scheme = Properties?.ProtocolType === 'WEBSOCKET' ? 'wss' : 'https';
      const ApiEndpoint = `${scheme}://${idOf(10)}.execute-api.${region}.amazonaws.com`;
      plan(idOf(10), { ApiId: idOf(10), ApiEndpoint });
    } else if (Type === 'AWS::CloudFront::Distribution') {
      plan(idOf(14).toUpperCase(), { DomainName: `${idOf(14)}.cloudfront.net` });
    } else if (Type === 'AWS::Cognito::UserPool') {
      const id = `${region}_${idOf(9)}`;
      plan(id, { ProviderURL: `https://cognito-idp.${region}.amazonaws.com/${id}` });
    } else if (Type === 'AWS::Cognito::UserPoolClient') {
      plan(idOf(26));
    } else if (Type === 'AWS::Cognito::UserPoolDomain') {
      plan(`local-${idOf(20)}`);
    } else if (Type === 'AWS::ApiGatewayV2::Stage') {
      plan(String(Properties?.StageName ?? '$default'));
    }
  }
  return physical;
}

/** Finds the logical ID behind an ARN, a name, or the integration URI that holds the ARN. */
export type ArnLookup = (arn: string, where: string) => string;

/** Looks resources of one type up by what they answer to `Ref` and to `attribute`. */
export function arnLookup(
  assembly: CloudAssembly,
  physical: ReadonlyMap<string, PhysicalResource>,
  type: string,
): ArnLookup {
  return (arn, where) => {
    for (const [logicalId] of resourcesOfType(assembly.template, type)) {
      const resource = physical.get(logicalId);
      const known = resource?.attributes?.Arn;
      if (arn === resource?.ref || arn === known) return logicalId;
      if (known !== undefined && arn.includes(`/functions/${known}/invocations`)) return logicalId;
    }
    throw new TemplateError(where, `names ${arn}, which is no ${type} of this template.`);
  };
}
