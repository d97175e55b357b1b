/** `Applications/AP….json`: where the numbers that name a TwiML application ask for TwiML. */
import { METHOD_NOT_ALLOWED, notFound } from '../errors.ts';
import { API_VERSION, accountPath } from '../format.ts';
import { type Outcome, outcome } from '../outcome.ts';
import type { Context } from '../requests.ts';

export function applicationInstance({ state, method, path }: Context, sid: string): Outcome {
  const application = state.applications.get(sid);
  if (!application) return outcome(state, notFound(path));
  if (method !== 'GET') return outcome(state, METHOD_NOT_ALLOWED);
  const body = {
    account_sid: state.credentials.accountSid,
    api_version: API_VERSION,
    friendly_name: application.friendlyName,
    sid,
    uri: `${accountPath(state)}/Applications/${sid}.json`,
    voice_caller_id_lookup: false,
    voice_fallback_method: 'POST',
    voice_fallback_url: null,
    voice_method: application.voiceMethod,
    voice_url: application.voiceUrl || null,
  };
  return outcome(state, { status: 200, body });
}
