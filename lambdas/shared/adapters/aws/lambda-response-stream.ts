/** Replies that Lambda streams to the client of a function URL. */
import type { Writable } from 'node:stream';
import type { Context } from 'aws-lambda';
import type { StreamedReply } from '../../ports/playback.ts';

/** As far as it is used; Lambda's own keeps back more of Node's stream. */
export type ResponseStream = Pick<Writable, 'write' | 'end' | 'on'>;

type StreamHandler<Event> = (event: Event, response: ResponseStream, context: Context) => Promise<void>;

/**
 * The global `awslambda` of Lambda's Node.js runtime.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
 */
export interface AwsLambdaGlobal {
  streamifyResponse<Event>(handler: StreamHandler<Event>): StreamHandler<Event>;
  readonly HttpResponseStream: {
    from(response: ResponseStream, head: Pick<StreamedReply, 'statusCode' | 'headers'>): ResponseStream;
  };
}

/** In place of a body that breaks off before its first byte. */
const NOTHING_CAME: StreamedReply = {
  statusCode: 502,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify({ error: 'The audio broke off before its first byte: try again.' }),
};

/**
 * Sends a reply, no faster than it is taken. Its head goes out with the first byte of the body, so that a body that breaks off before
 * is answered 502. One that breaks off later is left without its end, and Lambda's runtime tells the client of the error: ended in
 * order, what was sent so far would pass for the whole. Where the client has left, the body is left too, which closes where it comes from.
 *
 * The stream is never destroyed: it is the runtime's own request to Lambda, whose failure ends the process.
 *
 * @throws {BodyBrokeOff} in place of what the body throws: Lambda's runtime logs the message of an error, and that may quote anything
 */
export async function sendReply(
  lambda: Pick<AwsLambdaGlobal, 'HttpResponseStream'>,
  response: ResponseStream,
  { body, ...head }: StreamedReply,
): Promise<void> {
  if (typeof body === 'string') return void begin(lambda, response, head).end(body);
  let begun: { readonly stream: ResponseStream; readonly backpressure: Backpressure } | undefined;
  try {
    for await (const bytes of body) {
      if (!begun) {
        const stream = begin(lambda, response, head);
        begun = { stream, backpressure: new Backpressure(stream) };
      }
      const { stream, backpressure } = begun;
      if (!stream.write(bytes)) await backpressure.eased();
      if (backpressure.closed) return;
    }
  } catch {
    // The maker of the body has logged why.
    if (!begun) return sendReply(lambda, response, NOTHING_CAME);
    throw new BodyBrokeOff();
  }
  (begun?.stream ?? begin(lambda, response, head)).end();
}

/** The head goes out with the first write, and not at all without one. */
function begin(
  { HttpResponseStream }: Pick<AwsLambdaGlobal, 'HttpResponseStream'>,
  response: ResponseStream,
  head: Pick<StreamedReply, 'statusCode' | 'headers'>,
): ResponseStream {
  const stream = HttpResponseStream.from(response, head);
  stream.write('');
  return stream;
}

/** What was sent is not the whole. */
export class BodyBrokeOff extends Error {
  override readonly name = 'BodyBrokeOff';
  constructor() {
    super('The body broke off.');
  }
}

/** Whether a stream takes more: when it has drained, or never, as it is closed. */
class Backpressure {
  closed = false;
  #wake: () => void = () => undefined;

  constructor(stream: ResponseStream) {
    stream.on('drain', () => this.#wake());
    for (const end of ['close', 'error']) {
      stream.on(end, () => {
        this.closed = true;
        this.#wake();
      });
    }
  }

  eased(): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
