/** What a certificate says. The same for people and, with `--json`, for programs: instants are ISO 8601 in UTC. */

/** How often each reason was given. */
export type Reasons = { readonly [reason: string]: number };

/** The calls of a number, or of all. Each is counted once. */
export interface Tally {
  /** All that follow, but for those that are counted apart. */
  readonly calls: number;
  readonly recorded: number;
  /** Of those recorded: the audio is at Twilio alone, since the copy is not made yet. */
  readonly onlyAtTwilio: number;
  /** Recorded, and erased on request since: their receipts are kept. */
  readonly erased: number;
  readonly notRecorded: Reasons;
  /** Nobody has talked: by Twilio's status of the call. */
  readonly notAnswered: Reasons;
  /** Too early to tell. */
  readonly open: number;
  readonly unexplained: number;
  /** Counted apart: the number's owner does not want them recorded. */
  readonly notWanted: number;
  /** Counted apart: the recorder's own tests. */
  readonly canary: number;
}

export interface NumberTally extends Tally {
  readonly number: string;
}

/** A call that the certificate names. */
export interface NamedCall {
  readonly callSid: string;
  readonly number: string;
  readonly began: string;
  readonly reason: string;
}

/** A recording that is not as it should be. */
export interface NamedRecording {
  readonly callSid: string;
  readonly recordingSid: string;
  readonly problem: string;
}

export interface CallsPart {
  readonly total: Tally;
  readonly numbers: readonly NumberTally[];
  readonly unexplained: readonly NamedCall[];
  readonly notRecorded: readonly NamedCall[];
  readonly open: readonly NamedCall[];
  /** Calls without a row, from a time at which nothing shows that their number pointed here. */
  readonly undecided: readonly NamedCall[];
  /** Calls in the table that Twilio does not list any more; counted above by their rows. */
  readonly unlisted: readonly NamedCall[];
  /** Calls of numbers that do not point here, and of which the table knows nothing. */
  readonly elsewhere: number;
}

export interface CopiesPart {
  readonly stored: number;
  /** S3's own record of size, checksum and version is that of the row. */
  readonly asDescribed: number;
  /** Read to the end, and the same as in the row. */
  readonly read: number;
  readonly bytesRead: number;
  /** How many were to be read; `all` of them. */
  readonly sample: number | 'all';
  readonly seed: string;
  /** Deleted by the bucket's own rule, which the owner has set. */
  readonly expired: number;
  /** In a storage class that must be restored before it can be read. */
  readonly archived: number;
  readonly problems: readonly NamedRecording[];
}

export interface DeletionsPart {
  readonly deleted: number;
  /** Verified in S3 for long enough before, and there now. */
  readonly proven: number;
  /** The copy has expired since, so that only the row proves it. */
  readonly provenByRowAlone: number;
  /** Copies that are in S3 and at Twilio. */
  readonly stillAtTwilio: number;
  readonly keptHours: number;
  readonly problems: readonly NamedRecording[];
}

/** A time in which an alarm sounded, or in which a deployment was under way. */
export interface Gap {
  readonly what: 'alarm' | 'deployment';
  readonly name: string;
  readonly state: string;
  readonly from: string;
  /** Absent where it lasts. */
  readonly to?: string;
}

export interface GapsPart {
  readonly gaps: readonly Gap[];
  /** The oldest change that was kept; absent where none was. */
  readonly keptSince?: string;
  /** Sort keys of rows that this version cannot read. */
  readonly unreadable: readonly string[];
}

export interface Certificate {
  /** Whether every call is accounted for, and every copy and deletion that was checked is in order. */
  readonly inOrder: boolean;
  readonly from: string;
  /** Not included. */
  readonly to: string;
  readonly made: {
    readonly at: string;
    readonly until: string;
    readonly version: string;
    readonly system: string;
    readonly accountSid: string;
    readonly table: string;
    readonly bucket: string;
  };
  readonly calls: CallsPart;
  readonly copies: CopiesPart;
  readonly deletions: DeletionsPart;
  readonly recorder: GapsPart;
  /** Sentences. */
  readonly notChecked: readonly string[];
}
