/** Form parameters that make a recording, a callback or a call's instructions; TwiML attributes become the same. */
import { invalidParameter, type Reply } from '../errors.ts';
import type { Instructions } from '../outcome.ts';
import type { CallbackTarget, RecordingOptions } from '../state.ts';

/** What a call's recording tells; `failed` comes by no callback. */
const RECORDING_EVENTS = ['in-progress', 'completed', 'absent'];

/** What `POST Calls/CA…/Recordings.json` asks for; Twilio records mono and both tracks unless told otherwise. */
export function parseRecordingOptions(form: URLSearchParams): RecordingOptions | Reply {
  const channels = form.get('RecordingChannels') ?? 'mono';
  if (channels !== 'mono' && channels !== 'dual') return invalidParameter('RecordingChannels', 'mono or dual');
  const track = form.get('RecordingTrack') ?? 'both';
  if (track !== 'inbound' && track !== 'outbound' && track !== 'both') {
    return invalidParameter('RecordingTrack', 'inbound, outbound or both');
  }
  const trim = form.get('Trim') ?? 'do-not-trim';
  if (trim !== 'do-not-trim' && trim !== 'trim-silence') {
    return invalidParameter('Trim', 'do-not-trim or trim-silence');
  }
  const callback = parseCallbackTarget(form, 'RecordingStatusCallback', RECORDING_EVENTS);
  if (callback && 'status' in callback) return callback;
  return { channels: channels === 'dual' ? 2 : 1, track, source: 'StartCallRecordingAPI', callback };
}

/** `<name>`, `<name>Method` and `<name>Event`; events are repeated or separated by spaces, `completed` by default. */
export function parseCallbackTarget(
  form: URLSearchParams,
  name: string,
  known: readonly string[],
): CallbackTarget | Reply | null {
  const url = form.get(name);
  if (!url) return null;
  if (!isHttpUrl(url)) return invalidParameter(name, 'a URL with http or https');
  const method = form.get(`${name}Method`) ?? 'POST';
  if (method !== 'GET' && method !== 'POST') return invalidParameter(`${name}Method`, 'GET or POST');
  const asked = form.getAll(`${name}Event`).flatMap((value) => value.split(/[\s,]+/).filter(Boolean));
  const unknown = asked.find((event) => !known.includes(event));
  if (unknown !== undefined) return invalidParameter(`${name}Event`, known.join(', '));
  return { url, method, events: asked.length === 0 ? ['completed'] : asked };
}

/** `Url` with `Method`, or `Twiml`, which Twilio ignores beside a URL; null where neither is given or the URL is none. */
export function parseInstructions(form: URLSearchParams): Instructions | null {
  const url = form.get('Url');
  if (url) return isHttpUrl(url) ? { url, method: form.get('Method') === 'GET' ? 'GET' : 'POST' } : null;
  const twiml = form.get('Twiml');
  return twiml ? { twiml } : null;
}

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
