import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TwilioServerEvent } from '../twilio/server/events.ts';

/** What Twilio saw of one call. Times are milliseconds since 1970. */
export class ObservedCall {
  twimlFetched = false;
  /** What the call's first TwiML begins with. */
  firstVerb: string | undefined;
  startSentAt: number | undefined;
  /** Requests to start a recording, as they arrived. */
  readonly startRequests: { readonly at: number; readonly status: number; readonly code: number | null }[] = [];
  readonly recordingSids: string[] = [];
  /** Sound was played, through a stream or from a file, to its end. */
  disclaimerHeard = false;
  /** When the first recording had begun, the disclaimer had not been heard to its end. */
  recordedBeforeDisclaimer = false;
  ended = false;
  /** SHA-256 of the audio, hexadecimal, by recording SID, taken when the recording was complete. */
  readonly audio = new Map<string, Promise<string>>();
  readonly callbacks: { readonly event: string; readonly status: number | null }[] = [];
  readonly deleted = new Set<string>();
}

/**
 * Remembers by call what the simulated Twilio told. It knows nothing of what the functions say about themselves.
 *
 * @param openAudio the audio as Twilio serves it to the step that copies it
 */
export function createCallObserver(openAudio: (recordingSid: string) => Readable | undefined) {
  const calls = new Map<string, ObservedCall>();

  function call(callSid: string): ObservedCall {
    const known = calls.get(callSid) ?? new ObservedCall();
    calls.set(callSid, known);
    return known;
  }

  return {
    call,
    /** How many calls were seen. */
    get calls() {
      return calls.size;
    },
    observe(event: TwilioServerEvent) {
      if (event.kind === 'rest-request') {
        const [, callSid] = event.path.match(/\/Calls\/(CA[0-9a-f]{32})\/Recordings\.json$/) ?? [];
        if (callSid === undefined || event.method !== 'POST') return;
        call(callSid).startRequests.push({ at: event.at, status: event.status, code: event.code });
        return;
      }
      if (event.callSid === null) return;
      const seen = call(event.callSid);
      switch (event.kind) {
        case 'twiml-fetched':
          seen.twimlFetched ||= event.status === 200;
          break;
        case 'verb':
          seen.firstVerb ??= event.verb;
          break;
        case 'stream-start-sent':
          seen.startSentAt ??= event.at;
          break;
        case 'mark-returned':
        case 'played':
          seen.disclaimerHeard = true;
          break;
        case 'recording-started':
          seen.recordedBeforeDisclaimer ||= !seen.disclaimerHeard && seen.recordingSids.length === 0;
          seen.recordingSids.push(event.recordingSid);
          break;
        case 'recording-completed': {
          // Opened now: later the audio is deleted, which is what is to be seen.
          const audio = openAudio(event.recordingSid);
          if (audio !== undefined) seen.audio.set(event.recordingSid, sha256Of(audio));
          break;
        }
        case 'callback-sent':
          seen.callbacks.push({ event: event.event, status: event.status });
          break;
        case 'call-ended':
          seen.ended = true;
          break;
        case 'recording-deleted':
          seen.deleted.add(event.recordingSid);
          break;
      }
    },
  };
}

/** Hexadecimal. */
export async function sha256Of(audio: Readable): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(audio, hash);
  return hash.digest('hex');
}
