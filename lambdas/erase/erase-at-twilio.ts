/** Deletes the copies at Twilio of what is erased: ours, and those of other applications where that was asked for. */
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { goesAtTwilio } from '../shared/rules/erasure/erasure.ts';
import { unknownRecording } from '../shared/rules/erasure/tombstones.ts';
import type { ErasedAudio, ErasureRow } from '../shared/rules/table/kept-rows.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';
import type { Attempt } from './attempt.ts';

export interface EraseAtTwilioDependencies extends StepPorts {
  readonly twilio: Pick<TwilioRest, 'deleteRecording' | 'recording' | 'recordingsOfCall' | 'urlOf'>;
  readonly credentials: Credentials;
}

type AtTwilio = ErasedAudio['atTwilio'];

export async function eraseAtTwilio(
  deps: EraseAtTwilioDependencies,
  row: ErasureRow,
  marked: readonly RecordingRow[],
): Promise<Attempt> {
  let refused: string | undefined;
  for (const recording of marked) {
    if (isGone(recording)) continue;
    const outcome = goesAtTwilio(recording, row) ? await deleteAtTwilio(deps, recording) : 'left';
    if (outcome === undefined) refused = recording.recordingSid;
    else if (outcome !== recording.erased?.atTwilio) await noteAtTwilio(deps, recording, outcome);
  }
  return refused === undefined ? { kind: 'erased' } : { kind: 'refused', waitsFor: `twilio: ${refused}` };
}

const isGone = ({ erased, deletedAt }: RecordingRow): boolean =>
  erased?.atTwilio === 'deleted' || erased?.atTwilio === 'gone' || deletedAt !== undefined;

/** @returns `undefined` where Twilio has not done it. */
async function deleteAtTwilio(
  deps: EraseAtTwilioDependencies,
  { callSid, recordingSid, erased }: RecordingRow,
): Promise<AtTwilio> {
  const reply = await deps.twilio.deleteRecording(recordingSid);
  if (reply.kind === 'deleted') return 'deleted';
  if (reply.kind === 'not-found') {
    // An earlier request may have done it, of which no reply came; or there never was any audio.
    const found = await deps.twilio.recording(recordingSid);
    if (found.kind === 'found') return found.recording.status === 'deleted' ? 'deleted' : undefined;
    return found.kind === 'not-found' ? 'gone' : undefined;
  }
  await credentialsRenewed(deps, reply);
  if (reply.kind === 'refused' && (erased?.was === 'absent' || erased?.was === 'failed')) return 'gone';
  const said = { status: reply.status, code: reply.code, reason: reply.reason };
  deps.log.warn("Twilio's copy could not be deleted yet", {
    event: 'deletion_postponed',
    callSid,
    recordingSid,
    ...said,
  });
  return undefined;
}

async function noteAtTwilio(
  deps: EraseAtTwilioDependencies,
  { callSid, recordingSid }: RecordingRow,
  atTwilio: NonNullable<AtTwilio>,
): Promise<void> {
  await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (known) =>
    known?.erased ? { ...known, erased: { ...known.erased, atTwilio } } : undefined,
  );
}

/**
 * Of a whole call, Twilio's own list says what nobody here knew of. Each is marked, so that it is never copied.
 *
 * @throws where Twilio does not say: without its list nobody knows what is left
 */
export async function markUnknown(deps: EraseAtTwilioDependencies, row: ErasureRow): Promise<void> {
  const { callSid } = row;
  const listed = await deps.twilio.recordingsOfCall(callSid);
  if (listed.kind !== 'found') {
    await credentialsRenewed(deps, listed);
    // A call that Twilio does not know has no recordings there.
    if (listed.kind === 'not-found') return;
    throw new Error(`Twilio does not list the recordings of the call (${listed.reason}).`);
  }
  const { accountSid } = await deps.credentials.current();
  for (const { recordingSid, status } of listed.recordings) {
    if (status === 'deleted') continue;
    const key = { callSid, recordingSid };
    const twilioUrl = deps.twilio.urlOf(accountSid, recordingSid);
    await changeRow(deps, { kind: 'recording', ...key }, (known) =>
      known ? undefined : unknownRecording({ ...key, twilioUrl }, row, deps.clock.now()),
    );
  }
}
