/** Passes that a run of the schedule has not ended: the queue works them off, side by side. */
import { again, DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import type { PieceMessage } from '../shared/ports/queues.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import type { ListPiece } from '../shared/rules/reconcile/list-progress.ts';
import { LIST_NAMES, type PassKind, progressOf, withProgress } from '../shared/rules/reconcile/reconcile-memory.ts';
import {
  continuePiece,
  endPiece,
  handOver,
  pieceOf,
  takePiece,
  wakeIdle,
} from '../shared/rules/reconcile/reconcile-pieces.ts';
import type { ReconcileRow } from '../shared/rules/table/rows.ts';
import { callList, numbersOfRun } from './calls.ts';
import { type Place, runPass } from './pass.ts';
import { recordingList } from './recordings.ts';
import { beginRun, type List, type ReconcileDependencies, type Run } from './run.ts';

/** From then on a message is let go, well before it is a dead letter: the schedule sends another for a piece that does not come on. */
const RECEIVES_MAX = 40;

/**
 * Hands passes that have not come to their end to the queue, and sends another message for pieces whose own is lost. The memory is
 * written first: a crash before the messages go out costs these pieces an hour, and never the window.
 */
export async function handOverStopped(
  { deps, failures }: Run,
  stopped: readonly { readonly list: Pick<List, 'name'>; readonly kind: PassKind }[],
): Promise<void> {
  const { clock, log, pieceQueue } = deps;
  let messages: PieceMessage[] = [];
  try {
    await changeRow(deps, { kind: 'reconcile' }, (memory) => {
      messages = [];
      if (!memory) return undefined;
      let next: Parameters<typeof progressOf>[0] = memory;
      for (const list of LIST_NAMES) {
        const woken = wakeIdle(progressOf(next, list), clock.now());
        let { progress } = woken;
        const ids = [...woken.ids];
        for (const { kind } of stopped.filter((job) => job.list.name === list)) {
          const id = deps.randomness.id();
          const handed = handOver(progress, kind, id, clock.now());
          if (handed !== progress) ids.push(id);
          progress = handed;
        }
        if (ids.length > 0) next = withProgress(next, list, progress);
        messages.push(...ids.map((piece) => ({ list, piece })));
      }
      return messages.length > 0 ? next : undefined;
    });
    if (messages.length === 0) return;
    await pieceQueue.sendAll(messages);
    log.info('Passes put on the queue', { event: 'reconcile_queued', count: messages.length });
  } catch (error) {
    failures.push(error);
  }
}

/** Continues a piece for as long as one invocation has time. */
export async function comparePiece(
  deps: ReconcileDependencies,
  message: PieceMessage,
  receives: number,
  messageId: string,
): Promise<Outcome> {
  if (receives > RECEIVES_MAX) return DONE;
  const taken = await take(deps, message, messageId);
  if (!taken) return DONE;
  const { memory, piece } = taken;
  const run = beginRun(deps, memory.left);
  const list = message.list === 'calls' ? callList(run, numbersOfRun(deps)) : recordingList(run);
  const outcome = await runPass(run, list, placeOfPiece(deps, piece), progressOf(memory, message.list));
  // Entries with a SID are remembered, and the schedule counts them.
  if (run.unnamed > 0) deps.log.count('ReconcileLeft', run.unnamed);
  if (run.failures.length > 0) {
    throw new AggregateError(run.failures, `${run.failures.length} requests failed; what is left is done again.`);
  }
  return outcome === 'stopped' ? again(0) : DONE;
}

async function take(
  deps: ReconcileDependencies,
  { list, piece }: PieceMessage,
  messageId: string,
): Promise<{ readonly memory: ReconcileRow; readonly piece: ListPiece } | undefined> {
  const { row: memory, changed } = await changeRow(deps, { kind: 'reconcile' }, (known) => {
    const progress = known && takePiece(progressOf(known, list), piece, messageId, deps.clock.now());
    return progress && withProgress(known, list, progress);
  });
  const known = memory && changed ? pieceOf(progressOf(memory, list), piece) : undefined;
  return memory && known && { memory, piece: known };
}

const placeOfPiece = ({ clock }: ReconcileDependencies, { id, kind }: ListPiece): Place => ({
  kind,
  of: (progress) => pieceOf(progress, id),
  continued: (progress, pass) => continuePiece(progress, id, pass, clock.now()),
  ended: (progress, pass) => endPiece(progress, id, pass, clock.now()),
});
