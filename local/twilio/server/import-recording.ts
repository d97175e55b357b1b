/** Recordings that were not made here: an existing file becomes one, of any length. */
import { mkdirSync, renameSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RecordingOptions } from '../../../sim/twilio/state.ts';
import { HEADER_BYTES, isLineFormat, readWavFormat, wavMilliseconds } from '../audio/wav.ts';
import type { Engine } from './engine.ts';
import type { ImportOptions } from './options.ts';

/** Makes a completed recording of a file; answers its SID. Rejects where the file or the SID is not of the right kind. */
export async function importRecording(
  engine: Engine,
  cacheDirectory: string,
  { callSid, conferenceSid, wav, statusCallback }: ImportOptions,
): Promise<string> {
  if (!/^CA[0-9a-f]{32}$/.test(callSid)) throw new Error(`callSid ${callSid} must be CA and 32 hex digits`);
  if (conferenceSid !== undefined && !/^CF[0-9a-f]{32}$/.test(conferenceSid)) {
    throw new Error(`conferenceSid ${conferenceSid} must be CF and 32 hex digits`);
  }
  const format = readWavFormat(wav);
  const channels = format.channels === 2 ? 2 : 1;
  if (!isLineFormat(format, channels) || format.dataOffset !== HEADER_BYTES) {
    throw new Error(`${wav} must be 8 kHz 16-bit PCM with one or two channels and a header of ${HEADER_BYTES} bytes`);
  }
  const incoming = join(cacheDirectory, `${engine.token()}.part`);
  mkdirSync(cacheDirectory, { recursive: true });
  await copyFile(resolve(wav), incoming);
  const callback = statusCallback ? ({ url: statusCallback, method: 'POST', events: ['completed'] } as const) : null;
  const recording: RecordingOptions =
    conferenceSid === undefined
      ? { channels, track: 'both', source: 'StartCallRecordingAPI', callback }
      : { channels, track: 'both', source: 'Conference', callback, conferenceSid };
  const audioMilliseconds = wavMilliseconds(channels, format.dataLength);
  const sid = engine.act({ kind: 'recording-imported', callSid, audioMilliseconds, options: recording }).sid ?? '';
  renameSync(incoming, engine.recorder.place(sid));
  return sid;
}
