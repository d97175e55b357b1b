/** Rules for calls: how one comes about, when REST knows it, how it ends. */
import { notFound, type Reply } from './errors.ts';
import { API_VERSION, rfc2822, wholeSeconds } from './format.ts';
import { type Effect, type Outcome, outcome } from './outcome.ts';
import { endRecordings } from './recordings.ts';
import {
  type Call,
  type CallStatus,
  type EarlyRefusal,
  type FinalStatus,
  issueSid,
  type TwilioState,
  withCall,
} from './state.ts';

const FINAL: ReadonlySet<CallStatus> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

export function isOver(call: Call): boolean {
  return FINAL.has(call.status);
}

/** A new call, not answered yet. An incoming one is unknown to REST until some time after it was answered. */
export function addCall(
  state: TwilioState,
  now: number,
  call: Pick<Call, 'from' | 'to' | 'direction'> & Partial<Call>,
): [TwilioState, Call] {
  const [issued, sid] = issueSid(state, 'CA');
  const added: Call = {
    accountSid: state.credentials.accountSid,
    parentCallSid: null,
    status: call.direction === 'inbound' ? 'ringing' : 'queued',
    createdAt: now,
    updatedAt: now,
    answeredAt: null,
    endedAt: null,
    registeredAt: call.direction === 'inbound' ? null : now,
    registrationDelay: 0,
    earlyRefusal: 'not-found',
    statusCallback: null,
    ...call,
    sid,
  };
  return [withCall(issued, added), added];
}

/** What REST sees of a call at this moment. */
export function callSeenByRest(state: TwilioState, now: number, sid: string): Call | EarlyRefusal | undefined {
  const call = state.calls.get(sid);
  if (!call) return undefined;
  return call.registeredAt !== null && call.registeredAt <= now ? call : call.earlyRefusal;
}

/** Moves a call that is not over; a late or repeated event changes nothing. */
export function progressCall(
  state: TwilioState,
  now: number,
  callSid: string,
  status: 'ringing' | 'in-progress',
): Outcome {
  const call = state.calls.get(callSid);
  if (!call) return outcome(state, notFound(callSid));
  if (isOver(call) || call.status === status || call.answeredAt !== null) return outcome(state, done(callSid));
  const answered = status === 'in-progress';
  const moved: Call = {
    ...call,
    status,
    updatedAt: now,
    answeredAt: answered ? now : null,
    registeredAt: answered && call.registeredAt === null ? now + call.registrationDelay : call.registeredAt,
  };
  const events = callEvents(moved, now, answered ? 'answered' : 'ringing');
  return outcome(withCall(state, moved), done(callSid), events);
}

/** Ends a call, the calls it had dialled, and their recordings. */
export function endCall(state: TwilioState, now: number, callSid: string, status: FinalStatus): Outcome {
  const call = state.calls.get(callSid);
  if (!call) return outcome(state, notFound(callSid));
  if (isOver(call)) return outcome(state, done(callSid));
  const ended: Call = {
    ...call,
    status,
    updatedAt: now,
    endedAt: now,
    // A call that ends unanswered is still to be found by REST.
    registeredAt: call.registeredAt ?? now + call.registrationDelay,
  };
  let [next, effects] = endRecordings(withCall(state, ended), now, callSid);
  for (const child of state.calls.values()) {
    if (child.parentCallSid !== callSid || isOver(child)) continue;
    const childEnd = endCall(next, now, child.sid, child.status === 'in-progress' ? 'completed' : 'canceled');
    next = childEnd.state;
    effects = [...effects, ...childEnd.effects];
  }
  return outcome(next, done(callSid), [...effects, ...callEvents(ended, now, 'completed')]);
}

/** The webhook for an event of a call, where its StatusCallbackEvent asks for it. */
export function callEvents(
  call: Call,
  now: number,
  event: 'initiated' | 'ringing' | 'answered' | 'completed',
): Effect[] {
  const target = call.statusCallback;
  if (!target?.events.includes(event)) return [];
  const parameters: Record<string, string> = {
    ...callParameters(call),
    Timestamp: rfc2822(now),
    CallbackSource: 'call-progress-events',
  };
  if (event === 'completed') parameters.CallDuration = String(wholeSeconds(call.answeredAt, call.endedAt));
  return [{ kind: 'callback', url: target.url, method: target.method, parameters, callSid: call.sid, settles: null }];
}

/** Form parameters that every webhook about a call carries. */
export function callParameters(call: Call): Record<string, string> {
  return {
    AccountSid: call.accountSid,
    ApiVersion: API_VERSION,
    CallSid: call.sid,
    CallStatus: call.status,
    Called: call.to,
    Caller: call.from,
    Direction: call.direction,
    From: call.from,
    To: call.to,
    ...(call.parentCallSid === null ? {} : { ParentCallSid: call.parentCallSid }),
  };
}

function done(callSid: string): Reply {
  return { status: 200, body: null, sid: callSid };
}
