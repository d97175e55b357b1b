/**
 * Twilio's REST API as far as a recording takes it: it answers at once, and notes when each start arrived.
 *
 * The simulated Twilio of local/ speaks with real audio in real time, which is more than thousands of calls at once
 * leave a machine for.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { close, listen } from '../../local/loopback.ts';
import { HEADER_BYTES, wavHeader } from '../../local/twilio/audio/wav.ts';
import { reply } from './bodies.ts';

/** Of nobody: this Twilio checks no credentials. */
export const ACCOUNT = {
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'b'.repeat(32),
  apiKeySid: `SK${'c'.repeat(32)}`,
  apiKeySecret: 'd'.repeat(32),
} as const;

export const CALL_SID = `CA${'2'.repeat(32)}`;
/** Each call has one recording, of the same digits. */
export const recordingSidOf = (callSid: string): string => `RE${callSid.slice(2)}`;
/** A call SID of its own for each name. */
export const callSidOf = (name: string): string => `CA${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;

export interface TwilioOptions {
  /** Bytes of every recording's audio file, header included. Default: those of a second. */
  readonly audioBytes?: number;
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

/** Answers in the benchmark's own process. */
export async function startFastTwilio(options: TwilioOptions) {
  const { answer, starts } = createTwilio(options);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, starts, close: () => close(server) };
}

const BYTES_PER_SECOND = 32_000;
const JSON_TYPE = { 'content-type': 'application/json' };

export function createTwilio(options: TwilioOptions) {
  const { audioBytes = HEADER_BYTES + BYTES_PER_SECOND } = options;
  const seconds = Math.round((audioBytes - HEADER_BYTES) / BYTES_PER_SECOND);
  const starts = new Map<string, StartRequest[]>();
  const start = starter(options);
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = preciseNow();
    request.resume();
    const [path = ''] = (request.url ?? '').split('?', 1);
    const [, callSid] = /\/Calls\/(CA[0-9a-f]{32})\/Recordings\.json$/.exec(path) ?? [];
    const [, digits] = /\/Recordings\/RE([0-9a-f]{32})\./.exec(path) ?? [];
    if (request.method === 'DELETE') return reply(response, 204, '');
    if (path.endsWith('.wav')) return sendAudio(response, audioBytes);
    if (callSid !== undefined && request.method === 'POST') {
      const [status, body] = await start(callSid);
      starts.set(callSid, [...(starts.get(callSid) ?? []), { at, status }]);
      return reply(response, status, body, JSON_TYPE);
    }
    if (digits !== undefined) return reply(response, 200, describe(`CA${digits}`, seconds), JSON_TYPE);
    const started = callSid !== undefined && starts.get(callSid)?.some(({ status }) => status === 201);
    const recordings = started ? [describe(callSid, seconds)] : [];
    reply(response, 200, { recordings, page: 0, page_size: 50 }, JSON_TYPE);
  }
  /** `starts` by call SID. */
  return { answer, starts: starts as ReadonlyMap<string, readonly StartRequest[]> };
}

/** Starts the recording of a call. @returns status and body. */
function starter({
  startMilliseconds = 0,
  concurrency = Number.POSITIVE_INFINITY,
  registeredAt = () => 0,
}: TwilioOptions): (callSid: string) => Promise<[number, object]> {
  let underWay = 0;
  return async (callSid) => {
    if (underWay >= concurrency) return [429, { code: 20429, message: 'Too Many Requests', status: 429 }];
    underWay += 1;
    if (startMilliseconds > 0) await sleep(startMilliseconds);
    underWay -= 1;
    if (preciseNow() < registeredAt(callSid)) return [404, { code: 20404, message: 'Not found', status: 404 }];
    return [201, describe(callSid, undefined)];
  };
}

/** The recording of a call: completed, or in progress as long as it has no length. */
function describe(callSid: string, seconds: number | undefined): object {
  const now = new Date().toUTCString();
  const { accountSid } = ACCOUNT;
  const sid = recordingSidOf(callSid);
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    call_sid: callSid,
    sid,
    status: seconds === undefined ? 'in-progress' : 'completed',
    source: 'StartCallRecordingAPI',
    channels: 2,
    duration: String(seconds ?? -1),
    start_time: now,
    date_created: now,
    date_updated: now,
    error_code: null,
    encryption_details: null,
    price: null,
    price_unit: 'USD',
    track: 'both',
    media_url: null,
    subresource_uris: {},
    uri: `/2010-04-01/Accounts/${accountSid}/Recordings/${sid}.json`,
  };
}

const CHUNK = Buffer.alloc(256 * 1024, 0x5a);

async function sendAudio(response: ServerResponse, audioBytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': audioBytes });
  await pipeline(audio(audioBytes), response);
}

function* audio(bytes: number): Generator<Buffer> {
  yield wavHeader(2, bytes - HEADER_BYTES);
  for (let left = bytes - HEADER_BYTES; left > 0; left -= CHUNK.length) {
    yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
  }
}
