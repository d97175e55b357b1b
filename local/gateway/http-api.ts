import type { IncomingMessage } from 'node:http';
import type { ApiModel, RouteModel } from '../template/apis.ts';
import { type SigningPlace, signedBy } from './aws-signature.ts';
import { decideByJwt, type JwtContext, type KeysOf } from './jwt-authorizer.ts';

/** An HTTP API takes 10 MB. Source: API Gateway quotas, "Payload size". */
export const HTTP_BODY_LIMIT_BYTES = 10 * 1024 * 1024;

export interface GatewayReply {
  readonly status: number;
  /** A value that is a list is sent as that many header lines. */
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body: Buffer | string;
}

export interface HttpRequestContext {
  readonly accountId: string;
  readonly domainName: string;
  readonly requestId: string;
  readonly time: Date;
  /** Path and query, where they are other than the request's. */
  readonly url?: string;
  /** Who has signed, where IAM authorizes. */
  readonly accessKeyId?: string | undefined;
  /** Whose token it is, where a JWT authorizer decides. */
  readonly jwt?: JwtContext;
}

/** The context with who has signed, or whose token it is; or what a request without that is answered. */
export function authorize(
  authorization: RouteModel['authorization'],
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
  place: SigningPlace,
  context: HttpRequestContext,
  keysOf: KeysOf = () => [],
): HttpRequestContext | GatewayReply {
  if (authorization === 'none') return context;
  if (authorization === 'iam') {
    const accessKeyId = signedBy({ method, url, headers, body }, place, context.time);
    return accessKeyId === undefined ? messageReply(403, 'Forbidden') : { ...context, accessKeyId };
  }
  const decision = decideByJwt(headers.authorization, authorization, keysOf, context.time);
  if (decision.allowed) return { ...context, jwt: decision.jwt };
  if (decision.status === 403) return messageReply(403, 'Forbidden');
  const reply = messageReply(401, 'Unauthorized');
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': 'Bearer' } };
}

export interface SelectedRoute {
  readonly route: RouteModel;
  /** By the names in the route's path, such as `callSid` of `/calls/{callSid}`. */
  readonly pathParameters?: { readonly [name: string]: string };
}

/** The route of a request: the exact one, one with variables in its path, the one for any method, else `$default`. */
export function selectHttpRoute(api: ApiModel, method: string, path: string): SelectedRoute | undefined {
  const exact = (key: string) => {
    const route = api.routes.find((candidate) => candidate.key === key);
    return route && { route };
  };
  const ofMethod = (name: string) => exact(`${name} ${path}`) ?? withVariables(api, name, path);
  return ofMethod(method) ?? ofMethod('ANY') ?? exact('$default');
}

function withVariables(api: ApiModel, method: string, path: string): SelectedRoute | undefined {
  for (const route of api.routes) {
    const [routeMethod, routePath = ''] = route.key.split(' ');
    if (routeMethod !== method || !routePath.includes('{')) continue;
    const pathParameters = match(routePath.split('/'), path.split('/'));
    if (pathParameters) return { route, pathParameters };
  }
  return undefined;
}

function match(pattern: readonly string[], path: readonly string[]): { readonly [name: string]: string } | undefined {
  if (pattern.length !== path.length) return undefined;
  const parameters: { [name: string]: string } = {};
  for (const [index, part] of pattern.entries()) {
    const given = path[index] ?? '';
    const [, name] = /^\{([^}]+)\}$/.exec(part) ?? [];
    if (name === undefined ? part !== given : given === '') return undefined;
    if (name !== undefined) parameters[name] = given;
  }
  return parameters;
}

/**
 * The event of payload format version 2.0.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpEvent(
  api: Pick<ApiModel, 'id' | 'stage'>,
  { route, pathParameters }: { readonly route: Pick<RouteModel, 'key'> } & Pick<SelectedRoute, 'pathParameters'>,
  request: IncomingMessage,
  body: Buffer,
  context: HttpRequestContext,
): object {
  const { pathname, search, searchParams } = new URL(context.url ?? request.url ?? '/', 'http://gateway');
  const headers = joinedHeaders(request, context);
  const cookies = headers.get('cookie')?.split(/;\s*/);
  headers.delete('cookie');
  const { method = 'GET' } = request;
  const { accessKeyId, jwt } = context;
  const isBase64Encoded = body.length > 0 && !isText(headers.get('content-type') ?? '');
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: decodeURI(pathname),
    rawQueryString: search.slice(1),
    ...(cookies === undefined ? {} : { cookies }),
    headers: Object.fromEntries(headers),
    ...(search === '' ? {} : { queryStringParameters: joinedParameters(searchParams) }),
    ...(pathParameters === undefined ? {} : { pathParameters }),
    requestContext: {
      accountId: context.accountId,
      apiId: api.id,
      ...(accessKeyId !== undefined && { authorizer: { iam: callerOf(context.accountId, accessKeyId) } }),
      ...(jwt && { authorizer: { jwt } }),
      domainName: context.domainName,
      domainPrefix: context.domainName.split('.')[0],
      http: {
        method,
        path: decodeURI(pathname),
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers.get('user-agent') ?? '',
      },
      requestId: context.requestId,
      routeKey: route.key,
      stage: api.stage,
      time: commonLogTime(context.time),
      timeEpoch: context.time.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
}

/** Who has signed, as far as can be known here: the owner of any access key. */
function callerOf(accountId: string, accessKey: string): object {
  return {
    accessKey,
    accountId,
    callerId: accessKey,
    cognitoIdentity: null,
    principalOrgId: '',
    userArn: `arn:aws:iam::${accountId}:user/${accessKey}`,
    userId: accessKey,
  };
}

/**
 * What API Gateway makes of a function's result: with a `statusCode` it is a reply, else it is the body of one in JSON.
 * Undefined stands for a result that API Gateway cannot use, which it answers with 500.
 */
export function gatewayReply(result: unknown): GatewayReply | undefined {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result ?? null);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result as { readonly [name: string]: unknown };
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  const given = Object.entries((headers ?? {}) as object);
  const lowerCased = given.map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(lowerCased),
      ...(Array.isArray(cookies) ? { 'set-cookie': cookies.map(String) } : {}),
    },
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  };
}

export function messageReply(status: number, message: string): GatewayReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}

/** Only these reach a function as text; forms, like everything else, come base64-encoded. */
function isText(contentType: string): boolean {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^text\/|^application\/(json|javascript|xml)$|\+(json|xml)$/.test(type);
}

function joinedHeaders(request: IncomingMessage, { requestId }: HttpRequestContext): Map<string, string> {
  const headers = new Map<string, string>();
  const add = (name: string, value: string) => {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  };
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]?.toLowerCase() ?? '';
    if (name !== 'connection') add(name, request.rawHeaders[index + 1] ?? '');
  }
  add('x-forwarded-for', request.socket.remoteAddress ?? '127.0.0.1');
  if (!headers.has('x-forwarded-proto')) add('x-forwarded-proto', 'http');
  add('x-amzn-trace-id', `Root=${requestId}`);
  return headers;
}

function joinedParameters(parameters: URLSearchParams): { readonly [name: string]: string } {
  const names = new Set(parameters.keys());
  return Object.fromEntries([...names].map((name) => [name, parameters.getAll(name).join(',')]));
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
