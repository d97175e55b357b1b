/**
 * Twilio's side for load: answers in the benchmark's own process, and notes when each request arrived.
 *
 * The simulated Twilio of local/ speaks with real audio in real time, which is more than thousands of calls at once
 * leave a machine for.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { wavHeader } from '../../local/twilio/audio/wav.ts';

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
  /** Seconds of audio of every recording. Default 1. */
  readonly audioSeconds?: number;
}

/** A request to start a recording, at milliseconds since 1970, with a fraction. */
export interface StartRequest {
  readonly at: number;
  readonly status: number;
}

export interface FastTwilio {
  readonly url: string;
  /** By call SID. */
  readonly starts: ReadonlyMap<string, readonly StartRequest[]>;
  readonly deleted: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Milliseconds since 1970, finer than the system's clock tells. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

/** The recording of a call: one each. */
export const recordingOf = (callSid: string): string => `RE${callSid.slice(2)}`;

/** A call SID of its own for each name. */
export const callSidOf = (name: string): string => `CA${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;

const BYTES_PER_SECOND = 32_000;

export async function startFastTwilio(options: FastTwilioOptions = {}): Promise<FastTwilio> {
  const { startMilliseconds = 0, concurrency = Number.POSITIVE_INFINITY, registeredAt = () => 0 } = options;
  const audioSeconds = options.audioSeconds ?? 1;
  const audio = wav(audioSeconds);
  const starts = new Map<string, StartRequest[]>();
  const deleted = new Set<string>();
  let underWay = 0;

  async function start(callSid: string, at: number): Promise<[number, object]> {
    const own = starts.get(callSid) ?? [];
    starts.set(callSid, own);
    const answer = (status: number, body: object): [number, object] => {
      own.push({ at, status });
      return [status, body];
    };
    if (underWay >= concurrency) return answer(429, { code: 20429, message: 'Too Many Requests', status: 429 });
    underWay += 1;
    if (startMilliseconds > 0) await sleep(startMilliseconds);
    underWay -= 1;
    if (preciseNow() < registeredAt(callSid)) return answer(404, { code: 20404, message: 'Not found', status: 404 });
    return answer(201, describe(callSid, 'in-progress', audioSeconds));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = preciseNow();
    request.resume();
    const [path = ''] = (request.url ?? '').split('?', 1);
    const [, callSid] = /\/Calls\/(CA[0-9a-f]{32})\/Recordings\.json$/.exec(path) ?? [];
    const [, digits = ''] = /\/Recordings\/RE([0-9a-f]{32})\./.exec(path) ?? [];
    if (request.method === 'DELETE') {
      deleted.add(`RE${digits}`);
      response.writeHead(204).end();
    } else if (path.endsWith('.wav')) {
      response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': audio.length }).end(audio);
    } else {
      const [status, body] = await reply(callSid, digits, request.method ?? 'GET', at);
      const text = JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    }
  }

  async function reply(
    callSid: string | undefined,
    digits: string,
    method: string,
    at: number,
  ): Promise<[number, object]> {
    if (callSid !== undefined && method === 'POST') return start(callSid, at);
    if (callSid === undefined && digits !== '') return [200, describe(`CA${digits}`, 'completed', audioSeconds)];
    const started = callSid !== undefined && starts.get(callSid)?.some(({ status }) => status === 201);
    return [200, { recordings: started ? [describe(callSid, 'completed', audioSeconds)] : [], page: 0, page_size: 50 }];
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    starts,
    deleted,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function describe(callSid: string, status: 'in-progress' | 'completed', seconds: number): object {
  const sid = recordingOf(callSid);
  const now = new Date().toUTCString();
  return {
    account_sid: ACCOUNT.accountSid,
    api_version: '2010-04-01',
    call_sid: callSid,
    sid,
    status,
    source: 'StartCallRecordingAPI',
    channels: 2,
    duration: status === 'completed' ? String(seconds) : '-1',
    start_time: now,
    date_created: now,
    date_updated: now,
    error_code: null,
    encryption_details: null,
    track: 'both',
    subresource_uris: {},
    uri: `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Recordings/${sid}.json`,
  };
}

function wav(seconds: number): Buffer {
  const bytes = seconds * BYTES_PER_SECOND;
  return Buffer.concat([wavHeader(2, bytes), Buffer.alloc(bytes)]);
}
