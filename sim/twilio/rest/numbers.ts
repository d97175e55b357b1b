/** `IncomingPhoneNumbers.json` and the account itself: what an operator looks at and points at the recorder. */

import { invalidParameter, METHOD_NOT_ALLOWED, notFound, refusal } from '../errors.ts';
import { API_VERSION, accountPath, rfc2822 } from '../format.ts';
import { type Outcome, outcome } from '../outcome.ts';
import type { Context } from '../requests.ts';
import type { PhoneNumber, TwilioState } from '../state.ts';
import { page } from './listing.ts';
import { isHttpUrl } from './parameters.ts';

export function numberList({ state, method, path, query }: Context): Outcome {
  if (method !== 'GET') return outcome(state, METHOD_NOT_ALLOWED);
  const asked = query.get('PhoneNumber');
  const matches = ({ phoneNumber }: PhoneNumber): boolean => asked === null || phoneNumber.includes(asked);
  const render = (number: PhoneNumber): object => renderNumber(state, number);
  return outcome(
    state,
    page(state.settings, path, query, 'incoming_phone_numbers', state.numbers.values(), matches, render),
  );
}

export function numberInstance(context: Context, sid: string): Outcome {
  const { state, now, method, path, form } = context;
  const number = state.numbers.get(sid);
  if (!number) return outcome(state, notFound(path));
  if (method === 'GET') return outcome(state, { status: 200, body: renderNumber(state, number) });
  if (method !== 'POST') return outcome(state, METHOD_NOT_ALLOWED);

  const voiceUrl = form.get('VoiceUrl') ?? number.voiceUrl;
  if (voiceUrl !== '' && !isHttpUrl(voiceUrl)) return outcome(state, refusal(400, 21502, 'VoiceUrl is not valid'));
  const voiceMethod = form.get('VoiceMethod') ?? number.voiceMethod;
  if (voiceMethod !== 'GET' && voiceMethod !== 'POST') {
    return outcome(state, invalidParameter('VoiceMethod', 'GET or POST'));
  }
  const voiceFallbackUrl = form.get('VoiceFallbackUrl') ?? number.voiceFallbackUrl ?? '';
  if (voiceFallbackUrl !== '' && !isHttpUrl(voiceFallbackUrl)) {
    return outcome(state, refusal(400, 21502, 'VoiceFallbackUrl is not valid'));
  }
  const voiceFallbackMethod = form.get('VoiceFallbackMethod') ?? number.voiceFallbackMethod ?? 'POST';
  if (voiceFallbackMethod !== 'GET' && voiceFallbackMethod !== 'POST') {
    return outcome(state, invalidParameter('VoiceFallbackMethod', 'GET or POST'));
  }
  // Setting one of the two deletes the other; an empty value removes it.
  const application = form.get('VoiceApplicationSid');
  const trunk = form.get('TrunkSid');
  const changed: PhoneNumber = {
    ...number,
    ...{ voiceUrl, voiceMethod, voiceFallbackUrl, voiceFallbackMethod, updatedAt: now },
    voiceApplicationSid: application === null ? (trunk ? null : number.voiceApplicationSid) : application || null,
    trunkSid: trunk === null ? (application ? null : number.trunkSid) : trunk || null,
  };
  const next = { ...state, numbers: new Map(state.numbers).set(sid, changed) };
  return outcome(next, { status: 200, body: renderNumber(next, changed) });
}

/** A number of the account, as `api.v2010.account.incoming_phone_number` describes it. */
function renderNumber(state: TwilioState, number: PhoneNumber): object {
  return {
    account_sid: state.credentials.accountSid,
    address_sid: null,
    address_requirements: 'none',
    api_version: API_VERSION,
    beta: false,
    capabilities: { mms: true, sms: true, voice: true, fax: false },
    date_created: rfc2822(number.createdAt),
    date_updated: rfc2822(number.updatedAt),
    friendly_name: number.friendlyName,
    identity_sid: null,
    phone_number: number.phoneNumber,
    origin: 'twilio',
    sid: number.sid,
    sms_application_sid: null,
    sms_fallback_method: 'POST',
    sms_fallback_url: null,
    sms_method: 'POST',
    sms_url: null,
    status_callback: null,
    status_callback_method: 'POST',
    trunk_sid: number.trunkSid,
    uri: `${accountPath(state)}/IncomingPhoneNumbers/${number.sid}.json`,
    voice_receive_mode: 'voice',
    voice_application_sid: number.voiceApplicationSid,
    voice_caller_id_lookup: false,
    voice_fallback_method: number.voiceFallbackMethod ?? 'POST',
    voice_fallback_url: number.voiceFallbackUrl || null,
    voice_method: number.voiceMethod,
    voice_url: number.voiceUrl || null,
    emergency_status: 'Inactive',
    emergency_address_sid: null,
    emergency_address_status: 'unregistered',
    bundle_sid: null,
    status: 'in-use',
  };
}

/** `Accounts/AC….json`. */
export function account({ state, method }: Context): Outcome {
  if (method !== 'GET') return outcome(state, METHOD_NOT_ALLOWED);
  const path = accountPath(state);
  const body = {
    auth_token: state.credentials.authToken,
    date_created: rfc2822(0),
    date_updated: rfc2822(0),
    friendly_name: 'Simulated account',
    owner_account_sid: state.credentials.accountSid,
    sid: state.credentials.accountSid,
    status: 'active',
    subresource_uris: {
      calls: `${path}/Calls.json`,
      incoming_phone_numbers: `${path}/IncomingPhoneNumbers.json`,
      recordings: `${path}/Recordings.json`,
    },
    type: 'Full',
    uri: `${path}.json`,
  };
  return outcome(state, { status: 200, body });
}
