/** Bugs around erasures: something stays, or comes back. */
import type { Mutant } from './mutant.ts';

const STEP = 'lambdas/erase/erase.ts';
const TOMBSTONES = 'lambdas/shared/rules/erasure/tombstones.ts';

export const ERASING: readonly Mutant[] = [
  {
    name: 'erases what is on hold',
    file: STEP,
    find: 'if (await isOnHold(deps, row))',
    replace: 'if (false)',
    costs: 'The first thing that goes is marked while a court waits for it.',
  },
  {
    name: 'looks for a hold only before the mark of an erasure',
    file: STEP,
    find: 'if (await isOnHold(deps, begun))',
    replace: 'if (false)',
    costs: 'A hold that is placed in between keeps nothing, and says that it does.',
  },
  {
    name: 'leaves what leads from a caller to an erased call',
    file: STEP,
    find: '    await removeParty(deps, callSid);\n',
    replace: '',
    costs: 'The table still tells that this caller called, and when.',
  },
  {
    name: 'finds the party of an erased call anew',
    file: 'lambdas/shared/rows/note-party.ts',
    find: 'if (!row || row.canary || row.erased) return false;',
    replace: 'if (!row || row.canary) return false;',
    costs: 'The nightly comparison brings back who had called.',
  },
  {
    name: 'is done while a copy may still be under way',
    file: STEP,
    find: "return quietFrom > asked ? { kind: 'waits', waitsFor: 'copy-under-way', due: quietFrom } : { kind: 'erased' };",
    replace:
      "return quietFrom > asked + 1e12 ? { kind: 'waits', waitsFor: 'copy-under-way', due: quietFrom } : { kind: 'erased' };",
    costs: 'A copy that began before ends after, and the audio is in the bucket for good.',
  },
  {
    name: 'believes that a locked version is gone',
    file: STEP,
    find: "if (left > 0) return { kind: 'refused', waitsFor: 's3' };",
    replace: '',
    costs: 'The receipt says that it is gone, and it is not.',
  },
  {
    name: 'leaves who had asked for the recording in the row',
    file: TOMBSTONES,
    find: '    ...(canary && { canary }),\n    ...(row.pendingEvents',
    replace: '    ...row,\n    ...(canary && { canary }),\n    ...(row.pendingEvents',
    costs: 'What tells of the conversation stays in the table.',
  },
];
