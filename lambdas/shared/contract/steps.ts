/**
 * The contract of names between what is deployed (`lib/`) and what runs there (`lambdas/`).
 *
 * This folder is all of `lambdas/` that `lib/` imports. It holds names and no code, so that neither side can drift.
 */

/** The steps of a call. A step's name serves everywhere: folder, construct, queue, alarm, log service, runbook article. */
export const STEPS = [
  'incoming-call',
  'disclaimer',
  'stream-connect',
  'stream-status',
  'record-call',
  'hold',
  'erase',
  'recording-start',
  'recording-callback',
  'recording-copy',
  'recording-delete',
  'sweep',
  'reconcile',
  'announce',
  'canary',
  'watch-log',
  'look-up',
  'recording-play',
] as const;

/** One of {@link STEPS}. */
export type Step = (typeof STEPS)[number];
