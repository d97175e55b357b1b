/** Stands for Cognito's sign-in page and token endpoint. Whoever uses this machine chooses a user: there is no password. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { refusalOfStranger } from '../../console/serve/stranger.ts';
import type { AuthorizeRequest, UserPoolModel } from '../../sim/aws/user-pool.ts';
import { close, listen, readBody } from '../loopback.ts';

const FORM_BYTES = 64 * 1024;
const COOKIE = 'local-sign-in';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly pool: UserPoolModel;
}

export async function startSignIn() {
  const ready = Promise.withResolvers<UserPoolModel>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://sign-in');
    const reply = ready.promise.then((pool) => answer({ request, response, url, pool }));
    reply.catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : String(error));
      response.writeHead(500).end();
    });
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    serve: (pool: UserPoolModel) => ready.resolve(pool),
    close: () => close(server),
  };
}

const ROUTES: { readonly [route: string]: (exchange: Exchange) => void | Promise<void> } = {
  'GET /oauth2/authorize': authorize,
  'POST /login': login,
  'POST /oauth2/token': token,
  'POST /oauth2/revoke': revoke,
  'GET /logout': logout,
  'GET /.well-known/jwks.json': ({ response, pool }) => json(response, 200, { keys: pool.keys() }),
};

async function answer(exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange;
  // Tokens are asked for by the page, which is on another port.
  const refusal = refusalOfStranger(request, [request.headers.origin ?? ''].filter(isOfThisMachine));
  if (refusal !== undefined) return void response.writeHead(403).end(refusal);
  const route = ROUTES[`${request.method} ${url.pathname}`];
  return route === undefined ? void response.writeHead(404).end() : route(exchange);
}

const isOfThisMachine = (origin: string): boolean => /^http:\/\/(127\.0\.0\.1|localhost):\d+$/.test(origin);

function authorize({ request, response, url, pool }: Exchange): void {
  const asked: AuthorizeRequest = Object.fromEntries(url.searchParams);
  const problem = pool.problemOf(asked);
  if (problem !== undefined) {
    html(response, 400, `<p>The sign-in cannot be begun: ${escaped(problem)}.</p>`);
    return;
  }
  // Who has signed in within the hour need not do so again.
  const [, known = ''] = new RegExp(`${COOKIE}=([^;]*)`).exec(request.headers.cookie ?? '') ?? [];
  const user = pool.users().find(({ sub }) => sub === known);
  if (user) redirect(response, asked, pool.codeFor(user.username, asked));
  else html(response, 200, chooser(pool, url));
}

async function login({ request, response, url, pool }: Exchange): Promise<void> {
  const asked: AuthorizeRequest = Object.fromEntries(url.searchParams);
  const { username = '' } = await formOf(request);
  const user = pool.user(username);
  if (pool.problemOf(asked) !== undefined || !user) return void response.writeHead(400).end();
  response.setHeader('set-cookie', `${COOKIE}=${user.sub}; Max-Age=3600; HttpOnly; SameSite=Lax; Path=/`);
  return redirect(response, asked, pool.codeFor(username, asked));
}

async function token({ request, response, pool }: Exchange): Promise<void> {
  const { status, body } = pool.token(await formOf(request));
  response.setHeader('access-control-allow-origin', '*');
  return json(response, status, body);
}

async function revoke({ request, response, pool }: Exchange): Promise<void> {
  pool.revoke((await formOf(request)).token ?? '');
  response.writeHead(200).end();
}

function logout({ response, url, pool }: Exchange): void {
  const [client_id = '', redirect_uri = ''] = ['client_id', 'logout_uri'].map(
    (name) => url.searchParams.get(name) ?? '',
  );
  const asked = {
    client_id,
    redirect_uri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'x',
    code_challenge_method: 'S256',
  };
  if (pool.problemOf(asked) !== undefined) return void response.writeHead(400).end();
  response.setHeader('set-cookie', `${COOKIE}=; Max-Age=0; Path=/`);
  response.writeHead(302, { location: redirect_uri }).end();
}

function redirect(response: ServerResponse, { redirect_uri = '', state }: AuthorizeRequest, code: string): void {
  const query = new URLSearchParams({ code, ...(state !== undefined && { state }) });
  response.writeHead(302, { location: `${redirect_uri}?${query}` }).end();
}

function chooser(pool: UserPoolModel, { search }: URL): string {
  const button = (name: string, groups: readonly string[]) =>
    `<p><button name="username" value="${escaped(name)}">${escaped(name)}</button> ${escaped(groups.join(', ') || 'no team')}</p>`;
  const users = pool.users().map(({ username, groups }) => button(username, groups));
  const none =
    '<p>There are no users. Add one:</p><pre>npm run recorder -- users add you@example.com --all-teams --local</pre>';
  return `<h1>Sign in as</h1><form method="post" action="/login${escaped(search)}">${users.join('') || none}</form>`;
}

function html(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><title>Sign in (on this machine)</title>${body}</html>`);
}

const json = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

async function formOf(request: IncomingMessage): Promise<{ readonly [name: string]: string }> {
  const body = await readBody(request, FORM_BYTES);
  return Object.fromEntries(new URLSearchParams(body?.toString() ?? ''));
}
