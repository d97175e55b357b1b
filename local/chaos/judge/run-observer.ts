import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioServerEvent } from '../../twilio/server/events.ts';
import { createCallObserver } from '../../watch/call-observer.ts';

/** When what happened to a recording at Twilio: milliseconds since 1970. */
interface ObservedRecording {
  readonly callSid: string;
  readonly startedAt: number;
  completedAt: number | undefined;
  deletedAt: number | undefined;
}

export type RunObserver = ReturnType<typeof createRunObserver>;

/** Twilio has processed a recording by then. */
const PATIENCE_MILLISECONDS = 5000;

/** What Twilio saw of all calls, with times. */
export function createRunObserver(openAudio: (recordingSid: string) => Readable | undefined) {
  const callObserver = createCallObserver(openAudio);
  const recordings = new Map<string, ObservedRecording>();
  const lengths = new Map<string, number>();
  const endedAt = new Map<string, number>();

  return {
    callObserver,
    observe(event: TwilioServerEvent) {
      callObserver.observe(event);
      switch (event.kind) {
        case 'recording-started': {
          const { callSid, recordingSid, at } = event;
          recordings.set(recordingSid, { callSid, startedAt: at, completedAt: undefined, deletedAt: undefined });
          break;
        }
        case 'recording-completed': {
          const seen = recordings.get(event.recordingSid);
          if (seen !== undefined && event.status === 'completed') seen.completedAt ??= event.at;
          break;
        }
        case 'recording-deleted': {
          const seen = recordings.get(event.recordingSid);
          if (seen !== undefined) seen.deletedAt ??= event.at;
          break;
        }
        case 'call-ended':
          lengths.set(event.callSid, event.milliseconds);
          endedAt.set(event.callSid, event.at);
          break;
      }
    },
    recording: (recordingSid: string) => recordings.get(recordingSid),
    /** Milliseconds from answer to end; undefined while the call goes on. */
    lengthOf: (callSid: string) => lengths.get(callSid),
    /** A recording of the call that is complete; waits for one until the call has been over for a while. */
    async completedRecordingOf(callSid: string): Promise<string | undefined> {
      for (;;) {
        const found = [...recordings].find(([, seen]) => seen.callSid === callSid && seen.completedAt !== undefined);
        if (found !== undefined) return found[0];
        if (Date.now() - (endedAt.get(callSid) ?? Number.POSITIVE_INFINITY) > PATIENCE_MILLISECONDS) return undefined;
        await pause(200);
      }
    },
  };
}
