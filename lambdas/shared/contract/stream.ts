/** Routes, marks and files of a call's WebSocket stream. */

/** The WebSocket API selects its route by `$request.body.event`, the field in which Twilio names a stream message. */
export const STREAM_ROUTE_SELECTION = '$request.body.event';

/** Routes that reach the `stream-connect` function. */
export const STREAM_ROUTES_TO_FUNCTION = ['$connect', 'start', 'mark'] as const;

/** Routes that end in a MOCK integration without a reply: no function ever sees an audio frame. */
export const STREAM_ROUTES_TO_MOCK = ['connected', 'media', 'dtmf', 'stop', '$default'] as const;

/** Seconds between a stream's `start` and the first attempt to start the recording; SQS delays are whole seconds. */
export const RECORDING_START_DELAY_SECONDS = 1;

/** Name of the mark behind the disclaimer of our own streams; when it comes back, the stream is closed. */
export const DISCLAIMER_MARK = 'disclaimer-heard';

/** Name of the mark behind the disclaimer of a foreign stream, which is never closed by us. */
export const FOREIGN_DISCLAIMER_MARK = 'disclaimer-heard-foreign';

/** File beside the `stream-connect` bundle: raw mu-law, 8,000 samples a second, mono, no header. */
export const DISCLAIMER_FILE = 'disclaimer.ulaw';

/** The same of a named disclaimer. */
export const namedDisclaimerFile = (name: string): string => `disclaimer-${name}.ulaw`;
