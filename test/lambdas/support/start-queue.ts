/** Drives `recording-start` behind its queue: delays, visibility and redelivery as SQS has them, in virtual time. */
import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import { readStartMessage } from '../../../lambdas/shared/entry/messages.ts';
import { consume } from '../../../lambdas/shared/entry/queue-consumer.ts';
import type { StartMessage } from '../../../lambdas/shared/ports/queues.ts';
import type { TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import { changeRow } from '../../../lambdas/shared/rows/change-row.ts';
import { applyReport } from '../../../lambdas/shared/rules/recording/recording.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { pollOnce } from '../../../sim/aws/event-source.ts';
import { CALL, RECORDING, STREAM, twilioRecording, twilioUrl } from './fixtures.ts';
import { NOON } from './time.ts';
import type { World } from './world.ts';

export const START: StartMessage = { callSid: CALL, streamSid: STREAM, startedAt: NOON };

/** What the step needs, with other ports in the place of the world's. */
export const startPoll = (world: World, dependencies: World = world): Promise<number> =>
  pollOnce(world.startQueue, (event) =>
    consume(
      {
        log: world.log,
        visibility: world.startQueue,
        read: readStartMessage,
        step: recordingStart.bind(null, dependencies),
      },
      event,
    ),
  );

/** Receives message after message until the queue is empty, or `until` has come. */
export async function drainStartQueue(world: World, until: Instant = Number.POSITIVE_INFINITY): Promise<void> {
  for (;;) {
    const next = world.startQueue.nextVisibleAt();
    if (next === undefined || next > until) return;
    world.clock.advanceTo(next);
    await startPoll(world);
  }
}

/** Twilio calls back to the URL that our own request has named, which proves whose the recording is; then the start is looked at again. */
export async function callBack(world: World, sid = RECORDING): Promise<void> {
  await changeRow(world, { kind: 'recording', callSid: CALL, recordingSid: sid }, (row) =>
    applyReport(
      row,
      { callSid: CALL, recordingSid: sid, status: 'in-progress', twilioUrl: twilioUrl(sid), proof: 'callback' },
      world.clock.now(),
    ),
  );
  await world.startQueue.send(START);
  await drainStartQueue(world);
}

/** Twilio's side of starting: makes a recording at each request that succeeds, and lists them. */
export function recordingTwilio({ twilio, clock }: World): {
  readonly recordings: TwilioRecording[];
  /** Makes a recording, as Twilio does for a request that it processes. */
  start(): { kind: 'started'; recording: TwilioRecording };
} {
  const recordings: TwilioRecording[] = [];
  const start = () => {
    const recording = twilioRecording({
      recordingSid: `RE${String(recordings.length + 1).repeat(32)}`,
      status: 'in-progress',
      createdAt: clock.now(),
    });
    recordings.push(recording);
    return { kind: 'started', recording } as const;
  };
  twilio.answer('startRecording', start);
  twilio.answer('recordingsOfCall', () => ({ kind: 'found', recordings: [...recordings] }));
  twilio.answer('callProgress', { kind: 'live' });
  return { recordings, start };
}

/** Start requests that were made although an earlier one may have succeeded, and nobody had asked since. */
export function blindStarts({ twilio }: World, mayHaveSucceeded: (request: number) => boolean): number {
  let doubt = false;
  let blind = 0;
  let starts = 0;
  for (const method of twilio.methods()) {
    if (method === 'recordingsOfCall') doubt = false;
    if (method !== 'startRecording') continue;
    if (doubt) blind += 1;
    doubt = mayHaveSucceeded(starts);
    starts += 1;
  }
  return blind;
}
