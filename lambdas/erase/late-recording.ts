/** A recording of an erased call that is found later on, or whose maker is. */
import type { EraseMessage, RecordingMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { askErasure } from '../shared/rules/erasure/erasure.ts';

/** It gets an erasure of its own, of which a receipt stays too. Who asked for the first one has asked for this. */
export async function noteLate(deps: StepPorts, message: RecordingMessage): Promise<EraseMessage | undefined> {
  const { callSid, recordingSid } = message;
  const key = { kind: 'recording', callSid, recordingSid } as const;
  const row = await deps.table.read(key);
  if (row?.state !== 'erased' || row.waiting?.next !== 'erase') return undefined;
  const first = row.erased && (await deps.table.read({ kind: 'erasure', callSid, id: row.erased.erasure }));
  const id = `${row.erased?.erasure}-${recordingSid}-${row.version}`;
  await changeRow(deps, { kind: 'erasure', callSid, id }, (known) => {
    const { by = 'unknown', reason = 'Its call was erased', alsoOthers } = first ?? {};
    const asked = { callSid, id, by, reason, recordingSids: [recordingSid], ...(alsoOthers && { alsoOthers }) };
    return known ? undefined : askErasure(asked, deps.clock.now());
  });
  await changeRow(deps, key, (known) => {
    if (known?.state !== 'erased' || known.waiting?.next !== 'erase') return undefined;
    const { waiting: _taken, ...rest } = known;
    return rest;
  });
  deps.log.warn('A recording of an erased call is erased too', {
    event: 'late_recording_erased',
    callSid,
    recordingSid,
  });
  return { callSid, erasure: id };
}
