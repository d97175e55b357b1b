/** The audio of a recording as a stream of bytes with an overall deadline. */
import type { IncomingMessage } from 'node:http';
import type { OpenedAudio } from '../ports.ts';

/** Ends before the function's time-out of 15 minutes, so that the failure is noted by the step itself. */
const DEADLINE_MS = 13 * 60_000;

export function readAudio(reply: IncomingMessage): OpenedAudio {
  const length = reply.headers['content-length'];
  return {
    kind: 'opened',
    contentType: reply.headers['content-type'] ?? '',
    ...(length !== undefined && /^\d+$/.test(length) && { contentLength: Number(length) }),
    bytes: withDeadline(reply),
  };
}

/** A source that trickles for ever would hold the function until it is killed. */
async function* withDeadline(reply: IncomingMessage): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(
    () => reply.destroy(Object.assign(new Error('The audio took too long.'), { name: 'DeadlineExceeded' })),
    DEADLINE_MS,
  );
  try {
    yield* reply as AsyncIterable<Buffer>;
  } finally {
    clearTimeout(timer);
    reply.destroy();
  }
}
