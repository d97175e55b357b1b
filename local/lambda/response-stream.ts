/**
 * Inside an execution environment: what a streaming handler writes its response to, and the global `awslambda` that makes one.
 * After Lambda's own: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client (`src/ResponseStream.js`, `src/HttpResponseStream.js`)
 */
import { Writable } from 'node:stream';
import type { EnvironmentMessage } from './protocol.ts';

/** Before the body stands its head in JSON, and eight zero bytes. */
export const HEAD_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';
export const HEAD_END = Buffer.alloc(8);

export const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

/**
 * Sends one piece at a time, and the next when there is room for it. Unlike on Lambda, where a function is not told, it closes once
 * the client has left.
 */
export class ResponseStream extends Writable {
  /** Writes what stands before the first piece. */
  _onBeforeFirstWrite: ((write: (bytes: Uint8Array | string) => void) => void) | undefined;
  readonly #send: (message: EnvironmentMessage) => void;
  #contentType = 'application/octet-stream';
  #begun = false;
  #left = false;
  #taken: () => void = () => undefined;

  constructor(send: (message: EnvironmentMessage) => void) {
    super({ decodeStrings: true });
    this.#send = send;
    // The writer need not listen: how it ended is asked at the end.
    this.on('error', () => undefined);
  }

  setContentType(contentType: string): void {
    if (this.#begun) throw new Error('Cannot set content-type, too late.');
    this.#contentType = contentType;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const pieces: Uint8Array[] = [];
    if (!this.#begun) this._onBeforeFirstWrite?.((bytes) => pieces.push(Buffer.from(bytes)));
    this.#begun = true;
    this.#taken = done;
    this.#send({ type: 'piece', contentType: this.#contentType, bytes: Buffer.concat([...pieces, chunk]) });
  }

  /** Takes the platform's word on the last piece. */
  hear(word: 'more' | 'left'): void {
    const taken = this.#taken;
    this.#taken = () => undefined;
    if (word === 'more') {
      taken();
      return;
    }
    this.#left = true;
    this.destroy();
  }

  /** Resolves when all is sent, or nobody wants it any more. @throws where it broke off, or was not ended. */
  async whole(): Promise<void> {
    if (this.#left) return;
    if (this.destroyed && !this.writableFinished) throw named('Runtime.TruncatedResponse', 'The response broke off.');
    if (!this.writableEnded) throw named('Runtime.InvalidStreamingOperation', 'Response stream is not finished.');
    if (!this.writableFinished) await new Promise((resolve) => this.once('finish', resolve).once('close', resolve));
  }
}

export const named = (name: string, message: string) => Object.assign(new Error(message), { name });

/** What Lambda's runtime gives functions as the global `awslambda`. */
export const AWSLAMBDA = {
  streamifyResponse: (handler: object) => Object.assign(handler, { [STREAMING]: 'response' }),
  HttpResponseStream: {
    from(stream: ResponseStream, head: object): ResponseStream {
      stream.setContentType(HEAD_CONTENT_TYPE);
      stream._onBeforeFirstWrite = (write) => {
        write(JSON.stringify(head));
        write(HEAD_END);
      };
      return stream;
    },
  },
};
