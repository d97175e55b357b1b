/** Plays a recording that is at Twilio only to anyone who holds a link that `look-up` has signed. */
import type { AudioFormat } from '../shared/contract/settings.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { Clock } from '../shared/ports/clock.ts';
import type { Log } from '../shared/ports/log.ts';
import type { StreamedReply } from '../shared/ports/playback.ts';
import type { RecordingMessage } from '../shared/ports/queues.ts';
import type { Table } from '../shared/ports/table.ts';
import type { Credentials, OpenedAudio, Refusal, TwilioRest } from '../shared/ports/twilio.ts';
import { AudioRejected, mayBeAudio } from '../shared/rules/audio/audio-check.ts';
import { audioOf } from '../shared/rules/call/story.ts';
import { formatToPlay, howToFetch, PLAYED_BYTES_MAX } from '../shared/rules/recording/playable.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';
import { SECOND } from '../shared/rules/values/instant.ts';
import { isCallSid, isRecordingSid } from '../shared/rules/values/sids.ts';

export interface RecordingPlayDependencies {
  readonly table: Pick<Table, 'read'>;
  readonly twilio: Pick<TwilioRest, 'openAudio'>;
  readonly credentials: Credentials;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** The function URL's event, as far as it is used. */
export interface PlayRequest {
  /** `/<call SID>/<recording SID>` */
  readonly rawPath?: string;
  readonly requestContext?: {
    readonly http?: { readonly method?: string };
    readonly authorizer?: { readonly iam?: { readonly userArn?: string | null } };
  };
}

const LOOK_UP_AGAIN = 'Look the call up again for a link.';

/** One request, which IAM has authorized. Nothing of it but two SIDs chooses what is fetched. */
export async function recordingPlay(deps: RecordingPlayDependencies, request: PlayRequest): Promise<StreamedReply> {
  const key = readKey(request);
  if ('refused' in key) return key.refused;
  const row = await deps.table.read({ kind: 'recording', ...key });
  if (!row) return refusal(404, 'No such recording is known here.');
  const audio = audioOf(row);
  if (audio.where === 's3') return refusal(410, `The recording is in S3 by now. ${LOOK_UP_AGAIN}`);
  if (audio.where === 'nowhere') return refusal(404, `There is no audio: ${audio.why}.`);
  const format = formatToPlay(row);
  if (!format) return tooLong(row);

  const opened = await open(deps, row, format);
  if (opened.kind !== 'opened') return refusedByTwilio(deps, row, format, opened);
  // Whether it is encrypted, only its copy will tell.
  if (!mayBeAudio(opened.contentType)) {
    opened.close();
    return refusedByTwilio(deps, row, format, { kind: 'doubtful', reason: 'content-type-is-not-audio' });
  }
  if ((opened.contentLength ?? 0) > PLAYED_BYTES_MAX) {
    opened.close();
    return tooLong(row);
  }
  return {
    statusCode: 200,
    headers: {
      'content-type': opened.contentType,
      // Lambda hands it on as `x-amzn-remapped-content-length`: https://github.com/cargo-lambda/cargo-lambda/issues/862
      ...(opened.contentLength !== undefined && { 'content-length': String(opened.contentLength) }),
      'content-disposition': `inline; filename="${row.recordingSid}.${format}"`,
      'cache-control': 'no-store',
      // From its beginning only: Twilio documents no ranges.
      'accept-ranges': 'none',
    },
    body: passedOn(deps, key, opened, callerOf(request)),
  };
}

function readKey({
  rawPath = '',
  requestContext,
}: PlayRequest): RecordingMessage | { readonly refused: StreamedReply } {
  if (requestContext?.http?.method !== 'GET') return { refused: refusal(405, 'A recording is played by GET.') };
  const [, callSid, recordingSid, ...more] = rawPath.split('/');
  if (!isCallSid(callSid) || !isRecordingSid(recordingSid) || more.length > 0) {
    return { refused: refusal(400, 'The path must be a call SID and a recording SID: /CA…/RE…') };
  }
  return { callSid, recordingSid };
}

/** Asks once more where the credentials were refused and have been rotated. */
async function open(
  deps: RecordingPlayDependencies,
  { recordingSid, channels }: RecordingRow,
  format: AudioFormat,
): Promise<OpenedAudio | Refusal> {
  const opened = await deps.twilio.openAudio(recordingSid, channels, format);
  if (opened.kind === 'opened' || !(await credentialsRenewed(deps, opened))) return opened;
  return deps.twilio.openAudio(recordingSid, channels, format);
}

/**
 * Passes the audio on as it comes, and tells how much of it somebody has heard.
 *
 * @throws where it is not the whole recording: the response must then break off as well.
 */
async function* passedOn(
  { clock, log }: RecordingPlayDependencies,
  key: RecordingMessage,
  { bytes: audio, contentLength }: OpenedAudio,
  caller: string | undefined,
): AsyncGenerator<Uint8Array> {
  const begun = clock.now();
  let bytes = 0;
  const played = () => ({ ...key, bytes, seconds: (clock.now() - begun) / SECOND, caller });
  let end: 'whole' | 'broken' | 'left' = 'left';
  try {
    for await (const chunk of audio) {
      bytes += chunk.length;
      if (bytes > PLAYED_BYTES_MAX) throw new AudioRejected('too-long-to-play');
      yield chunk;
    }
    if (contentLength !== undefined && bytes !== contentLength) throw new AudioRejected('truncated');
    end = 'whole';
  } catch (error) {
    end = 'broken';
    log.error('The audio from Twilio broke off', { event: 'recording_play_broke_off', ...played(), error });
    throw error;
  } finally {
    if (end === 'whole') log.info('A recording was played from Twilio', { event: 'recording_played', ...played() });
    if (end === 'left')
      log.info('The listener has left', { event: 'recording_played', ...played(), reason: 'listener-left' });
  }
}

function refusedByTwilio(
  { log }: RecordingPlayDependencies,
  row: RecordingRow,
  format: AudioFormat,
  reply: Refusal,
): StreamedReply {
  const { callSid, recordingSid } = row;
  const { status, code, reason } = reply;
  log.warn("Twilio's audio was unavailable", {
    event: 'recording_play_refused',
    ...{ callSid, recordingSid, status, code, reason },
  });
  if (status === 401 || status === 403) return refusal(502, "Twilio refuses the recorder's credentials.");
  if (reply.kind === 'not-found') {
    const soon = "Right after a call's end Twilio may need a moment: try again";
    return refusal(404, `Twilio does not have the audio. ${soon}, or look the call up again.`);
  }
  // Perhaps it is encrypted, which a row knows only after its copy: then there is no MP3 (Twilio's error 16109).
  if (reply.kind === 'refused' && format === 'mp3') return tooLong(row);
  if (reply.kind === 'later') return refusal(503, 'Twilio does not answer now: try again in a minute.');
  return refusal(502, `Twilio did not give the audio (${reason}): try again, or ${howToFetch(row)}`);
}

const tooLong = (row: RecordingRow): StreamedReply =>
  refusal(413, `The recording is too long to be played from Twilio. ${howToFetch(row)}`);

const callerOf = ({ requestContext }: PlayRequest): string | undefined =>
  requestContext?.authorizer?.iam?.userArn ?? undefined;

const refusal = (statusCode: number, error: string): StreamedReply => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify({ error }),
});
