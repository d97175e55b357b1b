/** `Calls.json` and `Calls/CA….json`: list, place, look at, change, delete. */
import { addCall, callEvents, callSeenByRest, endCall, isOver } from '../calls.ts';
import { invalidParameter, METHOD_NOT_ALLOWED, notFound, refusal } from '../errors.ts';
import { type Outcome, outcome } from '../outcome.ts';
import type { Context } from '../requests.ts';
import type { Call, TwilioState } from '../state.ts';
import { page, timeFilter } from './listing.ts';
import { parseCallbackTarget, parseInstructions } from './parameters.ts';
import { renderCall } from './render.ts';

export function callList(context: Context): Outcome {
  const { state, now, method, path, query, form } = context;
  if (method === 'POST') return placeCall(state, now, form);
  if (method !== 'GET') return outcome(state, METHOD_NOT_ALLOWED);
  const started = timeFilter('StartTime', query, state.settings.filtersBy);
  if (typeof started !== 'function') return outcome(state, started);
  const same = (name: string, value: string | null): boolean => !query.has(name) || query.get(name) === value;
  const matches = (call: Call): boolean =>
    callSeenByRest(state, now, call.sid) === call &&
    same('To', call.to) &&
    same('From', call.from) &&
    same('Status', call.status) &&
    same('ParentCallSid', call.parentCallSid) &&
    started(call.answeredAt ?? call.createdAt);
  return outcome(
    state,
    page(state.settings, path, query, 'calls', state.calls.values(), matches, (call) => renderCall(state, call)),
  );
}

/** https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource */
const LONGEST_TWIML = 4000;

/** A number in E.164, a SIP address, or a client. */
const isDiallable = (to: string): boolean => /^(\+[1-9]\d{1,14}|(sip|client):\S+)$/.test(to);

/** `POST Calls.json`: an outbound call from a number of the account. */
function placeCall(state: TwilioState, now: number, form: URLSearchParams): Outcome {
  const to = form.get('To');
  const from = form.get('From');
  if (!to) return outcome(state, refusal(400, 21201, "No 'To' number is specified"));
  if (!from) return outcome(state, refusal(400, 21213, "No 'From' number is specified"));
  if (![...state.numbers.values()].some(({ phoneNumber }) => phoneNumber === from)) {
    const message = `The source phone number provided, ${from}, is not yet verified for your account.`;
    return outcome(state, refusal(400, 21210, message));
  }
  if (!isDiallable(to))
    return outcome(state, refusal(400, 21211, `The phone number you are attempting to call, ${to}, is not valid.`));
  const instructions = parseInstructions(form);
  if (!instructions) return outcome(state, refusal(400, 21205, 'Url parameter is required.'));
  if ('twiml' in instructions && instructions.twiml.length > LONGEST_TWIML) {
    return outcome(state, invalidParameter('Twiml', `at most ${LONGEST_TWIML} characters`));
  }
  const statusCallback = parseCallbackTarget(form, 'StatusCallback', ['initiated', 'ringing', 'answered', 'completed']);
  if (statusCallback && 'status' in statusCallback) return outcome(state, statusCallback);
  const [next, call] = addCall(state, now, { to, from, direction: 'outbound-api', statusCallback });
  return outcome(next, { status: 201, body: renderCall(next, call), sid: call.sid }, [
    ...callEvents(call, now, 'initiated'),
    { kind: 'dial', callSid: call.sid, instructions },
  ]);
}

export function callInstance(context: Context, sid: string): Outcome {
  const { state, now, method, path } = context;
  const seen = callSeenByRest(state, now, sid);
  if (seen === undefined || seen === 'not-found') return outcome(state, notFound(path));
  const call = seen === 'not-eligible' ? state.calls.get(sid) : seen;
  if (!call) return outcome(state, notFound(path));
  if (method === 'GET') return outcome(state, { status: 200, body: renderCall(state, call) });
  if (method === 'POST') return updateCall(context, call);
  if (method !== 'DELETE') return outcome(state, METHOD_NOT_ALLOWED);
  if (!isOver(call)) return outcome(state, refusal(400, 20001, 'Call in progress cannot be deleted'));
  const calls = new Map(state.calls);
  calls.delete(call.sid);
  return outcome({ ...state, calls }, { status: 204, body: null });
}

/** `POST Calls/CA….json`: hang up, cancel, or new instructions. */
function updateCall({ state, now, form }: Context, call: Call): Outcome {
  const status = form.get('Status');
  if (status !== null && status !== 'completed' && status !== 'canceled') {
    return outcome(state, invalidParameter('Status', 'completed or canceled'));
  }
  const answered = call.status === 'in-progress';
  const instructions = status === null ? parseInstructions(form) : null;
  const impossible = status === 'canceled' ? answered : status === null && !answered;
  if (isOver(call) || impossible) {
    return outcome(state, refusal(400, 21220, 'Call is not in-progress. Cannot redirect.'));
  }
  if (status === null) {
    const effects = instructions ? [{ kind: 'redirect', callSid: call.sid, instructions } as const] : [];
    return outcome(state, { status: 200, body: renderCall(state, call) }, effects);
  }
  const ended = endCall(state, now, call.sid, answered ? 'completed' : 'canceled');
  const changed = ended.state.calls.get(call.sid) ?? call;
  return outcome(ended.state, { status: 200, body: renderCall(ended.state, changed) }, [
    { kind: 'hang-up', callSid: call.sid },
    ...ended.effects,
  ]);
}
