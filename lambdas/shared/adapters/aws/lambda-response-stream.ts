/** Replies that Lambda streams to whoever asked a function URL. */
import type { Writable } from 'node:stream';
import type { Context } from 'aws-lambda';
import type { StreamedReply } from '../../ports/playback.ts';

/** As far as it is used; Lambda's own keeps back more of Node's stream. */
export type ResponseStream = Pick<Writable, 'write' | 'end' | 'destroy' | 'destroyed' | 'on'>;

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

/**
 * Sends a reply, no faster than it is taken.
 *
 * A body that breaks off breaks the response off as well: ended in order, what was sent so far would pass for the whole. Where
 * whoever asked has left, the body is left too, which closes where it comes from.
 *
 * @throws {BodyBrokeOff} in place of what the body throws: Lambda's runtime logs the message of an error, and that may quote anything
 */
export async function sendReply(
  { HttpResponseStream }: Pick<AwsLambdaGlobal, 'HttpResponseStream'>,
  response: ResponseStream,
  { body, ...head }: StreamedReply,
): Promise<void> {
  const stream = HttpResponseStream.from(response, head);
  const backpressure = new Backpressure(stream);
  // The head goes out with the first write, and not at all without one.
  stream.write('');
  if (typeof body === 'string') {
    stream.end(body);
    return;
  }
  try {
    for await (const bytes of body) {
      if (!stream.write(bytes)) await backpressure.eased();
      if (backpressure.closed) return;
    }
  } catch {
    // Whoever made the body has logged why.
    const broken = new BodyBrokeOff();
    stream.destroy(broken);
    throw broken;
  }
  stream.end();
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
