/**
 * Cross-origin requests, as an HTTP API and a function URL answer them: a preflight request reaches no function, and no authorizer.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
import type { IncomingMessage } from 'node:http';
import type { CorsModel } from '../template/cors.ts';

type Headers = { readonly [name: string]: string };

/** Whether a page of another site asks, and is one of those that may. */
export const isAllowedOrigin = (cors: CorsModel | undefined, { headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  cors !== undefined && headers.origin !== undefined && cors.origins.includes(headers.origin);

/** The headers of the answer to a preflight request; undefined where the request is none, or CORS is not configured. */
export function preflightOf(
  cors: CorsModel | undefined,
  request: Pick<IncomingMessage, 'method' | 'headers'>,
): Headers | undefined {
  const { method, headers } = request;
  const isPreflight = method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'];
  if (cors === undefined || !isPreflight) return undefined;
  if (!isAllowedOrigin(cors, request)) return {};
  return {
    ...corsHeaders(cors, request),
    'access-control-allow-methods': cors.methods.join(','),
    ...(cors.headers.length > 0 && { 'access-control-allow-headers': cors.headers.join(',') }),
    ...(cors.maxAge !== undefined && { 'access-control-max-age': String(cors.maxAge) }),
  };
}

/** What is added to every other answer. */
export function corsHeaders(cors: CorsModel | undefined, request: Pick<IncomingMessage, 'headers'>): Headers {
  if (!isAllowedOrigin(cors, request)) return {};
  const exposed = cors?.exposed.join(',') ?? '';
  return {
    'access-control-allow-origin': request.headers.origin ?? '',
    vary: 'origin',
    ...(exposed !== '' && { 'access-control-expose-headers': exposed }),
  };
}
