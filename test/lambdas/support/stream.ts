/** Messages of Twilio's Media Streams. */
import { STREAM_TOKEN_PARAMETER, streamToken } from '../../../lambdas/shared/rules/call/stream-token.ts';
import { ACCOUNT, CALL, STREAM, TOKEN } from './fixtures.ts';
import { NOON } from './time.ts';

export const CONNECTION = 'connection-1';

export interface StartFields {
  readonly streamSid?: unknown;
  readonly accountSid?: unknown;
  readonly callSid?: unknown;
  readonly customParameters?: unknown;
}

/** A `start` message as Twilio sends it; by default that of our own TwiML. */
export const startMessage = (over: StartFields = {}): string =>
  JSON.stringify({
    event: 'start',
    sequenceNumber: '1',
    start: {
      streamSid: STREAM,
      accountSid: ACCOUNT,
      callSid: CALL,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { [STREAM_TOKEN_PARAMETER]: streamToken(TOKEN, CALL, NOON) },
      ...over,
    },
    streamSid: STREAM,
  });

/** A returned mark, as Twilio sends it. */
export const markOf = (name: unknown): string =>
  JSON.stringify({ event: 'mark', sequenceNumber: '4', streamSid: STREAM, mark: { name } });
