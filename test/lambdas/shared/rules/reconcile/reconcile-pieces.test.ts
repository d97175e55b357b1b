/** Passes side by side: they end in any order, and what is settled never moves past a gap, or past what has failed. */

import type { ListProgress } from '../../../../../lambdas/shared/rules/reconcile/list-progress.ts';
import {
  beginPass,
  continuePass,
  endPass,
  failedAt,
  isFullDue,
  LOOK_BACK_MS,
  OVERLAP_MS,
} from '../../../../../lambdas/shared/rules/reconcile/reconcile-memory.ts';
import {
  continuePiece,
  endPiece,
  handOver,
  PIECE_IDLE_MS,
  PIECES_MAX,
  pieceOf,
  takePiece,
  wakeIdle,
  willReach,
} from '../../../../../lambdas/shared/rules/reconcile/reconcile-pieces.ts';
import { DAY, HOUR, type Instant, MINUTE } from '../../../../../lambdas/shared/rules/values/instant.ts';
import { fc } from '../../../support/properties.ts';
import { NOON } from '../../../support/time.ts';

type Kind = 'fresh' | 'full';
const SETTLED: ListProgress = { checkedUntil: NOON, fullUntil: NOON, fullAt: NOON };
/** A pass that begins at an instant, and goes to the queue. */
const handed = (progress: ListProgress, at: Instant, kind: Kind = 'fresh') => {
  const begun = continuePass(progress, kind, { ...beginPass(progress, kind, at), page: '1 x' });
  return handOver(begun, kind, String(at), at);
};
const ended = (progress: ListProgress, at: Instant, failed?: Instant) => {
  const piece = pieceOf(progress, String(at));
  if (!piece) throw new Error('There is no such piece.');
  return endPiece(progress, String(at), failed === undefined ? piece : failedAt(piece, failed), at + HOUR);
};
const [ONE, TWO, THREE] = [NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR];
const three = () => handed(handed(handed(SETTLED, ONE), TWO), THREE);

test('the next pass begins where the one on the queue will have come to, though that is under way', () => {
  const progress = three();
  expect(progress).toMatchObject({
    checkedUntil: NOON,
    pieces: [{ knownUntil: NOON }, { knownUntil: ONE }, { knownUntil: TWO }],
  });
  expect(progress).not.toHaveProperty('fresh');
  expect(beginPass(progress, 'fresh', NOON + 4 * HOUR)).toMatchObject({
    ...{ knownUntil: THREE, reachesBackTo: THREE - LOOK_BACK_MS },
  });
});

test('what is settled moves on over pieces that have no gap before them', () => {
  let progress = ended(three(), TWO);
  expect(progress.checkedUntil).toBe(NOON);
  progress = ended(progress, ONE);
  expect(progress.checkedUntil).toBe(TWO);
  progress = ended(progress, THREE);
  expect(progress).toEqual({ ...SETTLED, checkedUntil: THREE });
});

test('a pass of the schedule that ends beside them waits for them', () => {
  const begun = beginPass(three(), 'fresh', NOON + 4 * HOUR);
  let progress = endPass(three(), 'fresh', begun);
  expect(progress.checkedUntil).toBe(NOON);
  for (const at of [THREE, ONE, TWO]) progress = ended(progress, at);
  expect(progress).toEqual({ ...SETTLED, checkedUntil: NOON + 4 * HOUR });
});

test('what one could not settle holds the window up, and the next pass goes over all of it', () => {
  let progress = ended(three(), ONE, NOON + 10 * MINUTE);
  progress = ended(ended(progress, TWO), THREE);
  expect(progress.checkedUntil).toBe(NOON + 10 * MINUTE);
  const next = beginPass(progress, 'fresh', NOON + 4 * HOUR);
  expect(next.reachesBackTo).toBe(NOON + 10 * MINUTE - LOOK_BACK_MS);
  expect(endPass(progress, 'fresh', next)).toEqual({ ...SETTLED, checkedUntil: NOON + 4 * HOUR });
});

test('what failed before the window draws it back, as it does without a queue', () => {
  const progress = ended(handed(SETTLED, ONE), ONE, NOON - 20 * MINUTE);
  expect(progress).toEqual({ ...SETTLED, checkedUntil: NOON - 20 * MINUTE });
});

test('a full pass begins each night beside the one of the night before; one in which something failed is made again', () => {
  const [first, second] = [NOON + DAY, NOON + 2 * DAY];
  let progress = handed(SETTLED, first, 'full');
  expect(isFullDue(progress, first + HOUR)).toBe(false);
  expect(isFullDue(progress, second)).toBe(true);
  progress = handed(progress, second, 'full');
  expect(progress.pieces?.[1]).toMatchObject({ knownUntil: first, reachesBackTo: first - OVERLAP_MS });
  const failed = ended(progress, first, NOON);
  expect(failed).toMatchObject({ fullUntil: NOON, fullAt: NOON });
  // The younger one alone settles nothing: the next goes back to where the failed one began.
  expect(ended(failed, second)).toMatchObject({ fullUntil: NOON, pieces: [{ hasEnded: true }] });
  expect(willReach(ended(failed, second), 'full')).toBe(NOON);
  expect(ended(ended(progress, first), second)).toEqual({ ...SETTLED, fullUntil: second, fullAt: second });
});

test('the first full pass of all begins where the fresh ones had come to, however far they come meanwhile', () => {
  const first = handed({ checkedUntil: NOON }, ONE, 'full');
  const moved = endPass(first, 'fresh', beginPass(first, 'fresh', THREE));
  expect(moved).toMatchObject({ checkedUntil: THREE, fullUntil: NOON });
  expect(ended(moved, ONE)).toEqual({ checkedUntil: THREE, fullUntil: ONE, fullAt: ONE });
});

test('a piece that comes on is no older than its last page, and keeps nothing of the place before', () => {
  const taken = takePiece(handed(SETTLED, ONE), String(ONE), 'm', ONE);
  const again = beginPass(SETTLED, 'fresh', TWO);
  const progress = continuePiece(taken as ListProgress, String(ONE), again, TWO);
  expect(progress.pieces).toEqual([{ ...again, id: String(ONE), kind: 'fresh', touchedAt: TWO, messageId: 'm' }]);
  expect(continuePiece(progress, 'another', again, TWO)).toBe(progress);
  expect(endPiece(progress, 'another', again, TWO)).toBe(progress);
});

test('one message at a time works a piece off, until that has not come on for long', () => {
  const id = String(ONE);
  const taken = takePiece(handed(SETTLED, ONE), id, 'first', ONE) as ListProgress;
  expect(takePiece(taken, id, 'first', ONE + 1)).toBeDefined();
  expect(takePiece(taken, id, 'second', ONE + PIECE_IDLE_MS - 1)).toBeUndefined();
  expect(takePiece(taken, id, 'second', ONE + PIECE_IDLE_MS)).toBeDefined();
  expect(takePiece(taken, 'another', 'first', ONE)).toBeUndefined();
  expect(takePiece(ended(three(), TWO), String(TWO), 'first', TWO)).toBeUndefined();
  expect(wakeIdle(taken, ONE + PIECE_IDLE_MS - 1)).toEqual({ progress: taken, ids: [] });
  const woken = wakeIdle(taken, ONE + PIECE_IDLE_MS);
  expect(woken.ids).toEqual([id]);
  expect(woken.progress.pieces?.[0]).not.toHaveProperty('messageId');
  expect(wakeIdle(ended(three(), TWO), TWO + DAY).ids).toEqual([String(ONE), String(THREE)]);
});

test('a pass that has read nothing, and one too many, stay with the schedule', () => {
  const begun = continuePass(SETTLED, 'fresh', beginPass(SETTLED, 'fresh', ONE));
  expect(handOver(begun, 'fresh', 'x', ONE)).toBe(begun);
  let many = SETTLED;
  for (let hour = 1; hour <= PIECES_MAX; hour += 1) many = handed(many, NOON + hour * HOUR);
  expect(many.pieces).toHaveLength(PIECES_MAX);
  const one = handed(many, NOON + 50 * HOUR);
  expect(one.pieces).toHaveLength(PIECES_MAX);
  // It goes over all that they go over.
  expect(one.fresh).toMatchObject({ knownUntil: NOON });
});

test('in whatever order pieces end, and whichever fail, nothing is settled that no pass has gone over', () => {
  const step = fc.record({ ends: fc.nat(9), fails: fc.boolean(), at: fc.nat(9 * 60) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      let progress: ListProgress = SETTLED;
      const covered: { from: Instant; until: Instant }[] = [{ from: NOON - DAY, until: NOON }];
      for (const [index, { ends, fails, at }] of steps.entries()) {
        const now = NOON + (index + 1) * HOUR;
        progress = handed(progress, now);
        const running = (progress.pieces ?? []).filter((piece) => !piece.hasEnded);
        const piece = running[ends % running.length];
        if (!piece) continue;
        const failed = Math.min(piece.begunAt, NOON + at * MINUTE);
        const settled = fails
          ? Math.min(piece.settledUntil, Math.max(piece.reachesBackTo, failed))
          : piece.settledUntil;
        covered.push({ from: piece.knownUntil, until: settled });
        progress = ended(progress, Number(piece.id), fails ? Math.max(piece.reachesBackTo, failed) : undefined);
        let until = NOON - DAY;
        for (const one of covered.toSorted((a, b) => a.from - b.from)) {
          if (one.from <= until) until = Math.max(until, one.until);
        }
        expect(progress.checkedUntil).toBeLessThanOrEqual(until);
      }
    }),
  );
});
