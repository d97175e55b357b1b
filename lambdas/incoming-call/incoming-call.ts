/**
 * Answers a call: first the disclaimer, by our stream, or from a file while a recording runs that the TwiML has started; then what the
 * number's voice URL names, or else what the stack is configured with. The call is noted meanwhile.
 */
import { DISCLAIMER_PATH, HTTP_PATHS } from '../shared/contract/http.ts';
import type { AfterDisclaimer, Canary, StartBy } from '../shared/contract/settings.ts';
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { refuseRequest, verifyWebhook, type WebhookAuth } from '../shared/entry/verified-webhook.ts';
import type { PartyKey } from '../shared/ports/party.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { answeredByTwiml } from '../shared/rules/call/by-twiml.ts';
import { answeredCall, notWantedCall } from '../shared/rules/call/call.ts';
import { callPolicy, type NumberPolicy, readPolicy } from '../shared/rules/call/policy.ts';
import { streamToken } from '../shared/rules/call/stream-token.ts';
import { otherNumberOf, ownSideOf, type Sides } from '../shared/rules/call/unaccounted.ts';
import { isCanaryCall } from '../shared/rules/canary/canary.ts';
import { withPendingEvents } from '../shared/rules/table/events.ts';
import { partyOf } from '../shared/rules/table/party.ts';
import type { CallRow, Draft, Row } from '../shared/rules/table/rows.ts';
import type { Instant } from '../shared/rules/values/instant.ts';
import { isAccountSid, isCallSid } from '../shared/rules/values/sids.ts';
import { CALLBACK_OVERRIDES, twimlCallbackUrl } from '../shared/rules/webhook/callback-mark.ts';
import type { WebhookRequest } from '../shared/rules/webhook/webhook.ts';
import type { AfterOpening, Opening } from './twiml.ts';

export interface IncomingCallDependencies extends WebhookAuth, Pick<StepPorts, 'clock' | 'randomness'> {
  readonly table: Pick<StepPorts['table'], 'write' | 'addsPendingEvents'>;
  readonly partyKey: PartyKey;
  readonly streamUrl: string;
  readonly canary?: Canary | undefined;
  /** For numbers whose voice URL says nothing else, as is the file of the disclaimer, and what comes then. */
  readonly startBy: StartBy;
  /** Name of the disclaimer's file, and of those that have names of their own. */
  readonly disclaimerFile: string;
  readonly disclaimerFiles: { readonly [name: string]: string };
  readonly afterDisclaimer: AfterDisclaimer;
  /** Writes the TwiML: what opens the call, if it is to be recorded, then the owner's verb. */
  readonly writeTwiml: (opening: Opening | undefined, then: AfterOpening) => string;
}

/**
 * `POST /voice`. The TwiML behind `<Connect>` runs once `stream-connect` has closed the stream.
 *
 * Twilio may ask twice for a call. Each answer starts the recording: which of them Twilio carries out is not known here, and of two
 * recordings neither is lost.
 */
export async function incomingCall(deps: IncomingCallDependencies, request: WebhookRequest): Promise<ApiResponse> {
  // Read beside the credentials, so that a cold start waits for one request and not for two. Whoever needs it hears of its failure.
  deps.partyKey.current().catch(() => undefined);
  const verified = await verifyWebhook(deps, request);
  if (!verified.ok) {
    // The alarm on refused calls compares the two counts, and CloudWatch computes nothing of a metric that was never counted.
    deps.log.count('CallAnswered', 0);
    return verified.reply;
  }

  const { CallSid, AccountSid, Direction, From, To } = verified.parameters;
  const { accountSid, authTokens } = verified.credentials;
  const refuse = (reason: string) => refuseRequest(deps, request, reason);
  if (!isCallSid(CallSid)) return refuse('CallSid is not a call SID (CA and 32 hex digits).');
  if (!isAccountSid(AccountSid) || AccountSid !== accountSid) {
    return refuse('AccountSid is not the account that this recorder serves.');
  }

  const policy = policyOf(deps, request, CallSid);
  const isWanted = policy.record !== 'off';
  const now = deps.clock.now();
  const sides: Sides = { direction: Direction, from: From, to: To };
  const isCanary = isCanaryCall(deps.canary, sides);
  const callee = {
    ...ownSideOf(sides),
    policy: callPolicy(policy),
    ...(isCanary && { canary: true as const }),
  };
  const startBy = policy.startBy ?? deps.startBy;
  const answered = startBy === 'twiml' ? answeredByTwiml : answeredCall;
  await note(
    deps,
    (isWanted ? answered : notWantedCall)(CallSid, now, callee),
    isCanary ? undefined : otherNumberOf(sides),
  );
  deps.log.count('CallAnswered');
  if (isWanted && startBy === 'twiml') deps.log.count('CallByTwiml');
  deps.log.info('Call answered', { event: 'call_answered', callSid: CallSid });
  if (!isWanted) {
    deps.log.count('CallNotWanted');
    deps.log.info('The call is not to be recorded', { event: 'call_not_wanted', callSid: CallSid });
  }
  const opening = isWanted
    ? openingOf(deps, { startBy, disclaimer: policy.disclaimer, authToken: authTokens[0], callSid: CallSid, now })
    : undefined;
  const twiml = deps.writeTwiml(opening, isCanary ? CANARY_LISTENS : (policy.after ?? deps.afterDisclaimer));
  return { statusCode: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: twiml };
}

interface Opened {
  readonly startBy: StartBy;
  /** Name of the disclaimer that the voice URL names. */
  readonly disclaimer: string | undefined;
  readonly authToken: string;
  readonly callSid: string;
  readonly now: Instant;
}

function openingOf(deps: IncomingCallDependencies, { startBy, disclaimer, authToken, callSid, now }: Opened): Opening {
  const { publicUrl, streamUrl: url } = deps;
  if (startBy === 'stream') {
    const statusCallback = publicUrl + HTTP_PATHS.streamStatus;
    return { startBy, url, token: streamToken(authToken, callSid, now, disclaimer), disclaimer, statusCallback };
  }
  const callback = twimlCallbackUrl(publicUrl + HTTP_PATHS.recordingCallback, authToken, callSid) + CALLBACK_OVERRIDES;
  return { startBy, callback, disclaimer: `${publicUrl}${DISCLAIMER_PATH}/${fileOf(deps, disclaimer, callSid)}` };
}

/** A name that the stack does not know, since its option was changed after the number: the stack's own disclaimer is heard, not none. */
function fileOf(deps: IncomingCallDependencies, name: string | undefined, callSid: string): string {
  const { disclaimerFile, disclaimerFiles } = deps;
  if (name === undefined) return disclaimerFile;
  const named = Object.hasOwn(disclaimerFiles, name) ? disclaimerFiles[name] : undefined;
  if (named === undefined) tellUnreadable(deps, callSid, ['disclaimer']);
  return named ?? disclaimerFile;
}

function policyOf(deps: IncomingCallDependencies, request: WebhookRequest, callSid: string): NumberPolicy {
  const { policy, unreadable } = readPolicy(request.rawQueryString, deps.publicUrl + HTTP_PATHS.voice);
  if (unreadable.length > 0) tellUnreadable(deps, callSid, unreadable);
  return policy;
}

function tellUnreadable({ log }: IncomingCallDependencies, callSid: string, names: readonly string[]): void {
  log.count('PolicyUnreadable');
  log.warn("A number's voice URL could not be read in full", {
    event: 'policy_unreadable',
    callSid,
    reason: names.join(', '),
  });
}

/** Nobody is to be rung for a canary's call: this side waits until the other one hangs up. */
const CANARY_LISTENS = { kind: 'pause', seconds: 60 } as const;

/** A caller waits meanwhile. DynamoDB answers within tens of milliseconds. */
const NOTE_WITHIN_MS = 200;
/** Of these, the most that the key of parties may take. It was asked for beside the credentials, and is remembered. */
const KEY_WITHIN_MS = 100;

/**
 * Notes the call, so that a stream, or a recording, that never starts is noticed; and by its other party, so that it is found. The caller
 * is answered in any case: what the table has not confirmed in time is made good later. One write each, side by side, and no read: a row
 * that is there already, as after Twilio's repetition of the request, knows as much or more.
 */
async function note(
  deps: IncomingCallDependencies,
  call: Draft<CallRow>,
  otherNumber: string | undefined,
): Promise<void> {
  const { table, clock, randomness } = deps;
  const draft = table.addsPendingEvents ? withPendingEvents(undefined, call, 1, clock.now()) : call;
  const late = clock.sleep(NOTE_WITHIN_MS).then(() => 'late' as const);
  // Lambda freezes once the reply is out, so nothing here may fail later unheard.
  const inTime = <Value>(written: Promise<Value>) =>
    Promise.race([written.catch((error: unknown) => ({ error })), late]);
  const party = otherNumber === undefined ? undefined : await partyInTime(deps, otherNumber);
  const { callSid, answeredAt: at = clock.now() } = call;
  const write = (row: Draft<Row>) => inTime(table.write({ ...row, version: 1, writer: randomness.id() }, undefined));
  const [noted, led] = await Promise.all([
    write(typeof party === 'string' ? { ...draft, party } : draft),
    typeof party === 'string' ? write({ kind: 'party', party, at, call: callSid }) : party?.failed,
  ]);
  tellUnconfirmed(deps, callSid, { noted, led });
}

type Unconfirmed = 'late' | { readonly error: unknown };

/** @returns the HMAC of the number, or why there is none */
async function partyInTime(
  { partyKey, clock }: IncomingCallDependencies,
  number: string,
): Promise<string | { readonly failed: Unconfirmed }> {
  const known = partyKey.current().then(
    (key) => partyOf(key, number),
    (error: unknown) => ({ failed: { error } }),
  );
  return Promise.race([known, clock.sleep(KEY_WITHIN_MS).then(() => ({ failed: 'late' as const }))]);
}

type Confirmation = 'written' | 'conflict' | Unconfirmed | undefined;

function tellUnconfirmed(
  { log }: IncomingCallDependencies,
  callSid: string,
  { noted, led }: { readonly noted: Confirmation; readonly led: Confirmation },
): void {
  if (isUnconfirmed(led)) {
    const fields = { event: 'party_not_noted', callSid, ...reasonOf(led) } as const;
    log.warn('The call may not be found by its other party yet', fields);
  }
  if (!isUnconfirmed(noted)) return;
  log.count('CallUnconfirmed');
  log.error('The call could not be noted in time, it is answered all the same', {
    ...{ event: 'call_unconfirmed', callSid, ...reasonOf(noted) },
  });
}

const isUnconfirmed = (outcome: Confirmation): outcome is Unconfirmed =>
  outcome === 'late' || typeof outcome === 'object';

const reasonOf = (outcome: Unconfirmed) =>
  outcome === 'late' ? ({ reason: 'late' } as const) : ({ reason: 'failed', error: outcome.error } as const);
