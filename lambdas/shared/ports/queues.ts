/** The workers' queues and their messages. */
import type { Instant } from '../rules/values/instant.ts';

/** The call's stream has started. */
export interface StreamStartMessage {
  readonly callSid: string;
  readonly streamSid?: string;
  /** When the stream's `start` arrived, milliseconds since 1970. */
  readonly startedAt: Instant;
}

/** The call's stream has not started in time, or has failed: what has become of the call is to be looked up. */
export interface LookUpMessage {
  readonly callSid: string;
  readonly lookUp: true;
}

/** What the queue of `recording-start` holds. */
export type StartMessage = StreamStartMessage | LookUpMessage;

export interface RecordingMessage {
  readonly callSid: string;
  readonly recordingSid: string;
}

/** An erasure by its id, or a recording that was found after its call was erased. */
export type EraseMessage = { readonly callSid: string; readonly erasure: string } | RecordingMessage;

/** A pass of `reconcile` over one of Twilio's lists, which the table knows by its id. */
export interface PieceMessage {
  readonly list: 'calls' | 'recordings';
  readonly piece: string;
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
