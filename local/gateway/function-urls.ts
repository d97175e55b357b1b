/** Function URLs, at a path of the gateway for each: their requests reach one function, whose response may be streamed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InvocationResult, ResponseSink } from '../lambda/environment.ts';
import { HEAD_CONTENT_TYPE, HEAD_END } from '../lambda/response-stream.ts';
import type { FunctionUrlModel } from '../template/apis.ts';
import { FUNCTION_URL_PATH } from '../template/local-urls.ts';
import type { Signing } from './aws-signature.ts';
import {
  authorize,
  type GatewayReply,
  gatewayReply,
  type HttpRequestContext,
  httpEvent,
  messageReply,
} from './http-api.ts';

export const isFunctionUrl = (path: string): boolean => path.startsWith(FUNCTION_URL_PATH);

export interface FunctionUrlsOptions {
  readonly urls: readonly FunctionUrlModel[];
  readonly invoke: (functionId: string, event: object, sink: ResponseSink) => Promise<InvocationResult>;
  /** What signatures are checked against. */
  readonly signing: Signing;
}

/**
 * Answers a request. Where IAM authorizes, it must carry a signature that is right and has not expired, in its headers or, as links
 * do, in its query.
 *
 * @returns the reply, or undefined where it has been streamed
 */
export async function answerFunctionUrl(
  { urls, invoke, signing }: FunctionUrlsOptions,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  context: HttpRequestContext,
): Promise<GatewayReply | undefined> {
  const { url = '/' } = request;
  const [id = '', ...rest] = url.slice(FUNCTION_URL_PATH.length).split('/');
  const model = urls.find((one) => one.id === id);
  if (!model) return messageReply(403, 'Forbidden');
  const authorized = authorize(model.authorization, request, body, { ...signing, service: 'lambda' }, context);
  if ('status' in authorized) return authorized;
  const asked = { ...authorized, url: `/${rest.join('/')}` };
  // The event names a function URL as it does an API with one stage and one route.
  const event = httpEvent({ id, stage: '$default' }, { route: { key: '$default' } }, request, body, asked);
  const passing = new PassingResponse(response);
  const result = await invoke(model.functionId, event, passing);
  if (passing.begun) {
    // Cut off in the middle, it must not look whole.
    if (result.ok) response.end();
    else response.destroy();
    return undefined;
  }
  const reply = result.ok ? gatewayReply(result.payload) : undefined;
  return reply ?? messageReply(502, 'Internal Server Error');
}

/** Writes pieces to the client, no faster than it takes them. */
class PassingResponse implements ResponseSink {
  begun = false;
  readonly #response: ServerResponse;
  readonly #leaving = new AbortController();

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => {
      if (!response.writableFinished) this.#leaving.abort();
    });
  }

  get left(): AbortSignal {
    return this.#leaving.signal;
  }

  async take(bytes: Uint8Array, contentType: string): Promise<void> {
    const piece = this.begun ? bytes : this.#begin(Buffer.from(bytes), contentType);
    if (this.left.aborted || this.#response.write(piece)) return;
    await new Promise<void>((resolve) => {
      this.#response.once('drain', resolve);
      this.left.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Writes the head, which stands in the first piece as a whole. @returns what follows it */
  #begin(first: Buffer, contentType: string): Buffer {
    this.begun = true;
    if (contentType !== HEAD_CONTENT_TYPE) {
      this.#response.writeHead(200, { 'content-type': contentType });
      return first;
    }
    const end = first.indexOf(HEAD_END);
    const { statusCode = 200, headers = {} } = JSON.parse(first.subarray(0, end).toString());
    for (const [name, value] of Object.entries(headers)) {
      // How long it will be, Lambda says under another name: https://github.com/cargo-lambda/cargo-lambda/issues/862
      const isLength = name.toLowerCase() === 'content-length';
      this.#response.setHeader(isLength ? 'x-amzn-remapped-content-length' : name, String(value));
    }
    this.#response.writeHead(statusCode);
    this.#response.flushHeaders();
    return first.subarray(end + HEAD_END.length);
  }
}
