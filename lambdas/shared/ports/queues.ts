/** The workers' queues and their messages. */
import type { Instant } from '../rules/values/instant.ts';

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
