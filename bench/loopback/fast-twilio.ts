/**
 * Twilio's side for load: answers in the benchmark's own process, and notes when each request arrived.
 *
 * The simulated Twilio of local/ speaks with real audio in real time, which is more than thousands of calls at once
 * leave a machine for.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { close, listen } from '../../local/loopback.ts';
import { wavHeader } from '../../local/twilio/audio/wav.ts';
import { reply } from './bodies.ts';
import { describeRecording } from './recording.ts';

export const ACCOUNT = {
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'b'.repeat(32),
  apiKeySid: `SK${'c'.repeat(32)}`,
  apiKeySecret: 'd'.repeat(32),
} as const;

export interface FastTwilioOptions {
  /** Milliseconds that a start takes. Default 0. */
  readonly startMilliseconds?: number;
  /** Requests at once; more are answered 429. */
  readonly concurrency?: number;
  /** Milliseconds since 1970 before which a call is answered 404. */
  readonly registeredAt?: (callSid: string) => number;
}

/** A request to start a recording, at milliseconds since 1970, with a fraction. */
export interface StartRequest {
  readonly at: number;
  readonly status: number;
}

export type FastTwilio = Awaited<ReturnType<typeof startFastTwilio>>;

/** Milliseconds since 1970, finer than the system's clock tells. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

/** A call SID of its own for each name. */
export const callSidOf = (name: string): string => `CA${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;

/** Of every recording. */
const AUDIO_SECONDS = 1;
const AUDIO = Buffer.concat([wavHeader(2, AUDIO_SECONDS * 32_000), Buffer.alloc(AUDIO_SECONDS * 32_000)]);
const AUDIO_HEADERS = { 'content-type': 'audio/x-wav', 'content-length': AUDIO.length };

/** The recording of a call, one each, in progress or completed. */
const describe = (callSid: string, completed: boolean): object =>
  describeRecording({
    ...{ accountSid: ACCOUNT.accountSid, callSid, sid: `RE${callSid.slice(2)}` },
    ...(completed && { seconds: AUDIO_SECONDS }),
  });

export async function startFastTwilio(options: FastTwilioOptions = {}) {
  const starts = new Map<string, StartRequest[]>();
  const start = starter(options);
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = preciseNow();
    request.resume();
    const [path = ''] = (request.url ?? '').split('?', 1);
    const [, callSid] = /\/Calls\/(CA[0-9a-f]{32})\/Recordings\.json$/.exec(path) ?? [];
    const [, digits] = /\/Recordings\/RE([0-9a-f]{32})\./.exec(path) ?? [];
    if (request.method === 'DELETE') return reply(response, 204, '');
    if (path.endsWith('.wav')) return void response.writeHead(200, AUDIO_HEADERS).end(AUDIO);
    if (callSid !== undefined && request.method === 'POST') {
      const [status, body] = await start(callSid);
      starts.set(callSid, [...(starts.get(callSid) ?? []), { at, status }]);
      return reply(response, status, body, JSON_TYPE);
    }
    if (digits !== undefined) return reply(response, 200, describe(`CA${digits}`, true), JSON_TYPE);
    const started = callSid !== undefined && starts.get(callSid)?.some(({ status }) => status === 201);
    const recordings = started ? [describe(callSid, true)] : [];
    reply(response, 200, { recordings, page: 0, page_size: 50 }, JSON_TYPE);
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    /** By call SID. */
    starts: starts as ReadonlyMap<string, readonly StartRequest[]>,
    close: () => close(server),
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Starts the recording of a call. @returns status and body. */
function starter({
  startMilliseconds = 0,
  concurrency = Number.POSITIVE_INFINITY,
  registeredAt = () => 0,
}: FastTwilioOptions): (callSid: string) => Promise<[number, object]> {
  let underWay = 0;
  return async (callSid) => {
    if (underWay >= concurrency) return [429, { code: 20429, message: 'Too Many Requests', status: 429 }];
    underWay += 1;
    if (startMilliseconds > 0) await sleep(startMilliseconds);
    underWay -= 1;
    if (preciseNow() < registeredAt(callSid)) return [404, { code: 20404, message: 'Not found', status: 404 }];
    return [201, describe(callSid, false)];
  };
}
