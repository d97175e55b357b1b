/** The hosted console, as the template deploys it: its page with the headers that it goes out with, and who may sign in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolSettings } from '../../sim/aws/user-pool.ts';
import { type CloudAssembly, resourcesOfType } from '../template/assembly.ts';
import type { Resolver } from '../template/resolver.ts';

export interface HostedModel {
  /** The page's origins, as the template names them: `https://…`. */
  readonly origins: readonly string[];
  /** By name, such as `index.html`. */
  readonly files: ReadonlyMap<string, string>;
  /** Lowercase names. */
  readonly headers: { readonly [name: string]: string };
  readonly poolId: string;
  readonly pool: PoolSettings;
  readonly groups: readonly string[];
  /** Where people sign in, `https://…`. */
  readonly signInUrl: string;
}

type Json = { readonly [name: string]: unknown };

/** @returns undefined where the template hosts none */
export function readHosted(assembly: CloudAssembly, resolver: Resolver, region: string): HostedModel | undefined {
  const { template } = assembly;
  const only = (type: string) => {
    const [found] = resourcesOfType(template, type);
    if (found === undefined) return undefined;
    const [id, { Properties }] = found;
    return { id, raw: Properties ?? {}, properties: (name: string) => resolver.value(Properties?.[name], id) };
  };
  const [distribution, headers] = [
    only('AWS::CloudFront::Distribution'),
    only('AWS::CloudFront::ResponseHeadersPolicy'),
  ];
  const [pool, client, domain] = [
    only('AWS::Cognito::UserPool'),
    only('AWS::Cognito::UserPoolClient'),
    only('AWS::Cognito::UserPoolDomain'),
  ];
  if (!distribution || !headers || !pool || !client || !domain) return undefined;
  const attribute = (id: string, name: string) => resolver.string({ 'Fn::GetAtt': [id, name] }, id);
  const ref = (id: string) => resolver.string({ Ref: id }, id);
  const { Aliases = [] } = distribution.raw.DistributionConfig as Json;
  const aliases = resolver.value(Aliases, distribution.id) as readonly string[];
  const minutes = (name: string) => Number(client.properties(name)) * 60;
  return {
    origins: [attribute(distribution.id, 'DomainName'), ...aliases].map((name) => `https://${name}`),
    files: filesOf(assembly, resolver),
    headers: headersOf(headers.properties('ResponseHeadersPolicyConfig') as Json),
    poolId: ref(pool.id),
    groups: resourcesOfType(template, 'AWS::Cognito::UserPoolGroup').map(([id, { Properties }]) =>
      resolver.string(Properties?.GroupName, id),
    ),
    pool: {
      issuer: attribute(pool.id, 'ProviderURL'),
      clientId: ref(client.id),
      callbackUrls: client.properties('CallbackURLs') as readonly string[],
      scopes: client.properties('AllowedOAuthScopes') as readonly string[],
      valid: {
        access: minutes('AccessTokenValidity'),
        id: minutes('IdTokenValidity'),
        refresh: minutes('RefreshTokenValidity'),
      },
    },
    signInUrl: `https://${ref(domain.id)}.auth.${region}.amazoncognito.com`,
  };
}

/** As `BucketDeployment` writes them: markers stand for what only the deployment knows. */
function filesOf(assembly: CloudAssembly, resolver: Resolver): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [id, { Properties }] of resourcesOfType(assembly.template, 'Custom::CDKBucketDeployment')) {
    const keys = (Properties?.SourceObjectKeys ?? []) as readonly string[];
    const markers = (Properties?.SourceMarkers ?? []) as readonly Json[];
    for (const [index, key] of keys.entries()) {
      const directory = assembly.assetDirectory(key);
      for (const name of readdirSync(directory)) {
        const text = readFileSync(join(directory, name), 'utf8');
        const filled = Object.entries(markers[index] ?? {}).reduce(
          (before, [marker, value]) => before.replaceAll(marker, () => resolver.string(value, id)),
          text,
        );
        files.set(name, filled);
      }
    }
  }
  return files;
}

function headersOf({ SecurityHeadersConfig, CustomHeadersConfig }: Json): HostedModel['headers'] {
  const security = (SecurityHeadersConfig ?? {}) as { readonly [name: string]: Json | undefined };
  const custom = ((CustomHeadersConfig as Json | undefined)?.Items ?? []) as readonly Json[];
  const { StrictTransportSecurity: hsts } = security;
  return {
    'content-security-policy': String(security.ContentSecurityPolicy?.ContentSecurityPolicy),
    ...(security.ContentTypeOptions && { 'x-content-type-options': 'nosniff' }),
    ...(security.FrameOptions && { 'x-frame-options': String(security.FrameOptions.FrameOption) }),
    ...(security.ReferrerPolicy && { 'referrer-policy': String(security.ReferrerPolicy.ReferrerPolicy) }),
    ...(hsts && {
      'strict-transport-security': `max-age=${hsts.AccessControlMaxAgeSec}${hsts.IncludeSubdomains ? '; includeSubDomains' : ''}`,
    }),
    ...Object.fromEntries(custom.map(({ Header, Value }) => [String(Header).toLowerCase(), String(Value)])),
  };
}
