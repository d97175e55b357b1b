/** Names of the events on EventBridge. */

/** The `source` of all events. */
export const EVENT_SOURCE = 'call-recorder';

/** What is announced. */
export const EVENT_KINDS = [
  'recording-started',
  'recording-stored',
  'recording-fell-back',
  'recording-absent',
  'recording-failed',
  'recording-extra',
  'recording-deleted',
  'call-unstreamed',
  'call-unrecordable',
  'recording-erased',
  'call-erased',
  'call-held',
  'call-released',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/** The `detail-type` of each; schemas in `docs/events.md`. */
export const EVENT_DETAIL_TYPES: { readonly [kind in EventKind]: string } = {
  'recording-started': 'Recording Started',
  'recording-stored': 'Recording Stored',
  'recording-fell-back': 'Recording Fell Back',
  'recording-absent': 'Recording Absent',
  'recording-failed': 'Recording Failed',
  'recording-extra': 'Extra Recording',
  'recording-deleted': 'Recording Deleted At Twilio',
  'call-unstreamed': 'Call Without Stream',
  'call-unrecordable': 'Call Not Recordable',
  'recording-erased': 'Recording Erased',
  'call-erased': 'Call Erased',
  'call-held': 'Call Held',
  'call-released': 'Call Released',
};
