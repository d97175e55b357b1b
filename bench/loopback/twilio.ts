/** Twilio's REST API, as far as one recording takes it: it starts at once, and its audio has the length that is asked for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { HEADER_BYTES, wavHeader } from '../../local/twilio/audio/wav.ts';
import { drain, reply } from './bodies.ts';
import { ACCOUNT_SID, CALL_SID, RECORDING_SID } from './credentials.ts';
import { describeRecording } from './recording.ts';

const BYTES_PER_SECOND = 32_000;
const CHUNK = Buffer.alloc(256 * 1024, 0x5a);

export async function twilio(request: IncomingMessage, response: ServerResponse, audioBytes: number): Promise<void> {
  await drain(request);
  const [path = ''] = (request.url ?? '').split('?', 1);
  if (path.endsWith('.wav')) return sendAudio(response, audioBytes);
  const started = request.method === 'POST';
  const recording = describeRecording({
    ...{ accountSid: ACCOUNT_SID, callSid: CALL_SID, sid: RECORDING_SID },
    ...(!started && { seconds: Math.round((audioBytes - HEADER_BYTES) / BYTES_PER_SECOND) }),
  });
  const isList = request.method === 'GET' && path.endsWith('/Recordings.json');
  const body = isList ? { recordings: [recording], page: 0, page_size: 50, uri: path } : recording;
  reply(response, started ? 201 : 200, body, { 'content-type': 'application/json' });
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
