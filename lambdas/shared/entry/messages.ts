/** Reads queue messages; what does not fit is refused, never guessed. */
import type { RecordingMessage, StartMessage } from '../ports/queues.ts';
import { isCallSid, isRecordingSid, isStreamSid } from '../rules/values/sids.ts';

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null;

export function readStartMessage(body: unknown): StartMessage | undefined {
  if (!isObject(body)) return undefined;
  const { callSid, streamSid, startedAt } = body;
  if (!isCallSid(callSid) || typeof startedAt !== 'number' || !Number.isFinite(startedAt)) return undefined;
  return { callSid, startedAt, ...(isStreamSid(streamSid) && { streamSid }) };
}

export function readRecordingMessage(body: unknown): RecordingMessage | undefined {
  if (!isObject(body)) return undefined;
  const { callSid, recordingSid } = body;
  return isCallSid(callSid) && isRecordingSid(recordingSid) ? { callSid, recordingSid } : undefined;
}
