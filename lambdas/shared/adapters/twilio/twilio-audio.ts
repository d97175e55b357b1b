/** The audio of a recording as a stream of bytes with an overall deadline. */
import type { OpenedAudio } from '../../ports/twilio.ts';
import type { HttpsResponse } from './https-client.ts';

/** Ends before the function's time-out of 15 minutes, so that the failure is noted by the step itself. */
export const AUDIO_DEADLINE_MS = 13 * 60_000;

export function readAudio(reply: HttpsResponse): OpenedAudio {
  const length = text(reply.headers['content-length']);
  const transfer = text(reply.headers['transfer-encoding']);
  return {
    kind: 'opened',
    contentType: text(reply.headers['content-type']) ?? '',
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
