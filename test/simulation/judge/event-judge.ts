/**
 * Holds what was told against what became of the rows: each state that a row went through is told at least once, and nothing
 * that did not happen. It knows the rows alone, not the rules by which the steps note their events.
 */
import type { OutgoingEvent } from '../../../lambdas/shared/ports/event-bus.ts';
import type { RecordingState } from '../../../lambdas/shared/rules/table/row-parts.ts';
import { type CallRow, isOfService, type RecordingRow, type Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { STAGE } from '../world/deployment.ts';

/** What is told of a recording that comes to a state. */
const TOLD: { readonly [state in RecordingState]: string | undefined } = {
  'in-progress': undefined,
  absent: 'Recording Absent',
  failed: 'Recording Failed',
  completed: undefined,
  fallback: 'Recording Fell Back',
  stored: 'Recording Stored',
  deleting: undefined,
  deleted: 'Recording Deleted At Twilio',
  // Its erasure tells of it.
  erased: undefined,
};

export class EventJudge {
  readonly #happened = new Map<string, RecordingRow | CallRow>();
  /** The id under which each thing was told. */
  readonly #told = new Map<string, string>();
  /** What was told under an id: told again, it must say the same. */
  readonly #texts = new Map<string, string>();
  readonly #broken: (what: string) => void;

  constructor(broken: (what: string) => void) {
    this.#broken = broken;
  }

  onWrite(row: Row, before: Row | undefined): void {
    if (row.kind === 'call') {
      if (row.state === 'unstreamed' || row.noDisclaimer) this.#note(row.callSid, 'Call Without Stream', row);
      if (row.state === 'unrecordable') this.#note(row.callSid, 'Call Not Recordable', row);
      return;
    }
    if (row.kind !== 'recording') return;
    const told = TOLD[row.state];
    const was = before?.kind === 'recording' ? before : undefined;
    if (!was) this.#note(row.recordingSid, 'Recording Started', row);
    if (told && was?.state !== row.state) this.#note(row.recordingSid, told, row);
    if (row.extra) this.#note(row.recordingSid, 'Extra Recording', row);
  }

  onEvent({ detailType, detail }: OutgoingEvent): void {
    const sid = String(detail.recordingSid ?? detail.callSid);
    const key = keyOf(sid, detailType);
    const row = this.#happened.get(key);
    if ((this.#told.get(key) ?? detail.id) !== detail.id) this.#broken(`told ${key} as two events`);
    this.#told.set(key, detail.id);
    if (!row) {
      this.#broken(`told "${detailType}" of ${sid}, which has not happened`);
      return;
    }
    if (detail.callSid !== row.callSid || detail.stage !== STAGE || detail.version !== 1) {
      this.#broken(`told "${detailType}" of ${sid} in wrong words: ${JSON.stringify(detail)}`);
    }
    if (detailType === 'Recording Stored' && row.kind === 'recording' && detail.checksum !== row.stored?.checksum) {
      this.#broken(`told of ${sid} another copy than the one in its row`);
    }
    const text = JSON.stringify(detail);
    if ((this.#texts.get(detail.id) ?? text) !== text) this.#broken(`told ${detail.id} once more, and otherwise`);
    this.#texts.set(detail.id, text);
  }

  atTheEnd(rows: readonly Row[]): void {
    for (const key of this.#happened.keys()) if (!this.#told.has(key)) this.#broken(`never told: ${key}`);
    for (const row of rows) {
      if (!isOfService(row) && row.pendingEvents)
        this.#broken(`${row.kind} of ${row.callSid} still has pending events`);
    }
  }

  /** The row as it was when it first came to this. */
  #note(sid: string, what: string, row: CallRow | RecordingRow): void {
    const key = keyOf(sid, what);
    if (!this.#happened.has(key)) this.#happened.set(key, row);
  }
}

const keyOf = (sid: string, what: string): string => `"${what}" of ${sid}`;
