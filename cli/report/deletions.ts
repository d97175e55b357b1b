/** Proves that what was deleted at Twilio was in S3, verified, for long enough before. */
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';
import { type Instant, toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { DeletionsPart, NamedRecording } from './certificate.ts';

/** The copy, as S3 has it now. */
export type CopyState =
  | { readonly state: 'there'; readonly lastModified: Instant | undefined }
  | { readonly state: 'expired' | 'doubtful' };

export class DeletionProofs {
  readonly #keptMs: number;
  readonly #keptHours: number;
  readonly #problems: NamedRecording[] = [];
  readonly #counts = { deleted: 0, proven: 0, provenByRowAlone: 0, stillAtTwilio: 0 };

  constructor(keptHours: number) {
    this.#keptHours = keptHours;
    this.#keptMs = keptHours * 3_600_000;
  }

  /** @param copy absent where the row names none */
  enter(row: RecordingRow, copy: CopyState | undefined): void {
    const { state, callSid, recordingSid } = row;
    if (state !== 'deleted') {
      this.#counts.stillAtTwilio += copy === undefined ? 0 : 1;
      return;
    }
    this.#counts.deleted += 1;
    const problem = whyUnproven(row, copy, this.#keptMs);
    if (problem !== undefined) this.#problems.push({ callSid, recordingSid, problem });
    else if (copy?.state === 'expired') this.#counts.provenByRowAlone += 1;
    else this.#counts.proven += 1;
  }

  close(): DeletionsPart {
    const problems = this.#problems.sort((one, other) => (one.recordingSid < other.recordingSid ? -1 : 1));
    return { ...this.#counts, keptHours: this.#keptHours, problems };
  }
}

/** @param keptMs how long Twilio's copy must have been kept beside the verified one */
export function whyUnproven(
  { stored, deletedAt, madeBy }: RecordingRow,
  copy: CopyState | undefined,
  keptMs: number,
): string | undefined {
  if (!stored || !copy) return 'deleted at Twilio, though its row names no copy';
  if (madeBy === 'other') return 'deleted at Twilio, though nothing proves that this recorder made it';
  if (deletedAt === undefined) return 'deleted at Twilio, but its row does not say when';
  // The later of the two, as the deletion itself reckons: neither clock alone can hurry it.
  const written = copy.state === 'there' ? copy.lastModified : undefined;
  const since = Math.max(stored.storedAt, written ?? stored.storedAt);
  // An instant that is none is less than nothing, and more than nothing.
  if (!(deletedAt - since >= keptMs)) {
    const from = Number.isFinite(since) ? toIso(since) : 'an unknown time';
    return `deleted at Twilio at ${toIso(deletedAt)}, too early: its copy is from ${from}`;
  }
  return copy.state === 'doubtful' ? 'deleted at Twilio, but its copy is not as its row says' : undefined;
}
