/**
 * Answers a call: first our stream with the disclaimer, then what the number's voice URL names, or else what the stack is configured
 * with. The call is noted meanwhile.
 */
import { HTTP_PATHS } from '../shared/contract/http.ts';
import type { AfterDisclaimer, Canary } from '../shared/contract/settings.ts';
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { refuseRequest, verifyWebhook, type WebhookAuth } from '../shared/entry/verified-webhook.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { answeredCall, notWantedCall } from '../shared/rules/call/call.ts';
import { callPolicy, type NumberPolicy, readPolicy } from '../shared/rules/call/policy.ts';
import { streamToken } from '../shared/rules/call/stream-token.ts';
import { ownSideOf } from '../shared/rules/call/unaccounted.ts';
import { isCanaryCall } from '../shared/rules/canary/canary.ts';
import { withPendingEvents } from '../shared/rules/table/events.ts';
import type { CallRow, Draft } from '../shared/rules/table/rows.ts';
import { isAccountSid, isCallSid } from '../shared/rules/values/sids.ts';
import type { WebhookRequest } from '../shared/rules/webhook/webhook.ts';
import type { AfterStream, StreamNoun } from './twiml.ts';

export interface IncomingCallDependencies extends WebhookAuth, Pick<StepPorts, 'clock' | 'randomness'> {
  readonly table: Pick<StepPorts['table'], 'write' | 'addsPendingEvents'>;
  readonly streamUrl: string;
  readonly canary?: Canary | undefined;
  /** For numbers whose voice URL names nothing else. */
  readonly afterDisclaimer: AfterDisclaimer;
  /** Writes the TwiML: the stream with its token, if there is to be one, then the owner's verb. */
  readonly writeTwiml: (stream: StreamNoun | undefined, then: AfterStream) => string;
}

/** `POST /voice`. The TwiML behind `<Connect>` runs once `stream-connect` has closed the stream. */
export async function incomingCall(deps: IncomingCallDependencies, request: WebhookRequest): Promise<ApiResponse> {
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
  const isCanary = isCanaryCall(deps.canary, { from: From, to: To });
  const callee = {
    ...ownSideOf({ direction: Direction, from: From, to: To }),
    policy: callPolicy(policy),
    ...(isCanary && { canary: true as const }),
  };
  await note(deps, isWanted ? answeredCall(CallSid, now, callee) : notWantedCall(CallSid, now, callee));
  deps.log.count('CallAnswered');
  deps.log.info('Call answered', { event: 'call_answered', callSid: CallSid });
  if (!isWanted) {
    deps.log.count('CallNotWanted');
    deps.log.info('The call is not to be recorded', { event: 'call_not_wanted', callSid: CallSid });
  }
  const stream = isWanted
    ? {
        url: deps.streamUrl,
        token: streamToken(authTokens[0], CallSid, now, policy.disclaimer),
        disclaimer: policy.disclaimer,
        statusCallback: deps.publicUrl + HTTP_PATHS.streamStatus,
      }
    : undefined;
  const twiml = deps.writeTwiml(stream, isCanary ? CANARY_LISTENS : (policy.after ?? deps.afterDisclaimer));
  return { statusCode: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: twiml };
}

function policyOf(
  { publicUrl, log }: IncomingCallDependencies,
  request: WebhookRequest,
  callSid: string,
): NumberPolicy {
  const { policy, unreadable } = readPolicy(request.rawQueryString, publicUrl + HTTP_PATHS.voice);
  if (unreadable.length > 0) {
    log.count('PolicyUnreadable');
    log.warn("A number's voice URL could not be read in full", {
      event: 'policy_unreadable',
      callSid,
      reason: unreadable.join(', '),
    });
  }
  return policy;
}

/** Nobody is to be rung for a canary's call: this side waits until the other one hangs up. */
const CANARY_LISTENS = { kind: 'pause', seconds: 60 } as const;

/** A caller waits meanwhile. DynamoDB answers within tens of milliseconds. */
const NOTE_WITHIN_MS = 200;

/**
 * Notes the call, so that a stream that never starts is noticed. The caller is answered in any case: what the table has not confirmed in
 * time is made good later. One write and no read: a row that is there already, as after Twilio's repetition of the request, knows as
 * much or more.
 */
async function note({ table, clock, randomness, log }: IncomingCallDependencies, call: Draft<CallRow>): Promise<void> {
  const draft = table.addsPendingEvents ? withPendingEvents(undefined, call, 1, clock.now()) : call;
  const row = { ...draft, version: 1, writer: randomness.id() };
  // Lambda freezes once the reply is out, so nothing here may fail later unheard.
  const outcome = await Promise.race([
    table.write(row, undefined).catch((error: unknown) => ({ error })),
    clock.sleep(NOTE_WITHIN_MS).then(() => 'late' as const),
  ]);
  if (outcome === 'written' || outcome === 'conflict') return;
  log.count('CallUnconfirmed');
  log.error('The call could not be noted in time, it is answered all the same', {
    event: 'call_unconfirmed',
    callSid: call.callSid,
    ...(outcome === 'late' ? { reason: 'late' } : { reason: 'failed', error: outcome.error }),
  });
}
