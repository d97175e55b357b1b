/** The claim of a copy on its recording: renewed while audio flows, and asked for before each change of the row. */
import type { RecordingMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { COPY_RENEWED_AFTER_MS, renewCopy } from '../shared/rules/recording/recording.ts';
import type { Draft, RecordingRow } from '../shared/rules/table/rows.ts';
import type { Upload } from '../shared/rules/table/upload.ts';

/** Another has taken the recording over: this copy has been silent for too long, and ends without a word. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/**
 * Passes the audio on, and renews the claim on the recording while it flows.
 *
 * @param upload how far the upload has come, for the invocation that takes over should this environment die
 */
export async function* renewingClaim(
  deps: StepPorts,
  key: RecordingMessage,
  owner: string,
  audio: AsyncIterable<Uint8Array>,
  upload: () => Upload | undefined,
): AsyncGenerator<Uint8Array> {
  let renewedAt = deps.clock.now();
  for await (const chunk of audio) {
    if (deps.clock.now() - renewedAt >= COPY_RENEWED_AFTER_MS) {
      renewedAt = deps.clock.now();
      await renewClaim(deps, key, owner, upload());
    }
    yield chunk;
  }
}

async function renewClaim(
  deps: StepPorts,
  key: RecordingMessage,
  owner: string,
  upload: Upload | undefined,
): Promise<void> {
  let ours: boolean;
  try {
    ours = await changeOwnRecording(deps, key, owner, (row) => renewCopy(row, deps.clock.now(), upload));
  } catch (error) {
    // The next renewal comes in a minute; at worst the work is done twice.
    deps.log.warn('The claim could not be renewed', { event: 'claim_not_renewed', ...key, error });
    return;
  }
  if (!ours) throw new ClaimLost();
}

/** Changes the recording only while this invocation has claimed it. @returns whether it has. */
export async function changeOwnRecording(
  deps: StepPorts,
  key: RecordingMessage,
  owner: string,
  rule: (row: Draft<RecordingRow>) => Draft<RecordingRow>,
): Promise<boolean> {
  const { changed } = await changeRow(deps, { kind: 'recording', ...key }, (row) =>
    row?.claim?.owner === owner ? rule(row) : undefined,
  );
  return changed;
}
