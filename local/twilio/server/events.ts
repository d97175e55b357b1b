/** What the server tells about its work, for a timeline; `at` is the clock's milliseconds since 1970. */
export type TwilioServerEvent = { readonly at: number } & (
  | { readonly kind: 'call-started'; readonly callSid: string; readonly from: string; readonly to: string }
  | { readonly kind: 'twiml-fetched'; readonly callSid: string; readonly url: string; readonly status: number }
  | { readonly kind: 'verb'; readonly callSid: string; readonly verb: string }
  /** A sound that `<Play>` names was heard to its end. */
  | { readonly kind: 'played'; readonly callSid: string; readonly url: string }
  | { readonly kind: 'stream-opened'; readonly callSid: string; readonly streamSid: string; readonly url: string }
  | { readonly kind: 'stream-start-sent'; readonly callSid: string; readonly streamSid: string }
  | { readonly kind: 'mark-returned'; readonly callSid: string; readonly streamSid: string; readonly name: string }
  | {
      readonly kind: 'stream-closed';
      readonly callSid: string;
      readonly streamSid: string;
      readonly by: 'application' | 'twilio';
    }
  | {
      readonly kind: 'rest-request';
      readonly method: string;
      /** Path without query. */
      readonly path: string;
      readonly status: number;
      readonly code: number | null;
    }
  | { readonly kind: 'recording-started'; readonly callSid: string; readonly recordingSid: string }
  | {
      readonly kind: 'recording-completed';
      readonly callSid: string;
      readonly recordingSid: string;
      readonly status: 'completed' | 'absent';
      readonly milliseconds: number;
    }
  | { readonly kind: 'recording-deleted'; readonly callSid: string; readonly recordingSid: string }
  | {
      readonly kind: 'callback-sent';
      readonly callSid: string;
      /** RecordingStatus, StreamEvent, or CallStatus of a call's progress. */
      readonly event: string;
      /** null where no attempt was answered. */
      readonly status: number | null;
      readonly attempts: number;
    }
  | { readonly kind: 'call-ended'; readonly callSid: string; readonly status: string; readonly milliseconds: number }
  /** What Twilio's console would show as a warning or an error; https://www.twilio.com/docs/api/errors/CODE. */
  | { readonly kind: 'warning'; readonly callSid: string | null; readonly code: number; readonly message: string }
);

type WithoutTime<Event> = Event extends { readonly at: number } ? Omit<Event, 'at'> : never;
export type TwilioServerEventBody = WithoutTime<TwilioServerEvent>;
