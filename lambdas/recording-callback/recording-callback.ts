/** Takes in what Twilio reports of a recording. Answers 2xx only once the table has it. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { refuseRequest, verifyWebhook, type WebhookAuth } from '../shared/entry/verified-webhook.ts';
import type { Queue, RecordingMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { flagExtraRecordings } from '../shared/rows/extra-recordings.ts';
import { recordedByTwiml } from '../shared/rules/call/by-twiml.ts';
import { applyReport, type RecordingReport } from '../shared/rules/recording/recording.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';
import { SECOND } from '../shared/rules/values/instant.ts';
import { isMarked, isOfTwiml } from '../shared/rules/webhook/callback-mark.ts';
import { readRecordingCallback } from '../shared/rules/webhook/recording-callback.ts';
import type { WebhookRequest } from '../shared/rules/webhook/webhook.ts';

export interface RecordingCallbackDependencies extends WebhookAuth, StepPorts {
  readonly copyQueue: Queue<RecordingMessage>;
  readonly twilio: Pick<TwilioRest, 'urlOf'>;
}

/**
 * `POST /recording-callback`. Any order and number of callbacks leads to the same row. An error of the table leaves by
 * way of a 500, which makes Twilio call again (`#rc=5&rp=all`).
 */
export async function recordingCallback(
  deps: RecordingCallbackDependencies,
  request: WebhookRequest,
): Promise<ApiResponse> {
  const verified = await verifyWebhook(deps, request);
  if (!verified.ok) return verified.reply;

  const { accountSid } = verified.credentials;
  const reading = readRecordingCallback(verified.parameters, accountSid);
  if (!reading.ok) return refuseRequest(deps, request, reading.reason);

  const { callSid, recordingSid } = reading.report;
  const proof = isMarked(request.rawQueryString, verified.credentials.authTokens) ? ('callback' as const) : undefined;
  const report = { ...reading.report, ...(proof && { proof }), twilioUrl: deps.twilio.urlOf(accountSid, recordingSid) };
  const { row, changed } = await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (known) =>
    applyReport(known, report, deps.clock.now()),
  );
  if (changed && row) await followUp(deps, row, report.status);
  // Also where the recording's row says so already: the call's may have failed to be written the time before.
  if (proof && row && isOfTwiml(request.rawQueryString)) await noteRecorded(deps, row);
  return { statusCode: 204 };
}

/** Nobody else says that the recording runs which the call's TwiML was to start. @throws where the table does not take it */
async function noteRecorded(deps: RecordingCallbackDependencies, recording: RecordingRow): Promise<void> {
  const { callSid, recordingSid } = recording;
  const { row, changed } = await changeRow(deps, { kind: 'call', callSid }, (call) => recordedByTwiml(call, recording));
  if (!changed || !row) return;
  const secondsSinceAnswer = (deps.clock.now() - (row.startedAt ?? deps.clock.now())) / SECOND;
  deps.log.count('RecordingStarted');
  deps.log.measure('SecondsToRecording', secondsSinceAnswer);
  deps.log.info('Call recording started successfully', {
    event: 'recording_success',
    callSid,
    recordingSid,
    how: 'twiml',
  });
}

/** All that follows the durable write; whatever fails here, `sweep` finds by the row. */
async function followUp(
  deps: RecordingCallbackDependencies,
  row: RecordingRow,
  status: RecordingReport['status'],
): Promise<void> {
  // Nothing follows while a recording has only begun; whether it is an extra one is looked at when it ends.
  if (status === 'in-progress') return;
  const { log } = deps;
  const { callSid, recordingSid } = row;
  if (status === 'completed') {
    log.count('RecordingCompleted');
    log.info('Recording SID captured', { event: 'recording_sid_captured', callSid, recordingSid });
    try {
      await deps.copyQueue.send({ callSid, recordingSid });
    } catch (error) {
      log.warn('The copy could not be queued, the sweep will', {
        event: 'copy_not_queued',
        callSid,
        recordingSid,
        error,
      });
    }
  }
  if (status === 'absent' || status === 'failed') {
    const absent = status === 'absent';
    log.count(absent ? 'RecordingAbsent' : 'RecordingFailed');
    log.warn('Twilio made no audio', {
      event: absent ? 'recording_absent' : 'recording_failed',
      callSid,
      recordingSid,
      code: row.errorCode,
    });
  }
  try {
    await flagExtraRecordings(deps, callSid);
  } catch (error) {
    log.warn('Extra recordings could not be looked for', { event: 'extra_not_checked', callSid, error });
  }
}
