/** What the HTTP API answers, as far as the page shows it; docs/look-ups.md tells all. Times are ISO 8601 in UTC. */
export const OUTCOMES = [
  'waiting',
  'being-recorded',
  'copying',
  'fallback',
  'stored',
  'no-audio',
  'not-recorded',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface CallEntry {
  readonly callSid: string;
  readonly at: string;
  readonly number?: string;
  readonly direction?: 'inbound' | 'outbound';
  readonly team?: string;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly seconds?: number;
  readonly noDisclaimer?: boolean;
  readonly canary?: boolean;
  readonly recordings: readonly RecordingEntry[];
}

export interface RecordingEntry {
  readonly recordingSid: string;
  readonly state: string;
  readonly madeBy: 'recorder' | 'other';
  readonly extra?: boolean;
  readonly channels?: number;
  readonly durationSeconds?: number;
}

export interface CallList {
  readonly from: string;
  readonly to: string;
  readonly calls: readonly CallEntry[];
  readonly next?: string;
}

/** A call's story. */
export interface Story {
  readonly callSid: string;
  readonly call?: StoryOfCall;
  readonly recordings: readonly StoryOfRecording[];
}

export interface StoryOfCall {
  readonly state: string;
  readonly number?: string;
  readonly direction?: string;
  readonly policy?: { readonly team?: string };
  readonly answeredAt?: string;
  readonly startedAt?: string;
  readonly requestedBy?: string;
  readonly noDisclaimer?: boolean;
  readonly attempts?: number;
  readonly reason?: string;
  readonly waiting?: Waiting;
}

export interface Waiting {
  readonly next: string;
  readonly due: string;
}

export interface StoryOfRecording extends RecordingEntry {
  readonly audio: {
    readonly where: 's3' | 'twilio' | 'nowhere';
    readonly uri?: string;
    readonly why?: string;
    readonly alsoAtTwilio?: boolean;
  };
  readonly howToFetch?: string;
  readonly startTime?: string;
  readonly notedAt: string;
  readonly completedAt?: string;
  readonly deletedAt?: string;
  readonly attempts?: number;
  readonly reason?: string;
  readonly errorCode?: number;
  readonly stored?: {
    readonly key: string;
    readonly bytes: number;
    readonly checksum: string;
    readonly contentType: string;
    readonly storedAt: string;
  };
  readonly encryption?: { readonly publicKeySid: string };
  readonly waiting?: Waiting;
  /** A waveform was made beside the copy. */
  readonly peaks?: boolean;
}

export interface Peaks {
  readonly durationSeconds: number;
  /** Each from 0 to 127. */
  readonly channels: readonly (readonly number[])[];
}

export interface AuditEntry {
  readonly at: string;
  readonly who: string;
  readonly what: string;
  readonly callSid?: string;
  readonly recordingSid?: string;
  readonly for?: 'play' | 'download';
  readonly from?: string;
}
