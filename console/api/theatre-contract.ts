/** What the page and `local/theatre/` say to each other. */

/** What can be broken at a click. */
export const FAULTS = [
  /** Twilio's REST API knows a new call only after 20 s. */
  'twilio-late',
  /** Twilio's REST API answers 500. */
  'twilio-500',
  /** The function that takes Twilio's callbacks dies each time. */
  'callback-lost',
  's3-down',
  'dynamodb-down',
  'sqs-down',
  /** The function that copies dies in the middle of its work. */
  'copy-killed',
] as const;
export type Fault = (typeof FAULTS)[number];
export type Faults = { readonly [fault in Fault]?: boolean };

export interface Counters {
  /** Recordings that Twilio has made and that are complete. */
  readonly made: number;
  readonly stored: number;
  /** At Twilio, with the way to them in the table. */
  readonly atTwilio: number;
  /** Complete at Twilio, and not in the table yet: `reconcile` finds them. */
  readonly unnoted: number;
  /** Neither in S3 nor at Twilio. */
  readonly lost: number;
  /** Recordings beyond the first of a call. */
  readonly extra: number;
}

/** How far a call has come, in this order. */
export const STAGES = ['answered', 'streaming', 'recording', 'ended', 'called-back', 'stored', 'deleted'] as const;
export type Stage = (typeof STAGES)[number];

/** One thing that has happened. */
export interface Told {
  /** Counts from 1. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly callSid?: string;
  readonly who: string;
  readonly what: string;
  readonly level: 'plain' | 'good' | 'warning' | 'bad';
  readonly stage?: Stage;
}
