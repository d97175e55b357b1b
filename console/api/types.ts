/** What the HTTP API answers, as far as the page shows it; docs/look-ups.md tells all. Times are ISO 8601 in UTC. */
import type { CallEntry } from '../../lambdas/shared/rules/call/call-entry.ts';

export type { Peaks } from '../../lambdas/shared/rules/audio/peaks.ts';
export type { AuditEntry } from '../../lambdas/shared/rules/table/audit.ts';

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
  readonly hold?: { readonly state: string; readonly heldSince: string };
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

export interface StoryOfRecording extends Omit<CallEntry['recordings'][number], 'state'> {
  readonly state: string;
  readonly audio: {
    readonly where: 's3' | 'twilio' | 'nowhere';
    readonly uri?: string;
    readonly why?: string;
    readonly alsoAtTwilio?: boolean;
  };
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
