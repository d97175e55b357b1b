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
  for (const [logicalId, resource] of Object.entries(assembly.template.Resources)) {
    const name = `${assembly.stackName}-${logicalId}`;
    if (resource.Type === 'AWS::Lambda::Function') {
      physical.set(logicalId, {
        ref: name,
        attributes: { Arn: `arn:aws:lambda:${region}:${accountId}:function:${name}` },
      });
    } else if (resource.Type === 'AWS::Lambda::Url') {
      const id = createHash('sha256').update(name).digest('hex').slice(0, 32);
      physical.set(logicalId, { ref: id, attributes: { FunctionUrl: `https://${id}.lambda-url.${region}.on.aws/` } });
    } else if (resource.Type === 'AWS::ApiGatewayV2::Api') {
      const ref = createHash('sha256').update(name).digest('hex').slice(0, 10);
      const scheme = resource.Properties?.ProtocolType === 'WEBSOCKET' ? 'wss' : 'https';
      physical.set(logicalId, {
        ref,
        attributes: { ApiId: ref, ApiEndpoint: `${scheme}://${ref}.execute-api.${region}.amazonaws.com` },
      });
    } else if (resource.Type === 'AWS::ApiGatewayV2::Stage') {
      physical.set(logicalId, { ref: String(resource.Properties?.StageName ?? '$default') });
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
