/** Bugs in the passes over Twilio's lists that the queue works off. */
import type { Mutant } from '../mutant.ts';

const RULES = 'lambdas/shared/rules/reconcile/reconcile-pieces.ts';
const PIECES = 'lambdas/reconcile/pieces.ts';

export const RECONCILING_PIECES: readonly Mutant[] = [
  {
    name: 'moves the window on over a gap',
    file: RULES,
    find: 'if (pass.knownUntil > until) continue;',
    replace: '',
    costs: 'What a pass that is still under way has to find is never looked for, if that pass is lost.',
  },
  {
    name: 'does not draw the window back to what a piece could not settle',
    file: RULES,
    find: 'pass.settledUntil < pass.knownUntil ? Math.min(until, pass.settledUntil) : Math.max(until, pass.settledUntil);',
    replace: 'Math.max(until, pass.settledUntil);',
    costs: 'A recording whose row could not be read in that hour stays at Twilio, and nobody knows of it.',
  },
  {
    name: 'counts a pass for ended while it is under way',
    file: RULES,
    find: 'piece.kind === kind && piece.hasEnded);',
    replace: 'piece.kind === kind);',
    costs: 'The window moves past entries that nobody has compared.',
  },
  {
    name: 'begins each pass where the last one that has ended began',
    file: RULES,
    find: 'return pieces.length < PIECES_MAX',
    replace: 'return pieces.length < 0',
    costs: 'Each hour all of the backlog is gone over anew, by one more pass, and none comes to its end.',
  },
  {
    name: 'lets each pass rely on one that is stuck',
    file: RULES,
    find: 'return pieces.length < PIECES_MAX',
    replace: 'return pieces.length < Number.POSITIVE_INFINITY',
    costs: 'One pass that never ends holds the window up for ever.',
  },
  {
    name: 'keeps a full pass in which something failed',
    file: RULES,
    find: "const isWorthless = kind === 'full' && pass.hasFailed;",
    replace: 'const isWorthless = false;',
    costs: 'What a night could not settle is not looked for in the next.',
  },
  {
    name: 'has two messages work off one piece',
    file: RULES,
    find: 'if (isOfAnother && now - known.touchedAt < PIECE_IDLE_MS) return undefined;',
    replace: '',
    costs: 'Each hour adds an invocation that reads the same pages, until no place is left.',
  },
  {
    name: 'never wakes a piece whose message is lost',
    file: RULES,
    find: 'if (piece.hasEnded || now - piece.touchedAt < PIECE_IDLE_MS) return piece;',
    replace: 'return piece;',
    costs: 'The window stands still until somebody sees the alarm.',
  },
  {
    name: 'sends the messages before the memory knows of the pieces',
    file: PIECES,
    find: 'await pieceQueue.sendAll(messages);',
    replace: '',
    costs: 'What one run does not end waits for an hour, each time.',
  },
  {
    name: 'delivers a piece until it is a dead letter',
    file: PIECES,
    find: 'if (receives > RECEIVES_MAX) return DONE;',
    replace: '',
    costs: 'A pass over a long list calls a person, though it comes on.',
  },
];
