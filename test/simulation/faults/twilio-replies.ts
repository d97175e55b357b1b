/** Replies of Twilio as they travel in virtual time, and what goes wrong with them. */
import { type HttpsResponse, NeverSent } from '../../../lambdas/shared/adapters/twilio/https-client.ts';
import type { Special } from '../world/environments.ts';

type Text = { statusCode: number; body: string; headers: object };
const failing = (statusCode: number, code: number): Text => ({
  statusCode,
  body: JSON.stringify({ code, message: 'as drawn', status: statusCode }),
  headers: {},
});

/** As the real client throws: one error where nothing was sent, others where nobody knows. */
function errorOf(kind: string): Error {
  if (kind === 'never-sent') return new NeverSent('ECONNREFUSED');
  return Object.assign(new Error('no reply'), { code: kind === 'error-before' ? 'ReplyTimeout' : 'ECONNRESET' });
}

export const REST_FAULTS: Special<Text> = {
  error: errorOf,
  replies: {
    'status-429': { effect: false, reply: () => failing(429, 20429) },
    'status-503-before': { effect: false, reply: () => failing(503, 20503) },
    'status-503-after': { effect: true, reply: () => failing(503, 20503) },
  },
};

export const AUDIO_FAULTS: Special<HttpsResponse> = {
  error: errorOf,
  replies: {
    'status-429': { effect: false, reply: () => reply(429, Buffer.alloc(0)) },
    'status-503-before': { effect: false, reply: () => reply(503, Buffer.alloc(0)) },
    'status-503-after': { effect: true, reply: () => reply(503, Buffer.alloc(0)) },
    'not-there-yet': { effect: false, reply: () => reply(404, Buffer.alloc(0)) },
    // External storage is on: the audio is in a bucket of the owner's.
    elsewhere: { effect: false, reply: () => reply(302, Buffer.alloc(0)) },
    // A page that says that it is audio.
    'error-page': { effect: true, reply: () => reply(200, Buffer.from('<html>an error</html>'), 'audio/x-wav') },
    truncated: {
      effect: true,
      reply: (real) =>
        real instanceof SmallReply
          ? new SmallReply(real.statusCode, real.body.subarray(0, -7), real.headers)
          : reply(503, Buffer.alloc(0)),
    },
  },
};

export class SmallReply implements HttpsResponse {
  readonly statusCode: number;
  readonly body: Buffer;
  readonly headers: { readonly [name: string]: string };
  /** Waits until so many bytes have come. */
  pace: ((bytes: number) => Promise<void>) | undefined;
  constructor(statusCode: number, body: Buffer, headers: { readonly [name: string]: string }) {
    this.statusCode = statusCode;
    this.body = body;
    this.headers = headers;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < this.body.length; offset += 1024) {
      const chunk = this.body.subarray(offset, offset + 1024);
      await this.pace?.(chunk.length);
      yield chunk;
    }
  }
  resume(): void {
    // Nothing waits.
  }
  destroy(): void {
    // Nothing is open.
  }
  toJSON(): object {
    return { status: this.statusCode, bytes: this.body.length };
  }
}

/** An MP3's length is not said before it is made. */
export const inChunks = (body: Buffer): HttpsResponse =>
  new SmallReply(200, body, { 'content-type': 'audio/mpeg', 'transfer-encoding': 'chunked' });

export const reply = (
  statusCode: number,
  body: Buffer,
  type = 'audio/x-wav',
  part: { readonly [name: string]: string } = {},
): SmallReply =>
  new SmallReply(statusCode, body, {
    ...{ 'content-type': type, 'content-length': String(body.length) },
    ...(statusCode === 206 && part),
  });
