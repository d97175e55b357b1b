/** Answers an incoming call: first our stream with the disclaimer, then what the owner has configured. */
import type { AfterDisclaimer } from '../shared/contract/settings.ts';
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { refuseRequest, verifyWebhook, type WebhookAuth } from '../shared/entry/verified-webhook.ts';
import type { Clock } from '../shared/ports/clock.ts';
import { streamToken } from '../shared/rules/call/stream-token.ts';
import { isAccountSid, isCallSid } from '../shared/rules/values/sids.ts';
import type { WebhookRequest } from '../shared/rules/webhook/webhook.ts';

export interface IncomingCallDependencies extends WebhookAuth {
  readonly streamUrl: string;
  readonly afterDisclaimer: AfterDisclaimer;
  readonly clock: Pick<Clock, 'now'>;
  /** Writes the TwiML: the stream with its token, then the owner's verb. */
  readonly writeTwiml: (streamUrl: string, token: string, afterDisclaimer: AfterDisclaimer) => string;
}

/** `POST /voice`. The TwiML behind `<Connect>` runs once `stream-connect` has closed the stream. */
export async function incomingCall(deps: IncomingCallDependencies, request: WebhookRequest): Promise<ApiResponse> {
  const verified = await verifyWebhook(deps, request);
  if (!verified.ok) {
    // The alarm on refused calls compares the two counts, and CloudWatch computes nothing of a metric that was never counted.
    deps.log.count('CallAnswered', 0);
    return verified.reply;
  }

  const { CallSid, AccountSid } = verified.parameters;
  const { accountSid, authTokens } = verified.credentials;
  const refuse = (reason: string) => refuseRequest(deps, request, { status: 400, reason });
  if (!isCallSid(CallSid)) return refuse('CallSid is not a call SID (CA and 32 hex digits).');
  if (!isAccountSid(AccountSid) || AccountSid !== accountSid) {
    return refuse('AccountSid is not the account that this recorder serves.');
  }

  deps.log.count('CallAnswered');
  deps.log.info('Call answered', { event: 'call_answered', callSid: CallSid });
  const token = streamToken(authTokens[0], CallSid, deps.clock.now());
  const twiml = deps.writeTwiml(deps.streamUrl, token, deps.afterDisclaimer);
  return { statusCode: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: twiml };
}
