/**
 * What the steps need from outside, in the steps' own words. Adapters fill these; so do the models of the simulation.
 */
import type { Next } from './contract.ts';
import type { MeasureName, MetricName } from './metrics.ts';
import type { ObjectHead } from './rules/deletion-guard.ts';
import type { EventDetail } from './rules/events.ts';
import type { Instant } from './rules/instant.ts';
import type { RecordingState, Row, RowKey, RowOf, StoredAudio } from './rules/rows.ts';

export interface Clock {
  now(): Instant;
  sleep(milliseconds: number): Promise<void>;
}

export interface Randomness {
  /** An identifier that nobody else has. */
  id(): string;
  /** From 0 up to, not including, 1. */
  fraction(): number;
}

/** Fields of a log line. No credential, telephone number, body or custom parameter has a name here. */
export interface LogFields {
  readonly event?: string;
  readonly callSid?: string | undefined;
  readonly recordingSid?: string | undefined;
  readonly streamSid?: string | undefined;
  readonly state?: string;
  readonly reason?: string | undefined;
  /** ARN of who asked, where IAM has told it. */
  readonly caller?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: number | undefined;
  readonly attempt?: number;
  readonly willRetry?: boolean;
  readonly retryInSeconds?: number;
  readonly secondsSinceStreamStart?: number;
  readonly seconds?: number;
  readonly secondsSinceCompletion?: number;
  readonly bytes?: number;
  readonly key?: string;
  readonly due?: string;
  readonly count?: number;
  readonly route?: string;
  readonly error?: unknown;
}

export interface Log {
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
  /** Counts an outcome as a CloudWatch metric. */
  count(metric: MetricName, by?: number): void;
  /** Notes a value as a CloudWatch metric, in the unit that {@link MEASURES} names. */
  measure(measure: MeasureName, value: number): void;
}

export interface Table {
  /** Whether a change of a row notes what it makes happen, so that it is announced. */
  readonly notesEvents: boolean;
  /** A strongly consistent read. */
  read<Key extends RowKey>(key: Key): Promise<RowOf<Key> | undefined>;
  /** All rows of a call, strongly consistent. */
  readCall(callSid: string): Promise<readonly Row[]>;
  /** Writes `row` if the stored version is `expected` (`undefined`: no row yet). */
  write(row: Row, expected: number | undefined): Promise<'written' | 'conflict'>;
  /**
   * One page of what is due in one shard. From an eventually consistent index: candidates, to be decided on the row.
   */
  due(shard: string, until: Instant, cursor?: DueCursor): Promise<DuePage>;
  /** One page of the rows with untold events in one shard, the longest untold first. From such an index too. */
  untold(shard: string, cursor?: DueCursor): Promise<UntoldPage>;
}

/** Where the next page begins, in the adapter's own form. */
export type DueCursor = unknown;
export interface DuePage {
  readonly candidates: readonly DueCandidate[];
  readonly next?: DueCursor;
}
export interface DueCandidate {
  readonly next: Next;
  readonly callSid: string;
  /** Absent for a call. */
  readonly recordingSid?: string;
  /** Of a recording: since when Twilio has its audio. */
  readonly completedAt?: Instant;
}

export interface UntoldPage {
  readonly keys: readonly UntoldKey[];
  readonly next?: DueCursor;
}
/** The key of a row that holds events. */
export type UntoldKey = Extract<RowKey, { kind: 'call' | 'recording' }>;

/** Where events go. */
export interface EventBus {
  /**
   * Sends up to ten events.
   *
   * @returns for each, in order, `undefined` where it was accepted, or the bus's code of why it was not.
   * @throws where the request as a whole failed; then nobody knows of any of them.
   */
  put(events: readonly OutgoingEvent[]): Promise<readonly (string | undefined)[]>;
}
export interface OutgoingEvent {
  readonly detailType: string;
  readonly at: Instant;
  readonly detail: EventDetail;
}

/** What was recorded when: an eventually consistent index, to find rows by, not to decide on. */
export interface RecordingIndex {
  /** Up to `limit` recordings of one partition, the newest first. */
  ofDay(asked: {
    readonly shard: string;
    /** ISO time, included. */
    readonly from: string;
    /** ISO time, or a place in the index; not included. */
    readonly before: string;
    readonly state: RecordingState | undefined;
    readonly limit: number;
  }): Promise<readonly DayCandidate[]>;
}
export interface DayCandidate {
  readonly callSid: string;
  readonly recordingSid: string;
  /** In the index: text order is time order. */
  readonly place: string;
}

/** Links to stored audio, for whoever has no right to the bucket. */
export interface Playback {
  /** @param fileName what a browser saves it as */
  link(stored: StoredAudio, fileName: string): Promise<PlaybackLink>;
}
/** Links to audio that is at Twilio only, for whoever has no credentials of Twilio's. */
export interface TwilioPlayback {
  link(recording: RecordingMessage): Promise<PlaybackLink>;
}
export interface PlaybackLink {
  readonly url: string;
  /** ISO 8601 in UTC; it may end sooner, with the session of whoever signed it. */
  readonly expiresAt: string;
}

export interface StartMessage {
  readonly callSid: string;
  readonly streamSid?: string;
  /** When the stream's `start` arrived, milliseconds since 1970. */
  readonly startedAt: Instant;
}
export interface RecordingMessage {
  readonly callSid: string;
  readonly recordingSid: string;
}

export interface Queue<Message> {
  send(message: Message, delaySeconds?: number): Promise<void>;
  /** Ten messages a request. @throws where any was not accepted. */
  sendAll(messages: readonly Message[]): Promise<void>;
}

/** A message's own visibility timeout: the way to back off. */
export interface Visibility {
  change(receiptHandle: string, seconds: number): Promise<void>;
}

export interface AudioStore {
  readonly bucket: string;
  /**
   * Stores `audio` under `key` in constant memory, with a checksum that S3 verifies. Never overwrites.
   *
   * @throws what `audio` throws; nothing is stored then.
   */
  put(key: string, audio: AsyncIterable<Uint8Array>, contentType: string): Promise<PutReply>;
  head(key: string): Promise<ObjectHead | undefined>;
}
export interface PutReply {
  /** `occupied`: an object is there already; bytes and checksum tell whether it is the same. */
  readonly kind: 'stored' | 'occupied';
  readonly bytes: number;
  readonly checksum: string;
}

export interface StreamConnections {
  /** @returns `gone` where the caller has hung up. */
  send(connectionId: string, message: string): Promise<'sent' | 'gone'>;
  close(connectionId: string): Promise<void>;
}
