/** The hosted console as it is deployed: its page, its users, and who may ask what of the API. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_ROUTE, CONSOLE_ROUTES, LOOK_UP_ROUTES } from '../../../lambdas/shared/contract/http.ts';
import { type Json, type Synthesized, synthesize } from '../synthesized.ts';

const HOSTED = { console: {} };
let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize(HOSTED);
});

const propertiesOf = (type: string, condition?: (properties: Json) => boolean): Json =>
  stack.one(type, condition)[1].Properties;
const idOf = (type: string): string => stack.one(type)[0];
const attribute = (id: string, name: string) => ({ 'Fn::GetAtt': [id, name] });
const origin = () => ({
  'Fn::Join': ['', ['https://', attribute(idOf('AWS::CloudFront::Distribution'), 'DomainName')]],
});
const pageBucket = () =>
  stack.one('AWS::S3::Bucket', ({ LifecycleConfiguration }) => LifecycleConfiguration === undefined);

test('nothing of it is there where it is not asked for', async () => {
  const { resources, outputs } = await synthesize();
  const types = Object.values(resources).map(({ Type }) => Type);
  expect(types.filter((type) => /Cognito|CloudFront|Custom::|Authorizer/.test(type))).toEqual([]);
  expect(Object.keys(outputs).filter((name) => /Console|UserPool/.test(name))).toEqual([]);
  expect(JSON.stringify(resources)).not.toMatch(/"Cors(Configuration)?"/);
});

describe('the page', () => {
  test('lies in a private bucket that its distribution alone reads', () => {
    const [id, { Properties, DeletionPolicy }] = pageBucket();
    expect(DeletionPolicy).toBe('Delete');
    expect(Properties.PublicAccessBlockConfiguration).toEqual({
      ...{ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
    });
    const { PolicyDocument } = propertiesOf('AWS::S3::BucketPolicy', ({ Bucket }) => Bucket.Ref === id);
    const allowed = PolicyDocument.Statement.filter(({ Effect }: Json) => Effect === 'Allow');
    expect(allowed).toEqual([
      {
        ...{ Effect: 'Allow', Action: 's3:GetObject', Principal: { Service: 'cloudfront.amazonaws.com' } },
        Condition: { StringEquals: { 'AWS:SourceArn': expect.anything() } },
        Resource: { 'Fn::Join': ['', [attribute(id, 'Arn'), '/*']] },
      },
    ]);
    const [ofOrigin] = propertiesOf('AWS::CloudFront::Distribution').DistributionConfig.Origins;
    expect(ofOrigin).toMatchObject({
      OriginAccessControlId: expect.anything(),
      S3OriginConfig: { OriginAccessIdentity: '' },
    });
  });

  test('goes out with headers that forbid what it does not need', () => {
    const { SecurityHeadersConfig, CustomHeadersConfig } = propertiesOf(
      'AWS::CloudFront::ResponseHeadersPolicy',
    ).ResponseHeadersPolicyConfig;
    expect(SecurityHeadersConfig).toEqual({
      ContentSecurityPolicy: { ContentSecurityPolicy: expect.any(String), Override: true },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY', Override: true },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 63_072_000, IncludeSubdomains: true, Override: true },
    });
    const policy: string = SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy;
    for (const part of [
      "script-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]) {
      expect(policy.split('; ')).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(CustomHeadersConfig.Items.map(({ Header }: Json) => Header)).toContain('cross-origin-opener-policy');
    const behavior = propertiesOf('AWS::CloudFront::Distribution').DistributionConfig.DefaultCacheBehavior;
    expect(behavior).toMatchObject({
      ResponseHeadersPolicyId: { Ref: idOf('AWS::CloudFront::ResponseHeadersPolicy') },
      ViewerProtocolPolicy: 'redirect-to-https',
    });
  });

  test('names in its own policy the API, the sign-in and the hosts of audio, each in full', () => {
    const html = deployedFile('index.html');
    const [, policy = ''] = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(html) ?? [];
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<script'));
    const api = 'https://RecorderWebhooksApiBC457E14.execute-api.AWS::Region.AWS::URLSuffix';
    const signIn = `https://${idOf('AWS::Cognito::UserPoolDomain')}.auth.AWS::Region.amazoncognito.com`;
    const audio = 'https://RecorderStorageRecordings7F9DD2E8.s3.AWS::Region.AWS::URLSuffix https://PLAY';
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      expect.stringMatching(/^style-src 'self' 'sha256-[\w+/=]+'$/),
      "img-src 'self'",
      `connect-src 'self' ${api} ${signIn} ${audio}`,
      `media-src ${audio}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(JSON.parse(deployedFile('settings.json'))).toEqual({
      ...{ api: `${api}/console`, signIn, title: 'call-recorder-prod' },
      ...{ clientId: idOf('AWS::Cognito::UserPoolClient'), issuer: `${idOf('AWS::Cognito::UserPool')}.ProviderURL` },
    });
  });

  test('of a bucket with dots in its name, whose links have it in their path, names that path', async () => {
    const dotted = await synthesize({ ...HOSTED, bucketName: 'calls.example.com' });
    expect(deployedFile('index.html', dotted)).toContain(
      'media-src https://s3.AWS::Region.AWS::URLSuffix/calls.example.com/ ',
    );
  });
});

/** A file as the deployment writes it, with the names of resources in place of what only a deployment knows. */
function deployedFile(name: string, { directory, one }: Synthesized = stack): string {
  const { SourceObjectKeys, SourceMarkers } = one('Custom::CDKBucketDeployment')[1].Properties;
  const index = SourceObjectKeys.findIndex((key: string) => {
    try {
      return readFileSync(join(directory, `asset.${key.replace('.zip', '')}`, name)).length > 0;
    } catch {
      // Another source has it.
      return false;
    }
  });
  const text = readFileSync(join(directory, `asset.${SourceObjectKeys[index].replace('.zip', '')}`, name), 'utf8');
  return Object.entries(SourceMarkers[index]).reduce(
    (filled, [marker, value]) => filled.replaceAll(marker, namesIn(value)),
    text,
  );
}

function namesIn(value: Json): string {
  if (typeof value === 'string') return value;
  if (value.Ref) return value.Ref;
  if (value['Fn::Select']) return 'PLAY';
  if (value['Fn::GetAtt']) return value['Fn::GetAtt'].join('.');
  return value['Fn::Join'][1].map(namesIn).join('');
}

describe('a browser lets the page', () => {
  test('ask the API, and no other page, with a token and without cookies', () => {
    expect(
      propertiesOf('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === 'HTTP').CorsConfiguration,
    ).toEqual({
      ...{ AllowOrigins: [origin()], AllowMethods: ['GET', 'POST'], AllowHeaders: ['authorization', 'content-type'] },
      MaxAge: 3600,
    });
  });

  test('read audio from the bucket and from the function that plays what is at Twilio only', () => {
    const [rule] = propertiesOf('AWS::S3::Bucket', ({ VersioningConfiguration }) => VersioningConfiguration)
      .CorsConfiguration.CorsRules;
    expect(rule).toMatchObject({ AllowedOrigins: [origin()], AllowedMethods: ['GET'], AllowedHeaders: ['range'] });
    expect(propertiesOf('AWS::Lambda::Url').Cors).toEqual({
      AllowOrigins: [origin()],
      AllowMethods: ['GET'],
      MaxAge: 3600,
    });
  });
});

describe('the users', () => {
  test('are invited, have strong passwords, and may add a second factor', () => {
    const { AdminCreateUserConfig, Policies, MfaConfiguration, EnabledMfas, ...pool } =
      propertiesOf('AWS::Cognito::UserPool');
    expect(AdminCreateUserConfig.AllowAdminCreateUserOnly).toBe(true);
    expect(Policies.PasswordPolicy).toMatchObject({ MinimumLength: 14, RequireNumbers: true, RequireSymbols: true });
    expect([MfaConfiguration, EnabledMfas]).toEqual(['OPTIONAL', ['SOFTWARE_TOKEN_MFA']]);
    // Names are e-mail addresses: neither an alias nor Cognito's own ids, so that the access token has the name.
    expect([pool.UsernameAttributes, pool.AliasAttributes, pool.UsernameConfiguration]).toEqual([
      ...[undefined, undefined, { CaseSensitive: false }],
    ]);
    expect(pool.DeletionProtection).toBe('ACTIVE');
  });

  test('sign in with a code and PKCE alone, for five minutes at a time', () => {
    const client = propertiesOf('AWS::Cognito::UserPoolClient');
    const address = {
      'Fn::Join': ['', ['https://', attribute(idOf('AWS::CloudFront::Distribution'), 'DomainName'), '/']],
    };
    expect(client).toMatchObject({
      ...{ GenerateSecret: false, AllowedOAuthFlows: ['code'], AllowedOAuthScopes: ['openid'] },
      ...{ CallbackURLs: [address], LogoutURLs: [address], ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] },
      ...{ AccessTokenValidity: 5, IdTokenValidity: 5, RefreshTokenValidity: 480, EnableTokenRevocation: true },
      ...{ PreventUserExistenceErrors: 'ENABLED', SupportedIdentityProviders: ['COGNITO'] },
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
    });
  });

  test('of a company may come from its own identity provider', async () => {
    const federated = await synthesize({ console: { identityProviders: ['Okta'], signInPrefix: 'example-calls' } });
    const [, { Properties }] = federated.one('AWS::Cognito::UserPoolClient');
    expect(Properties.SupportedIdentityProviders).toEqual(['COGNITO', 'Okta']);
    expect(federated.one('AWS::Cognito::UserPoolDomain')[1].Properties.Domain).toBe('example-calls');
  });

  test('have one group that sees all teams', () => {
    expect(propertiesOf('AWS::Cognito::UserPoolGroup').GroupName).toBe('all_teams');
  });
});

describe('the routes of the page', () => {
  test('are the look-ups, authorized by a token of this pool, client and scope', () => {
    const routes = Object.values(stack.all('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
    const ofUsers = routes.filter(({ AuthorizationType }) => AuthorizationType === 'JWT');
    const { call, calls, peaks, link } = LOOK_UP_ROUTES;
    const expected = [call, calls, peaks, link, AUDIT_ROUTE].map((route) => CONSOLE_ROUTES[route]);
    expect(ofUsers.map(({ RouteKey }) => RouteKey).sort()).toEqual(expected.sort());
    for (const { RouteKey, AuthorizerId, AuthorizationScopes } of ofUsers) {
      expect(RouteKey).toMatch(/^(GET|POST) \/console\//);
      expect(AuthorizerId).toEqual({ Ref: idOf('AWS::ApiGatewayV2::Authorizer') });
      expect(AuthorizationScopes).toEqual(['openid']);
    }
    expect(propertiesOf('AWS::ApiGatewayV2::Authorizer')).toMatchObject({
      ...{ AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'] },
      JwtConfiguration: {
        Audience: [{ Ref: idOf('AWS::Cognito::UserPoolClient') }],
        Issuer: attribute(idOf('AWS::Cognito::UserPool'), 'ProviderURL'),
      },
    });
  });

  test('have the limit of look-ups, and refused tokens stand in the access log', () => {
    const { RouteSettings, AccessLogSettings } = propertiesOf(
      'AWS::ApiGatewayV2::Stage',
      ({ StageName }) => StageName === '$default',
    );
    for (const route of Object.values(CONSOLE_ROUTES)) expect(RouteSettings[route ?? ''].ThrottlingRateLimit).toBe(20);
    expect(JSON.parse(AccessLogSettings.Format)).toMatchObject({
      ...{ sub: '$context.authorizer.claims.sub', error: '$context.authorizer.error' },
    });
  });
});

test('the outputs name what people and commands need', async () => {
  expect(stack.outputs.ConsoleUrl?.Value).toEqual(origin());
  expect(stack.outputs.UserPoolId?.Value).toEqual({ Ref: idOf('AWS::Cognito::UserPool') });
  const domain = { name: 'calls.example.com', certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/abc' };
  const { outputs, one } = await synthesize({ console: { domain } });
  expect(outputs.ConsoleUrl?.Value).toBe('https://calls.example.com');
  expect(outputs.ConsoleDomainTarget?.Value).toEqual(attribute(one('AWS::CloudFront::Distribution')[0], 'DomainName'));
});
