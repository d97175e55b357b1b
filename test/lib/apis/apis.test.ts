import { join } from 'node:path';
import {
  AUDIT_ROUTE,
  DISCLAIMER_PATH,
  ERASE_ROUTE,
  HOLD_ROUTES,
  HTTP_PATHS,
  LOOK_UP_ROUTES,
  RECORD_ROUTE,
} from '../../../lambdas/shared/contract/http.ts';
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { STREAM_ROUTES_TO_FUNCTION, STREAM_ROUTES_TO_MOCK } from '../../../lambdas/shared/contract/stream.ts';
import { shared } from '../../shared/shared.ts';
import { isLike } from '../policies.ts';
import { type Json, type Resource, type Synthesized, synthesize } from '../synthesized.ts';

const DISCLAIMER_ROUTE = `GET ${DISCLAIMER_PATH}/{file}`;

const constructs = shared<typeof import('../constructs.ts')>(join(import.meta.dirname, '..', 'constructs.ts'));
let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize();
});

const apiOf = (protocol: 'HTTP' | 'WEBSOCKET'): string =>
  stack.one('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === protocol)[0];
const stageOf = (protocol: 'HTTP' | 'WEBSOCKET'): Resource =>
  stack.one('AWS::ApiGatewayV2::Stage', ({ ApiId }) => ApiId.Ref === apiOf(protocol))[1];

/** What is behind each route of an API, by route key. */
function integrationsOf(protocol: 'HTTP' | 'WEBSOCKET'): { readonly [route: string]: Json } {
  const integrations = stack.all('AWS::ApiGatewayV2::Integration');
  return Object.fromEntries(
    Object.values(stack.all('AWS::ApiGatewayV2::Route'))
      .filter(({ Properties }) => Properties.ApiId.Ref === apiOf(protocol))
      .map(({ Properties }) => [
        Properties.RouteKey,
        integrations[Properties.Target['Fn::Join'][1][1].Ref]?.Properties,
      ]),
  );
}

const arnOf = (step: Step) => ({ 'Fn::GetAtt': [stack.functionOf(step)[0], 'Arn'] });
const routesOf = (protocol: 'HTTP' | 'WEBSOCKET'): [string, Json][] =>
  Object.values(stack.all('AWS::ApiGatewayV2::Route'))
    .filter(({ Properties }) => Properties.ApiId.Ref === apiOf(protocol))
    .map(({ Properties }) => [Properties.RouteKey, Properties]);

describe('the look-ups', () => {
  it('are the only other routes, and IAM authorizes them, and only them', () => {
    const authorizations = routesOf('HTTP').map(([route, { AuthorizationType }]) => [route, AuthorizationType]);
    expect(Object.fromEntries(authorizations)).toEqual({
      [`POST ${HTTP_PATHS.voice}`]: 'NONE',
      [`POST ${HTTP_PATHS.streamStatus}`]: 'NONE',
      [`POST ${HTTP_PATHS.recordingCallback}`]: 'NONE',
      [DISCLAIMER_ROUTE]: 'NONE',
      [LOOK_UP_ROUTES.call]: 'AWS_IAM',
      [LOOK_UP_ROUTES.calls]: 'AWS_IAM',
      [LOOK_UP_ROUTES.recordings]: 'AWS_IAM',
      [LOOK_UP_ROUTES.link]: 'AWS_IAM',
      [LOOK_UP_ROUTES.peaks]: 'AWS_IAM',
      [AUDIT_ROUTE]: 'AWS_IAM',
      [RECORD_ROUTE]: 'AWS_IAM',
      [HOLD_ROUTES.hold]: 'AWS_IAM',
      [HOLD_ROUTES.release]: 'AWS_IAM',
      [HOLD_ROUTES.list]: 'AWS_IAM',
      [ERASE_ROUTE]: 'AWS_IAM',
    });
    for (const route of [...Object.values(LOOK_UP_ROUTES), AUDIT_ROUTE]) {
      expect(integrationsOf('HTTP')[route]).toMatchObject({
        ...{ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: arnOf('look-up') },
      });
    }
    expect(integrationsOf('HTTP')[RECORD_ROUTE]).toMatchObject({
      ...{ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: arnOf('record-call') },
    });
  });

  it('have a limit of their own, so that they cannot take the environments of the webhooks', () => {
    const limit = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 };
    const { Properties, DependsOn } = stageOf('HTTP');
    expect(Properties.RouteSettings).toEqual({
      [LOOK_UP_ROUTES.call]: limit,
      [LOOK_UP_ROUTES.calls]: limit,
      [LOOK_UP_ROUTES.recordings]: limit,
      [LOOK_UP_ROUTES.link]: limit,
      [LOOK_UP_ROUTES.peaks]: limit,
      [AUDIT_ROUTE]: limit,
      [RECORD_ROUTE]: limit,
      [HOLD_ROUTES.hold]: limit,
      [HOLD_ROUTES.release]: limit,
      [HOLD_ROUTES.list]: limit,
      [ERASE_ROUTE]: limit,
      // As many as there are calls, each of which makes three requests beside it: strangers can ask for it too.
      [DISCLAIMER_ROUTE]: { ThrottlingRateLimit: 167, ThrottlingBurstLimit: 334 },
    });
    for (const routeKey of [...Object.values(LOOK_UP_ROUTES), AUDIT_ROUTE, RECORD_ROUTE, DISCLAIMER_ROUTE]) {
      expect(DependsOn).toContain(stack.one('AWS::ApiGatewayV2::Route', ({ RouteKey }) => RouteKey === routeKey)[0]);
    }
  });

  describe('granted to a principal', () => {
    /** What of the API a role may invoke: method and path. */
    const invokable = async (role: string): Promise<readonly string[]> => {
      const policies = Object.values<Json>(await constructs('policiesWithAuditor'));
      const policy = policies.find(({ Properties }) => Properties.Roles[0].Ref.startsWith(role));
      return policy.Properties.PolicyDocument.Statement.flatMap(({ Effect, Action, Resource }: Json) => {
        expect([Effect, Action]).toEqual(['Allow', 'execute-api:Invoke']);
        return [Resource].flat().map((arn) => arn['Fn::Join'][1].at(-1).replace(/^\/\$default\//, ''));
      });
    };
    /** Whether a request is covered by a right, in which `*` stands for anything. */
    const mayInvoke = (rights: readonly string[], request: string) => rights.some((right) => isLike(request, right));
    const SIDS = { call: `CA${'1'.repeat(32)}`, recording: `RE${'1'.repeat(32)}` };
    const LOOK_UPS = [
      'GET/calls',
      `GET/calls/${SIDS.call}`,
      'GET/recordings',
      `GET/calls/${SIDS.call}/recordings/${SIDS.recording}/peaks`,
      `POST/calls/${SIDS.call}/recordings/${SIDS.recording}/link`,
    ];
    const RECORD = `POST/calls/${SIDS.call}/recording`;
    const AUDIT = 'GET/audit';

    it.each([
      ['Auditor', LOOK_UPS, [RECORD, AUDIT]],
      ['Supervisor', [RECORD], [...LOOK_UPS, AUDIT]],
      ['Inspector', [AUDIT], [...LOOK_UPS, RECORD]],
    ])('%s: no more than the grant says', async (role, allowed, denied) => {
      const rights = await invokable(role);
      for (const request of allowed) expect([request, mayInvoke(rights, request)]).toEqual([request, true]);
      for (const request of denied) expect([request, mayInvoke(rights, request)]).toEqual([request, false]);
    });
  });
});

describe('the webhooks', () => {
  it('are three, each answered by its step in payload format 2.0', () => {
    const posts = Object.entries(integrationsOf('HTTP')).filter(
      ([route]) =>
        route.startsWith('POST ') &&
        ![RECORD_ROUTE, LOOK_UP_ROUTES.link, HOLD_ROUTES.hold, HOLD_ROUTES.release, ERASE_ROUTE].includes(route),
    );
    expect(Object.fromEntries(posts)).toEqual({
      [`POST ${HTTP_PATHS.voice}`]: expect.objectContaining({
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: arnOf('incoming-call'),
      }),
      [`POST ${HTTP_PATHS.streamStatus}`]: expect.objectContaining({
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: arnOf('stream-status'),
      }),
      [`POST ${HTTP_PATHS.recordingCallback}`]: expect.objectContaining({
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: arnOf('recording-callback'),
      }),
    });
  });

  it('are beside one route that is for anyone, to a function without any right', () => {
    const open = Object.values(stack.all('AWS::ApiGatewayV2::Route'))
      .map(({ Properties }) => Properties)
      .filter(({ RouteKey, AuthorizationType }) => /^GET/.test(RouteKey) && AuthorizationType !== 'AWS_IAM');
    expect(open.map(({ RouteKey }) => RouteKey)).toEqual([DISCLAIMER_ROUTE]);
    expect(integrationsOf('HTTP')[DISCLAIMER_ROUTE].IntegrationUri).toEqual(arnOf('disclaimer'));
  });

  it('have no stage in their address', () => {
    expect(stageOf('HTTP').Properties.StageName).toBe('$default');
  });
});

describe('the stream', () => {
  it('is routed by the name of its event', () => {
    const [, api] = stack.one('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === 'WEBSOCKET');
    expect(api.Properties.RouteSelectionExpression).toBe('$request.body.event');
    expect(Object.keys(integrationsOf('WEBSOCKET')).sort()).toEqual(
      [...STREAM_ROUTES_TO_FUNCTION, ...STREAM_ROUTES_TO_MOCK].sort(),
    );
  });

  it.each(STREAM_ROUTES_TO_FUNCTION)('%s reaches the step', (route) => {
    const integration = integrationsOf('WEBSOCKET')[route];
    expect(integration.IntegrationType).toBe('AWS_PROXY');
    expect(JSON.stringify(integration.IntegrationUri)).toContain(stack.functionOf('stream-connect')[0]);
    expect(
      Object.values(stack.all('AWS::Lambda::Permission')).filter(({ Properties }) =>
        JSON.stringify(Properties.SourceArn).includes(`/*${route}"`),
      ),
    ).toHaveLength(1);
  });

  it.each(STREAM_ROUTES_TO_MOCK)('%s reaches nothing', (route) => {
    expect(integrationsOf('WEBSOCKET')[route]).toMatchObject({
      IntegrationType: 'MOCK',
      RequestTemplates: { $default: '{"statusCode":200}' },
    });
  });

  it('never answers: no route has a response', () => {
    expect(stack.all('AWS::ApiGatewayV2::RouteResponse')).toEqual({});
    for (const { Properties } of Object.values(stack.all('AWS::ApiGatewayV2::Route'))) {
      expect(Properties.RouteResponseSelectionExpression).toBeUndefined();
    }
  });

  it('limits connections, which cost an invocation, apart from frames, which do not', () => {
    const { Properties, DependsOn } = stageOf('WEBSOCKET');
    expect(Properties.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 10_000, ThrottlingBurstLimit: 5_000 });
    expect(Properties.RouteSettings).toEqual({ $connect: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 } });
    // Settings of a route that is not there yet are refused.
    const [connect] = stack.one('AWS::ApiGatewayV2::Route', ({ RouteKey }) => RouteKey === '$connect');
    expect(DependsOn).toContain(connect);
  });
});

describe('both APIs', () => {
  it.each(['HTTP', 'WEBSOCKET'] as const)(
    '%s: throttled explicitly, since 0 is what a missing limit may mean',
    (protocol) => {
      const { ThrottlingRateLimit, ThrottlingBurstLimit } = stageOf(protocol).Properties.DefaultRouteSettings;
      expect(ThrottlingRateLimit).toBeGreaterThanOrEqual(500);
      expect(ThrottlingBurstLimit).toBeGreaterThanOrEqual(500);
    },
  );

  it.each(['HTTP', 'WEBSOCKET'] as const)(
    '%s: access is logged as JSON, without what a caller said or dialled',
    (protocol) => {
      const { DestinationArn, Format } = stageOf(protocol).Properties.AccessLogSettings;
      const logGroup = stack.all('AWS::Logs::LogGroup')[DestinationArn['Fn::GetAtt'][0]];
      expect(logGroup?.Properties.RetentionInDays).toBe(90);
      expect(logGroup?.Properties.LogGroupName).toMatch(/^\/aws\/vendedlogs\//);
      expect(Object.values(JSON.parse(Format))).toContain('$context.requestId');
      expect(Format).not.toMatch(/body|querystring|header|path/i);
    },
  );

  it.each(['HTTP', 'WEBSOCKET'] as const)(
    '%s: the stage comes last, since API Gateway refuses changes of an API while it deploys it',
    (protocol) => {
      const ofApi = ['Route', 'Integration', 'RouteResponse', 'IntegrationResponse', 'Authorizer', 'Model']
        .flatMap((kind) => Object.entries(stack.all(`AWS::ApiGatewayV2::${kind}`)))
        .filter(([, { Properties }]) => Properties.ApiId.Ref === apiOf(protocol))
        .map(([id]) => id);
      expect(ofApi.length).toBeGreaterThan(4);
      expect(stageOf(protocol).DependsOn).toEqual(expect.arrayContaining(ofApi));
    },
  );

  it('HTTP: says who looked something up, by the ARN that IAM has found', () => {
    expect(JSON.parse(stageOf('HTTP').Properties.AccessLogSettings.Format)).toMatchObject({
      userArn: '$context.identity.userArn',
      sourceIp: '$context.identity.sourceIp',
    });
  });

  it('let a stage be made in an account that has no role for access logs yet', () => {
    const [account, resource] = stack.one('AWS::ApiGateway::Account');
    expect(resource.DeletionPolicy).toBe('Retain');
    expect(stageOf('WEBSOCKET').DependsOn).toContain(account);
  });

  it('leave the role alone where the account has one', async () => {
    const other = await synthesize({ createApiGatewayLogRole: false });
    expect(other.all('AWS::ApiGateway::Account')).toEqual({});
  });
});
