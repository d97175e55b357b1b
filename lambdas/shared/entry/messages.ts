/** Reads queue messages; what does not fit is refused, never guessed. */
import * as v from 'valibot';
import type { EraseMessage, PieceMessage, RecordingMessage, StartMessage } from '../ports/queues.ts';
import { LIST_NAMES } from '../rules/reconcile/reconcile-memory.ts';
import { isCallSid, isRecordingSid, isStreamSid } from '../rules/values/sids.ts';

const callSid = v.custom<string>(isCallSid);
const START = v.object({ callSid, startedAt: v.pipe(v.number(), v.finite()), streamSid: v.optional(v.unknown()) });
const LOOK_UP = v.object({ callSid, lookUp: v.literal(true) });
const RECORDING = v.object({ callSid, recordingSid: v.custom<string>(isRecordingSid) });
const ERASURE = v.object({ callSid, erasure: v.pipe(v.string(), v.minLength(1)) });
const PIECE = v.object({ list: v.picklist(LIST_NAMES), piece: v.pipe(v.string(), v.minLength(1)) });

export function readStartMessage(body: unknown): StartMessage | undefined {
  if (v.is(LOOK_UP, body)) return { callSid: body.callSid, lookUp: true };
  if (!v.is(START, body)) return undefined;
  const { callSid, startedAt, streamSid } = body;
  return { callSid, startedAt, ...(isStreamSid(streamSid) && { streamSid }) };
}

export function readRecordingMessage(body: unknown): RecordingMessage | undefined {
  const { success, output } = v.safeParse(RECORDING, body);
  return success ? output : undefined;
}

export function readEraseMessage(body: unknown): EraseMessage | undefined {
  const { success, output } = v.safeParse(v.union([ERASURE, RECORDING]), body);
  return success ? output : undefined;
}

export function readPieceMessage(body: unknown): PieceMessage | undefined {
  const { success, output } = v.safeParse(PIECE, body);
  return success ? output : undefined;
}
