/** Takes in what Twilio reports of a call's stream: that it has failed is known at once, and a call that was not noted is noted. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { refuseRequest, verifyWebhook, type WebhookAuth } from '../shared/entry/verified-webhook.ts';
import type { Queue, StartMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { answeredCall, awaitsStream, streamFailed } from '../shared/rules/call/call.ts';
import { readStreamStatus, type StreamStatus } from '../shared/rules/webhook/stream-status.ts';
import type { WebhookRequest } from '../shared/rules/webhook/webhook.ts';

export interface StreamStatusDependencies extends WebhookAuth, StepPorts {
  readonly startQueue: Queue<StartMessage>;
}

/**
 * `POST /stream-status`. It only makes sooner, or surer, what `sweep` does by the call's row: a callback that is lost costs a minute, not a
 * call.
 */
export async function streamStatus(deps: StreamStatusDependencies, request: WebhookRequest): Promise<ApiResponse> {
  const verified = await verifyWebhook(deps, request);
  if (!verified.ok) return verified.reply;

  const reading = readStreamStatus(verified.parameters, verified.credentials.accountSid);
  if (!reading.ok) return refuseRequest(deps, request, reading.reason);

  const { status } = reading;
  if (status.event === 'stream-started') await noteIfMissing(deps, status);
  if (status.event === 'stream-error') await lookUpIfUnstarted(deps, status);
  return { statusCode: 204 };
}

/** The table did not confirm the call when it was answered. Its `start` has come too, or will: if not, the row's due date tells. */
async function noteIfMissing(deps: StreamStatusDependencies, { callSid }: StreamStatus): Promise<void> {
  await changeRow(deps, { kind: 'call', callSid }, (call) =>
    call ? undefined : answeredCall(callSid, deps.clock.now()),
  );
}

/**
 * Has the call looked up, unless its stream had started: this recorder closes each stream itself, and Twilio may call that an error too.
 *
 * @throws where neither the table nor the queue took it
 */
async function lookUpIfUnstarted(deps: StreamStatusDependencies, { callSid, ...told }: StreamStatus): Promise<void> {
  const fields = { callSid, streamSid: told.streamSid, reason: told.error };
  const now = deps.clock.now();
  let failure: unknown;
  try {
    const { changed } = await changeRow(deps, { kind: 'call', callSid }, (row) => {
      const call = row ?? answeredCall(callSid, now);
      return awaitsStream(call) ? streamFailed(call, now) : undefined;
    });
    if (!changed) {
      deps.log.info('A stream that had started has ended', { event: 'stream_ended', ...fields });
      return;
    }
  } catch (error) {
    failure = error;
  }
  deps.log.count('StreamFailed');
  deps.log.error('The stream of a call has failed before it started', { event: 'stream_failed', ...fields });
  try {
    await deps.startQueue.send({ callSid, lookUp: true });
  } catch (error) {
    if (failure !== undefined) throw error;
    deps.log.warn('The look-up could not be queued, the sweep will queue it', {
      event: 'look_up_not_queued',
      callSid,
      error,
    });
  }
}
