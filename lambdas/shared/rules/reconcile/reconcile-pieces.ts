/**
 * Passes that the queue works off, side by side. A list is read page by page, so one pass can be no faster than Twilio makes the pages:
 * where more comes in an hour than is read in an hour, the next pass begins while the last one is still under way.
 *
 * Each covers what came between the one before, `knownUntil`, and its own end, `settledUntil`. They may end in any order, and what is
 * settled moves on over those alone that have no gap before them.
 */
import { type Instant, MINUTE } from '../values/instant.ts';
import type { ListPass, ListPiece, ListProgress } from './list-progress.ts';

type Kind = ListPiece['kind'];

/** The most pieces of a list that the queue takes. The schedule continues any further pass itself. */
export const PIECES_MAX = 40;

/** A piece that has not come on for so long has lost its message: longer than a page may take, its attempts and pauses included. */
export const PIECE_IDLE_MS = 20 * MINUTE;

const settledOf = ({ checkedUntil, fullUntil = checkedUntil }: ListProgress, kind: Kind): Instant =>
  kind === 'fresh' ? checkedUntil : fullUntil;

/** How far what is settled reaches over these passes, and which of them have no gap before them. */
function reach(from: Instant, passes: readonly ListPiece[]) {
  let until = from;
  const joined = new Set<ListPiece>();
  for (const pass of passes.toSorted((a, b) => a.knownUntil - b.knownUntil)) {
    if (pass.knownUntil > until) continue;
    joined.add(pass);
    // What it could not settle may be older than what it had to: then that is not settled any more.
    until =
      pass.settledUntil < pass.knownUntil ? Math.min(until, pass.settledUntil) : Math.max(until, pass.settledUntil);
  }
  return { until, joined };
}

/** How far what is settled will reach once each piece has come to its end: there the next pass begins. */
export function willReach(progress: ListProgress, kind: Kind): Instant {
  const { pieces = [] } = progress;
  const from = settledOf(progress, kind);
  // With so many, one of them must be stuck. The next pass relies on none of them, and so joins all.
  return pieces.length < PIECES_MAX
    ? reach(
        from,
        pieces.filter((piece) => piece.kind === kind),
      ).until
    : from;
}

/** The pass of a run becomes a piece. */
export function handOver(progress: ListProgress, kind: Kind, id: string, now: Instant): ListProgress {
  const { [kind]: pass, ...rest } = progress;
  const { pieces = [] } = progress;
  if (pass?.page === undefined || pieces.length >= PIECES_MAX) return progress;
  const handed = { ...rest, pieces: [...pieces, { ...pass, id, kind, touchedAt: now }] };
  // Where no full pass has ever ended, the first one has begun where the fresh ones had come to by then.
  return kind === 'full' ? { ...handed, fullUntil: progress.fullUntil ?? pass.knownUntil } : handed;
}

export const pieceOf = ({ pieces = [] }: ListProgress, id: string): ListPiece | undefined =>
  pieces.find((piece) => piece.id === id && !piece.hasEnded);

/** The piece has come on. */
export function continuePiece(progress: ListProgress, id: string, pass: ListPass, now: Instant): ListProgress {
  const known = pieceOf(progress, id);
  if (!known) return progress;
  const { kind, messageId } = known;
  return replaced(progress, known, { ...passOf(pass), id, kind, touchedAt: now, ...(messageId && { messageId }) });
}

export function endPiece(progress: ListProgress, id: string, pass: ListPass, now: Instant): ListProgress {
  const known = pieceOf(progress, id);
  if (!known) return progress;
  const { kind } = known;
  const ended = { ...passOf(pass), id, kind, touchedAt: now, hasEnded: true } as const;
  // A full pass in which something failed settles nothing, and is made once more.
  const isWorthless = kind === 'full' && pass.hasFailed;
  const { pieces = [] } = progress;
  return isWorthless
    ? withPieces(
        progress,
        pieces.filter((piece) => piece !== known),
      )
    : settle(replaced(progress, known, ended), kind);
}

/** A pass of the schedule has come to its end while pieces are under way, some of which may have begun before it. */
export function endBesidePieces(progress: ListProgress, kind: Kind, pass: ListPass): ListProgress {
  if (kind === 'full' && pass.hasFailed) return progress;
  const ended = { ...passOf(pass), id: '', kind, touchedAt: pass.begunAt, hasEnded: true } as const;
  return settle(withPieces(progress, [...(progress.pieces ?? []), ended]), kind);
}

/** Pieces whose message is lost: each is put on the queue again, for any message. */
export function wakeIdle(progress: ListProgress, now: Instant): { progress: ListProgress; ids: readonly string[] } {
  const ids: string[] = [];
  const pieces = progress.pieces?.map((piece) => {
    if (piece.hasEnded || now - piece.touchedAt < PIECE_IDLE_MS) return piece;
    ids.push(piece.id);
    const { messageId: _lost, ...rest } = piece;
    return { ...rest, touchedAt: now };
  });
  return { progress: ids.length > 0 && pieces ? { ...progress, pieces } : progress, ids };
}

/** @returns the progress with the piece taken by a message, or nothing where another works it off, or it is no more. */
export function takePiece(progress: ListProgress, id: string, messageId: string, now: Instant) {
  const known = pieceOf(progress, id);
  if (!known) return undefined;
  const isOfAnother = known.messageId !== undefined && known.messageId !== messageId;
  if (isOfAnother && now - known.touchedAt < PIECE_IDLE_MS) return undefined;
  return replaced(progress, known, { ...known, messageId, touchedAt: now });
}

/** Moves on over the pieces that have ended without a gap before them. */
function settle(progress: ListProgress, kind: Kind): ListProgress {
  const ended = (progress.pieces ?? []).filter((piece) => piece.kind === kind && piece.hasEnded);
  const { until, joined } = reach(settledOf(progress, kind), ended);
  const rest = withPieces(
    progress,
    (progress.pieces ?? []).filter((piece) => !joined.has(piece)),
  );
  if (kind === 'fresh') return { ...rest, checkedUntil: until };
  if (joined.size === 0) return rest;
  const begun = [...joined].map(({ begunAt }) => begunAt);
  return { ...rest, fullUntil: until, fullAt: Math.max(progress.fullAt ?? Number.NEGATIVE_INFINITY, ...begun) };
}

function withPieces({ pieces: _before, ...rest }: ListProgress, pieces: readonly ListPiece[]): ListProgress {
  return { ...rest, ...(pieces.length > 0 && { pieces }) };
}

const replaced = (progress: ListProgress, before: ListPiece, after: ListPiece): ListProgress =>
  withPieces(
    progress,
    (progress.pieces ?? []).map((piece) => (piece === before ? after : piece)),
  );

/** Of a piece, what a pass has. */
const passOf = ({ begunAt, knownUntil, reachesBackTo, settledUntil, page, hasFailed }: ListPass): ListPass => ({
  ...{ begunAt, knownUntil, reachesBackTo, settledUntil },
  ...(page !== undefined && { page }),
  ...(hasFailed && { hasFailed }),
});
