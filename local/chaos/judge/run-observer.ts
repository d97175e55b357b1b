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

/** When what happened to a call: milliseconds since 1970. */
interface ObservedTimes {
  startedAt: number;
  endedAt?: number;
  /** Milliseconds from answer to end. */
  length?: number;
  heardAt?: number;
  streamClosedAt?: number;
}

export type RunObserver = ReturnType<typeof createRunObserver>;

/** Twilio has processed a recording by then. */
const PATIENCE_MILLISECONDS = 5000;

/** What Twilio saw of all calls, with times. */
export function createRunObserver(openAudio: (recordingSid: string) => Readable | undefined) {
  const callObserver = createCallObserver(openAudio);
  const recordings = new Map<string, ObservedRecording>();
  const calls = new Map<string, ObservedTimes>();

  function observeCall(event: TwilioServerEvent): void {
    if (event.kind === 'call-started') calls.set(event.callSid, { startedAt: event.at });
    const times = 'callSid' in event && event.callSid !== null ? calls.get(event.callSid) : undefined;
    if (times === undefined) return;
    if (event.kind === 'mark-returned') times.heardAt ??= event.at;
    if (event.kind === 'stream-closed') times.streamClosedAt ??= event.at;
    if (event.kind === 'call-ended') Object.assign(times, { endedAt: event.at, length: event.milliseconds });
  }

  return {
    callObserver,
    observe(event: TwilioServerEvent) {
      callObserver.observe(event);
      observeCall(event);
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
      }
    },
    recording: (recordingSid: string) => recordings.get(recordingSid),
    /** Of a call; its length, from answer to end, is undefined while it goes on. */
    timesOf(callSid: string) {
      const { startedAt = 0, endedAt, length, heardAt, streamClosedAt } = calls.get(callSid) ?? {};
      const answeredAt = endedAt === undefined ? undefined : endedAt - (length ?? 0);
      return { startedAt, answeredAt, length, heardAt, streamClosedAt };
    },
    /** A recording of the call that is complete; waits for one until the call has been over for a while. */
    async completedRecordingOf(callSid: string): Promise<string | undefined> {
      for (;;) {
        const found = [...recordings].find(([, seen]) => seen.callSid === callSid && seen.completedAt !== undefined);
        if (found !== undefined) return found[0];
        if (Date.now() - (calls.get(callSid)?.endedAt ?? Number.POSITIVE_INFINITY) > PATIENCE_MILLISECONDS)
          return undefined;
        await pause(200);
      }
    },
  };
}
