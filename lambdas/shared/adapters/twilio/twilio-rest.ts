/**
 * Twilio's REST API, through the resources of the `twilio` library.
 *
 * Only the resources are imported, over a domain of our own: the whole library takes eight times as long to load, and
 * its HTTP client follows what we do not want followed. The library is pinned exactly, for these paths are not its
 * public face; a test resolves each.
 */
import type domainModule from 'twilio/lib/base/Domain.js';
import versionModule from 'twilio/lib/base/Version.js';
import type v2010Module from 'twilio/lib/rest/api/V2010.js';
import { RecordingListInstance as CallRecordingListInstance } from 'twilio/lib/rest/api/v2010/account/call/recording.js';
import { RecordingListInstance } from 'twilio/lib/rest/api/v2010/account/recording.js';
import type { Credentials, TwilioCredentials, TwilioRecording, TwilioRest } from '../../ports/twilio.ts';
import { isCallSid, isRecordingSid } from '../../rules/values/sids.ts';
import { CALLBACK_OVERRIDES, markedCallbackUrl } from '../../rules/webhook/callback-mark.ts';
import { type HttpClient, HttpsClient, type Timeouts } from './https-client.ts';
import { openAudio } from './twilio-audio.ts';
import { readCall, readProgress } from './twilio-call-replies.ts';
import { type Ask, nextPage, ofLists, PAGE_SIZE, placeOf, type Session } from './twilio-lists.ts';
import { readRecording, refusalOf } from './twilio-replies.ts';

/** The library is CommonJS: its default export arrives wrapped or bare, depending on who loads it. */
const Version: typeof versionModule.default = versionModule.default ?? versionModule;
type Domain = InstanceType<typeof domainModule.default>;
type V2010 = InstanceType<typeof v2010Module.default>;

const API = '2010-04-01';

export interface TwilioRestOptions {
  /** For example `https://api.twilio.com`. Every request goes there, whatever a webhook or a reply says. */
  readonly apiUrl: string;
  /** Where Twilio reports on a recording, without the overrides; not needed by steps that start none. */
  readonly callbackUrl?: string;
  readonly credentials: Credentials;
  readonly timeouts?: Timeouts;
  /** What carries the requests, where that is not the network. */
  readonly client?: HttpClient;
}

export function twilioRest({
  apiUrl,
  callbackUrl,
  credentials,
  timeouts,
  client = new HttpsClient(apiUrl, timeouts),
}: TwilioRestOptions): TwilioRest {
  const ask: Ask = async (sidsFit, request) => {
    if (!sidsFit) throw new TypeError('A malformed SID was about to reach a URL.');
    try {
      const current = await credentials.current();
      // The resources use of their version only what every version has.
      const api = new Version(domain(client, current), API) as V2010;
      return await request({ api, accountSid: current.accountSid, current });
    } catch (error) {
      return refusalOf(error);
    }
  };
  return {
    ...ofCalls(ask, callbackUrl),
    ...ofRecordings(ask),
    ...ofLists(ask),
    openAudio: (recordingSid, channels, format, from) =>
      ask(isRecordingSid(recordingSid), ({ accountSid, current }) => {
        const path = `/${API}/Accounts/${accountSid}/Recordings/${recordingSid}.${format}`;
        return openAudio(
          (query, range) =>
            client.open({ method: 'GET', path: path + query, headers: { ...authorization(current), ...range } }),
          channels,
          from,
        );
      }),
    urlOf: (accountSid, recordingSid) =>
      `${apiUrl.replace(/\/$/, '')}/${API}/Accounts/${accountSid}/Recordings/${recordingSid}`,
  };
}

const ofCalls = (
  ask: Ask,
  callbackUrl: string | undefined,
): Pick<TwilioRest, 'startRecording' | 'recordingsOfCall' | 'callProgress' | 'call' | 'placeCall'> => ({
  startRecording: (callSid) =>
    ask(isCallSid(callSid), async ({ api, accountSid, current }) => {
      const callback = callbackUrl && markedCallbackUrl(callbackUrl, current.authTokens[0], callSid);
      const created = await CallRecordingListInstance(api, accountSid, callSid).create({
        recordingChannels: 'dual',
        trim: 'do-not-trim',
        recordingTrack: 'both',
        ...(callback && { recordingStatusCallback: callback + CALLBACK_OVERRIDES }),
        recordingStatusCallbackMethod: 'POST',
        // Twilio's form of a list is one value with spaces.
        recordingStatusCallbackEvent: ['in-progress completed absent'],
      });
      return { kind: 'started', recording: readRecording(created) };
    }),

  recordingsOfCall: (callSid) =>
    ask(isCallSid(callSid), async ({ api, accountSid }) => {
      const recordings: TwilioRecording[] = [];
      let next: string | undefined;
      do {
        const list = CallRecordingListInstance(api, accountSid, callSid);
        const listed = await list.page({ pageSize: PAGE_SIZE, ...placeOf(next) });
        recordings.push(...listed.instances.map(readRecording));
        const page = nextPage(listed.nextPageUrl);
        if (page.isCut) return { kind: 'doubtful', reason: 'list-cut-off' };
        next = page.next;
      } while (next !== undefined);
      return { kind: 'found', recordings };
    }),

  callProgress: (callSid) =>
    ask(isCallSid(callSid), async (session) => readProgress(await fetchCall(session, callSid))),

  call: (callSid) =>
    ask(isCallSid(callSid), async (session) => {
      return { kind: 'found', call: readCall(await fetchCall(session, callSid)) };
    }),

  placeCall: (from, to, twiml) =>
    ask(true, async ({ api, accountSid }) => {
      const data = { From: from, To: to, Twiml: twiml };
      const placed = await api.create({ uri: `/Accounts/${accountSid}/Calls.json`, method: 'post', data });
      return { kind: 'placed', callSid: readCall(placed).callSid };
    }),
});

/** The library's own resource of a call brings whatever lies under one, a fifth of the bundle. */
const fetchCall = ({ api, accountSid }: Session, callSid: string): Promise<unknown> =>
  api.fetch({ uri: `/Accounts/${accountSid}/Calls/${callSid}.json`, method: 'get' });

const ofRecordings = (ask: Ask): Pick<TwilioRest, 'recording' | 'deleteRecording'> => ({
  recording: (recordingSid) =>
    ask(isRecordingSid(recordingSid), async ({ api, accountSid }) => {
      const recording = await RecordingListInstance(api, accountSid)(recordingSid).fetch({ includeSoftDeleted: true });
      return { kind: 'found', recording: readRecording(recording) };
    }),

  deleteRecording: (recordingSid) =>
    ask(isRecordingSid(recordingSid), async ({ api, accountSid }) => {
      await RecordingListInstance(api, accountSid)(recordingSid).remove();
      return { kind: 'deleted' };
    }),
});

const authorization = ({ rest: { username, password } }: TwilioCredentials) => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});

interface LibraryRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers?: { readonly [name: string]: string };
  readonly params?: { readonly [name: string]: unknown };
  readonly data?: { readonly [name: string]: unknown };
}

/** What the library's `Version` needs of a domain. */
function domain(client: HttpClient, credentials: TwilioCredentials): Domain {
  const own = {
    absoluteUrl: (uri: string) => `/${uri.replace(/^\//, '')}`,
    request: ({ method, uri, headers, params, data }: LibraryRequest) => {
      const query = params ? `?${new URLSearchParams(texts(params))}` : '';
      return client.text({
        method: method.toUpperCase() as 'GET' | 'POST' | 'DELETE',
        path: `/${uri}${query}`,
        headers: { ...headers, ...authorization(credentials) },
        body: data && new URLSearchParams(texts(data)).toString(),
      });
    },
  };
  return own as unknown as Domain;
}

/** One pair for each value; a list repeats its name. */
const texts = (values: { readonly [name: string]: unknown }): [string, string][] =>
  Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
  );
