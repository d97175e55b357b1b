/** Twilio's REST API, as far as one recording takes it: it starts at once, and its audio has the length that is asked for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { HEADER_BYTES, wavHeader } from '../../local/twilio/audio/wav.ts';
import { drain, reply } from './bodies.ts';
import { ACCOUNT_SID, CALL_SID, RECORDING_SID } from './credentials.ts';

const BYTES_PER_SECOND = 32_000;
const CHUNK = Buffer.alloc(256 * 1024, 0x5a);

export async function twilio(request: IncomingMessage, response: ServerResponse, audioBytes: number): Promise<void> {
  await drain(request);
  const [path = ''] = (request.url ?? '').split('?', 1);
  if (path.endsWith('.wav')) return sendAudio(response, audioBytes);
  const recording = describe(audioBytes, request.method === 'POST');
  const isList = request.method === 'GET' && path.endsWith('/Recordings.json');
  const body = isList ? { recordings: [recording], page: 0, page_size: 50, uri: path } : recording;
  reply(response, request.method === 'POST' ? 201 : 200, body, { 'content-type': 'application/json' });
}

function describe(audioBytes: number, inProgress: boolean): object {
  const now = new Date().toUTCString();
  return {
    account_sid: ACCOUNT_SID,
    api_version: '2010-04-01',
    call_sid: CALL_SID,
    sid: RECORDING_SID,
    status: inProgress ? 'in-progress' : 'completed',
    source: 'StartCallRecordingAPI',
    channels: 2,
    duration: inProgress ? '-1' : String(Math.round((audioBytes - HEADER_BYTES) / BYTES_PER_SECOND)),
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
    uri: `/2010-04-01/Accounts/${ACCOUNT_SID}/Recordings/${RECORDING_SID}.json`,
  };
}

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
