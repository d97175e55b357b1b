/** A recording as Twilio's REST API describes it. */
export interface DescribedRecording {
  readonly accountSid: string;
  readonly callSid: string;
  readonly sid: string;
  /** Of a completed recording; absent while it is in progress. */
  readonly seconds?: number;
}

export function describeRecording({ accountSid, callSid, sid, seconds }: DescribedRecording): object {
  const now = new Date().toUTCString();
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    call_sid: callSid,
    sid,
    status: seconds === undefined ? 'in-progress' : 'completed',
    source: 'StartCallRecordingAPI',
    channels: 2,
    duration: seconds === undefined ? '-1' : String(seconds),
    start_time: now,
    date_created: now,
    date_updated: now,
    error_code: null,
    encryption_details: null,
    price: null,
    price_unit: 'USD',
    track: 'both',
    media_url: null,
    subresource_uris: {},
    uri: `/2010-04-01/Accounts/${accountSid}/Recordings/${sid}.json`,
  };
}
