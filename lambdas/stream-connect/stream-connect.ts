/** The WebSocket side of a call: handshake, `start`, and the mark behind the disclaimer. */
import type { ForeignStreams } from '../shared/contract/settings.ts';
import { DISCLAIMER_MARK, FOREIGN_DISCLAIMER_MARK, RECORDING_START_DELAY_SECONDS } from '../shared/contract/stream.ts';
import { acceptedBy } from '../shared/entry/verified-webhook.ts';
import type { Queue, StartMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { StreamConnections } from '../shared/ports/stream-connections.ts';
import type { Credentials, Signatures } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { awaitsStream, noteStream } from '../shared/rules/call/call.ts';
import { SECOND } from '../shared/rules/values/instant.ts';
import { disclaimerMessages, markMessage } from './disclaimer.ts';
import { readMark, readStart, type StartedStream } from './stream-message.ts';

export interface StreamConnectDependencies extends StepPorts {
  readonly streamUrl: string;
  readonly foreignStreams: ForeignStreams;
  /** Raw mu-law, 8,000 bytes a second. */
  readonly disclaimer: Uint8Array;
  /** The same of another one; `undefined` where there is none of that name. */
  readonly disclaimerCalled?: (name: string) => Uint8Array | undefined;
  readonly credentials: Credentials;
  readonly signatures: Signatures;
  readonly startQueue: Queue<StartMessage>;
  readonly connections: StreamConnections;
}

type Headers = { readonly [name: string]: string | undefined };

/**
 * `$connect`: admits a request that carries Twilio's signature over the stream's URL. It has no parameters, and whether
 * Twilio signs a trailing slash is not documented: both forms are accepted.
 */
export async function connectStream(
  deps: StreamConnectDependencies,
  headers: Headers | null | undefined,
): Promise<{ statusCode: 200 | 403 }> {
  const bare = deps.streamUrl.replace(/\/$/, '');
  const accepted = await acceptedBy(deps, { headers, urls: [bare, `${bare}/`], parameters: {} });
  return { statusCode: accepted ? 200 : 403 };
}

/**
 * `start`: notes the call and queues the start of its recording before anything else that takes time, and plays the
 * disclaimer meanwhile. A stream that cannot show that it belongs to its call is closed, and nothing is written.
 *
 * @throws where the call could be kept nowhere, or the stream neither played to nor closed.
 */
export async function startStream(deps: StreamConnectDependencies, connectionId: string, body: string): Promise<void> {
  const startedAt = deps.clock.now();
  const { foreignStreams } = deps;
  const read = async () =>
    readStart(body, { credentials: await deps.credentials.current(), foreignStreams, now: deps.clock.now() });
  let reading = await read();
  // While the auth token is rotated, `incoming-call` may know of it before this environment does, and a call that is refused now
  // goes unrecorded.
  if (!reading.ok && reading.reason === 'token-does-not-fit') {
    await deps.credentials.refresh('at-once');
    reading = await read();
  }
  if (!reading.ok) {
    deps.log.count('StreamRefused');
    deps.log.warn('A stream was refused', { event: 'stream_refused', reason: reading.reason });
    await closeStream(deps, connectionId, startedAt);
    return;
  }
  const { stream } = reading;
  const plays = !stream.foreign || foreignStreams !== 'record-only';
  // Both to their ends, whatever becomes of the other: a caller hears the disclaimer also while table and queue are away.
  const [kept, played] = await Promise.allSettled([
    keepCall(deps, stream, startedAt),
    plays ? playDisclaimer(deps, connectionId, stream, startedAt) : undefined,
  ]);
  if (kept.status === 'rejected') throw kept.reason;
  if (played.status === 'rejected') throw played.reason;
}

/** While neither table nor queue takes a call, it is offered again; the last time well before the function's time-out. */
const KEEP_TRYING_MS = 10 * SECOND;
const KEEP_PAUSE_MS = SECOND;

/** @throws where nobody took the call: it is not recorded, which the alarm on errors of this function says. */
async function keepCall(deps: StreamConnectDependencies, stream: StartedStream, startedAt: number): Promise<void> {
  const { callSid, streamSid } = stream;
  deps.log.count('StreamStarted');
  deps.log.info('WebSocket stream started', { event: 'stream_started', callSid, streamSid });
  while (!(await noteAndQueue(deps, stream, startedAt))) {
    if (deps.clock.now() - startedAt >= KEEP_TRYING_MS) {
      throw new Error('Neither the table nor the queue took the call: it is not recorded.');
    }
    await deps.clock.sleep(KEEP_PAUSE_MS);
  }
}

/**
 * The two at once: each alone suffices for the recording to start, and neither waits for the other.
 *
 * @returns false where both failed.
 */
async function noteAndQueue(
  deps: StreamConnectDependencies,
  stream: StartedStream,
  startedAt: number,
): Promise<boolean> {
  const { callSid, streamSid } = stream;
  const early = startedAt + RECORDING_START_DELAY_SECONDS * SECOND - deps.clock.now();
  const delaySeconds = Math.max(0, Math.ceil(early / SECOND));
  const [queued, noted] = await Promise.allSettled([
    deps.startQueue.send({ callSid, streamSid, startedAt }, delaySeconds),
    changeRow(deps, { kind: 'call', callSid }, (row) =>
      row && !awaitsStream(row) ? undefined : noteStream(row, { callSid, streamSid, startedAt }),
    ),
  ]);
  if (queued.status === 'rejected') {
    deps.log.error('The start could not be queued, the sweep will start it', {
      event: 'start_not_queued',
      callSid,
      error: queued.reason,
    });
  }
  if (noted.status === 'rejected') {
    deps.log.error('The call could not be noted, the start will note it', {
      event: 'call_not_noted',
      callSid,
      error: noted.reason,
    });
  }
  return queued.status === 'fulfilled' || noted.status === 'fulfilled';
}

/**
 * Sends the disclaimer and a mark behind it. If it cannot be sent, our own stream is closed: otherwise the caller would
 * wait in silence for a mark that never comes.
 */
async function playDisclaimer(
  deps: StreamConnectDependencies,
  connectionId: string,
  stream: StartedStream,
  startedAt: number,
): Promise<void> {
  const { callSid, streamSid, foreign } = stream;
  const mark = markMessage(streamSid, foreign ? FOREIGN_DISCLAIMER_MARK : DISCLAIMER_MARK);
  try {
    for (const message of [...disclaimerMessages(streamSid, disclaimerOf(deps, stream)), mark]) {
      if ((await deps.connections.send(connectionId, message)) === 'gone') return;
    }
  } catch (error) {
    deps.log.error('The disclaimer could not be played', { event: 'disclaimer_not_played', callSid, streamSid, error });
    if (!foreign) await closeStream(deps, connectionId, startedAt);
  }
}

/** A name that the stack does not know, since its option was changed after the number: the stack's own disclaimer is heard, not none. */
function disclaimerOf(
  { disclaimer, disclaimerCalled, log }: StreamConnectDependencies,
  stream: StartedStream,
): Uint8Array {
  const { callSid, disclaimer: name } = stream;
  if (name === undefined) return disclaimer;
  const named = disclaimerCalled?.(name);
  if (named !== undefined) return named;
  log.count('PolicyUnreadable');
  log.warn("A number's voice URL names a disclaimer that the stack does not have", {
    event: 'policy_unreadable',
    callSid,
    reason: 'disclaimer',
  });
  return disclaimer;
}

/** `mark`: the disclaimer has been heard. Closing our stream lets the TwiML behind it run; frames cost until then. */
export async function markReturned(deps: StreamConnectDependencies, connectionId: string, body: string): Promise<void> {
  if (readMark(body) !== DISCLAIMER_MARK) return;
  await closeStream(deps, connectionId, deps.clock.now());
}

/**
 * While API Gateway refuses to close a stream, it is asked again. An attempt takes seven seconds at most, so that the last one ends before
 * the function's time-out of 28 seconds.
 */
const KEEP_CLOSING_MS = 20 * SECOND;
const CLOSE_PAUSE_FIRST_MS = SECOND / 4;
const CLOSE_PAUSE_LONGEST_MS = 2 * SECOND;

/**
 * Closes a stream, so that the TwiML behind it runs. API Gateway invokes the function once for each message, and nobody repeats one that
 * failed: until the stream is closed, the caller waits in silence.
 *
 * @param since when the invocation began
 * @throws where the stream could not be closed, which the alarm on errors of this function says.
 */
async function closeStream(deps: StreamConnectDependencies, connectionId: string, since: number): Promise<void> {
  let pause = CLOSE_PAUSE_FIRST_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      await deps.connections.close(connectionId);
      return;
    } catch (error) {
      const willRetry = deps.clock.now() + pause - since < KEEP_CLOSING_MS;
      const fields = { event: 'stream_not_closed', attempt, willRetry, error } as const;
      if (!willRetry) {
        deps.log.error('The stream could not be closed, the caller waits in silence', fields);
        throw error;
      }
      deps.log.warn('The stream could not be closed, it is tried again', fields);
    }
    await deps.clock.sleep(pause);
    pause = Math.min(2 * pause, CLOSE_PAUSE_LONGEST_MS);
  }
}
