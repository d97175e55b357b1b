/** The audio of a recording as a stream of bytes with an overall deadline. */
import type { AudioOffset, OpenedAudio, Refusal } from '../../ports/twilio.ts';
import type { HttpsResponse } from './https-client.ts';
import { refusalOfStatus } from './twilio-replies.ts';

/** Ends before the function's time-out of 15 minutes, so that the failure is noted by the step itself. */
export const AUDIO_DEADLINE_MS = 13 * 60_000;

type Headers = { readonly [name: string]: string };

export async function openAudio(
  open: (query: string, range: Headers) => Promise<HttpsResponse>,
  channels: number | undefined,
  from: AudioOffset | undefined,
): Promise<OpenedAudio | Refusal> {
  const range = rangeFrom(from);
  let reply = await open(channels === 2 ? '?RequestedChannels=2' : '', range);
  if (reply.statusCode === 400 && channels === 2) {
    // Two channels are unavailable: whatever there is, is asked for, and its header tells what it is.
    reply.resume();
    reply = await open('', range);
  }
  if (reply.statusCode === 200) return opened(reply, text(reply.headers['content-length']));
  if (reply.statusCode === 206 && from) return openedPart(reply);
  // Errors of the media come as XML or JSON; the status says enough.
  reply.resume();
  return refusalOfStatus(reply.statusCode ?? 0);
}

/** A weak ETag does not prove that bytes are the same: https://www.rfc-editor.org/rfc/rfc9110#name-if-range */
function rangeFrom(from: AudioOffset | undefined): Headers {
  if (!from) return {};
  const { bytes, etag } = from;
  return { range: `bytes=${bytes}-`, ...(etag !== undefined && !etag.startsWith('W/') && { 'if-range': etag }) };
}

function openedPart(reply: HttpsResponse): OpenedAudio | Refusal {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(text(reply.headers['content-range']) ?? '') ?? [];
  if (from !== undefined) return { ...opened(reply, total), from: Number(from) };
  reply.destroy();
  return { kind: 'refused', status: 206, reason: 'status 206 without a range' };
}

function opened(reply: HttpsResponse, length: string | undefined): OpenedAudio {
  const etag = text(reply.headers.etag);
  const transfer = text(reply.headers['transfer-encoding']);
  return {
    kind: 'opened',
    contentType: text(reply.headers['content-type']) ?? '',
    ...(etag !== undefined && { etag }),
    ...(length !== undefined && /^\d+$/.test(length) && { contentLength: Number(length) }),
    ...(transfer !== undefined && /(^|,)\s*chunked\s*$/i.test(transfer) && { endIsMarked: true }),
    bytes: withDeadline(reply),
    close: () => void reply.destroy(),
  };
}

const text = (header: string | string[] | undefined) => (typeof header === 'string' ? header : undefined);

/** A source that trickles for ever would hold the function until it is killed. */
async function* withDeadline(reply: HttpsResponse): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(
    () => reply.destroy(Object.assign(new Error('The audio took too long.'), { name: 'DeadlineExceeded' })),
    AUDIO_DEADLINE_MS,
  );
  timer.unref();
  try {
    yield* reply;
  } finally {
    clearTimeout(timer);
    reply.destroy();
  }
}
