/** The JSON of resources, field by field as Twilio's OpenAPI (`twilio_api_v2010.json`) lists them. */
import { API_VERSION, accountPath, rfc2822, wholeSeconds } from '../format.ts';
import { recordingSeconds } from '../recordings.ts';
import type { Call, Recording, TwilioState } from '../state.ts';

export function renderCall(state: TwilioState, call: Call): object {
  const uri = `${accountPath(state)}/Calls/${call.sid}`;
  return {
    sid: call.sid,
    date_created: rfc2822(call.createdAt),
    date_updated: rfc2822(call.updatedAt),
    parent_call_sid: call.parentCallSid,
    account_sid: call.accountSid,
    to: call.to,
    to_formatted: call.to,
    from: call.from,
    from_formatted: call.from,
    phone_number_sid: null,
    status: call.status,
    start_time: call.answeredAt === null ? null : rfc2822(call.answeredAt),
    end_time: call.endedAt === null ? null : rfc2822(call.endedAt),
    duration: call.endedAt === null ? null : String(wholeSeconds(call.answeredAt, call.endedAt)),
    price: null,
    price_unit: 'USD',
    direction: call.direction,
    answered_by: null,
    api_version: API_VERSION,
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    queue_time: '0',
    trunk_sid: null,
    uri: `${uri}.json`,
    subresource_uris: {
      events: `${uri}/Events.json`,
      notifications: `${uri}/Notifications.json`,
      payments: `${uri}/Payments.json`,
      recordings: `${uri}/Recordings.json`,
      siprec: `${uri}/Siprec.json`,
      streams: `${uri}/Streams.json`,
      transcriptions: `${uri}/Transcriptions.json`,
      user_defined_message_subscriptions: `${uri}/UserDefinedMessageSubscriptions.json`,
      user_defined_messages: `${uri}/UserDefinedMessages.json`,
    },
  };
}

/** A recording as a part of its call (`api.v2010.account.call.call_recording`). */
export function renderCallRecording(state: TwilioState, recording: Recording): object {
  return {
    ...renderCommon(state, recording),
    track: recording.track,
    uri: `${accountPath(state)}/Calls/${recording.callSid}/Recordings/${recording.sid}.json`,
  };
}

/** A recording of the account (`api.v2010.account.recording`). */
export function renderRecording(state: TwilioState, recording: Recording): object {
  const uri = `${accountPath(state)}/Recordings/${recording.sid}`;
  return {
    ...renderCommon(state, recording),
    uri: `${uri}.json`,
    subresource_uris: { add_on_results: `${uri}/AddOnResults.json`, transcriptions: `${uri}/Transcriptions.json` },
    media_url: `${state.settings.baseUrl}${uri}`,
  };
}

function renderCommon(state: TwilioState, recording: Recording): object {
  const seconds = recordingSeconds(recording);
  return {
    account_sid: recording.accountSid,
    api_version: API_VERSION,
    call_sid: recording.conferenceSid === undefined ? recording.callSid : null,
    conference_sid: recording.conferenceSid ?? null,
    date_created: rfc2822(recording.createdAt),
    date_updated: rfc2822(recording.updatedAt),
    start_time: rfc2822(recording.createdAt),
    duration: seconds === null ? null : String(seconds),
    sid: recording.sid,
    price: null,
    encryption_details: renderEncryption(state, recording),
    price_unit: 'USD',
    status: recording.status,
    channels: recording.channels,
    source: recording.source,
    error_code: recording.errorCode,
  };
}

/** Under the names of `twilio_api_v2010.json`, or under those that programs read which decrypt recordings. */
function renderEncryption({ settings }: TwilioState, { encryption }: Recording): object | null {
  if (!encryption) return null;
  const { publicKeySid, encryptedCek, iv } = encryption;
  return settings.encryption === 'as-read'
    ? { type: 'rsa-aes', public_key_sid: publicKeySid, encrypted_cek: encryptedCek, iv }
    : { encryption_public_key_sid: publicKeySid, encryption_cek: encryptedCek, encryption_iv: iv };
}
