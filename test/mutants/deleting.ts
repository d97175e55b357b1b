/** Bugs around the only act that cannot be taken back. */
import type { Mutant } from './mutant.ts';

const GUARD = 'lambdas/shared/rules/recording/deletion-guard.ts';
const STEP = 'lambdas/recording-delete/recording-delete.ts';
const RULES = 'lambdas/shared/rules/recording/recording.ts';
const HEAD = '(await deps.store.head(row.stored.key))';

export const DELETING: readonly Mutant[] = [
  {
    name: 'deletes at 23 h 59',
    file: GUARD,
    find: '+ keepMs;',
    replace: '+ keepMs - 60_000;',
    costs: 'The day in which a bad copy can still be noticed is not a day.',
  },
  {
    name: 'counts the 24 hours from our note alone',
    file: GUARD,
    find: 'Math.max(stored.storedAt, head.lastModified)',
    replace: 'stored.storedAt',
    costs: 'An object that was put there anew goes unwatched; one clock alone can hurry a deletion.',
  },
  {
    name: 'counts the 24 hours from the date of S3 alone',
    file: GUARD,
    find: 'Math.max(stored.storedAt, head.lastModified)',
    replace: 'head.lastModified',
    costs: 'An upload that was verified late is deleted at Twilio early.',
  },
  {
    name: 'does not wait for the 24 hours',
    file: GUARD,
    find: "return now < due ? { verdict: 'wait', due } : { verdict: 'delete' };",
    replace: "return { verdict: 'delete' };",
    costs: 'A message that comes twice deletes at once.',
  },
  {
    name: 'takes a missing object for a good copy',
    file: GUARD,
    find: "if (!head) return { verdict: 'doubt', reason: 's3-object-missing' };",
    replace: "if (!head) return { verdict: 'delete' };",
    costs: 'The recording is gone for good.',
  },
  {
    name: 'does not compare the size',
    file: GUARD,
    find: "if (head.bytes !== stored.bytes) return { verdict: 'doubt', reason: 's3-object-size-differs' };",
    replace: '',
    costs: 'One of two proofs is not asked for.',
  },
  {
    name: 'does not compare the checksum',
    file: GUARD,
    find: "if (head.checksum !== stored.checksum) return { verdict: 'doubt', reason: 's3-object-checksum-differs' };",
    replace: '',
    costs: 'Audio that was overwritten with as many other bytes is all that is left.',
  },
  {
    name: 'takes an object without a checksum for proven',
    file: GUARD,
    find: "if (head.checksum === undefined) return { verdict: 'doubt', reason: 's3-object-without-checksum' };",
    replace: "if (head.checksum === undefined) return { verdict: 'delete' };",
    costs: 'Audio that somebody replaced is all that is left.',
  },
  {
    name: 'takes a copy without a date for older than any',
    file: GUARD,
    find: "if (!Number.isFinite(due)) return { verdict: 'doubt', reason: 'age-unknown' };",
    replace: '',
    costs: 'A damaged row deletes at once.',
  },
  {
    name: 'asks S3 for nothing before it deletes',
    file: STEP,
    find: `const head = row.stored && ${HEAD};`,
    replace: 'const head = row.stored && { ...row.stored, lastModified: row.stored.storedAt };',
    costs: 'What was lost in the bucket within the day is lost at Twilio too.',
  },
  {
    name: 'deletes in spite of a doubt',
    file: STEP,
    find: "if (judged.verdict === 'doubt') return keepForDoubt(deps, row, judged.reason, row.deletionSentTo);",
    replace: '',
    costs: 'The guard guards nothing.',
  },
  {
    name: 'decides on a row that has changed since',
    file: STEP,
    find: 'known?.version === version ? rule(known) : undefined,',
    replace: 'known ? rule(known) : undefined,',
    costs: 'A verdict on one row is carried out on another.',
  },
  {
    name: 'writes no mark before the request',
    file: STEP,
    find: 'const marked = await changeIfSame(deps, row, (same) => markDeleting(same, url, deps.clock.now()));',
    replace: 'const marked = row;',
    costs: 'After a lost reply nobody knows whether Twilio still has the recording.',
  },
  {
    name: 'takes 404 after the mark for a failure',
    file: STEP,
    find: "if (reply.kind !== 'deleted' && reply.kind !== 'not-found') {",
    replace: "if (reply.kind !== 'deleted') {",
    costs: 'A deletion whose reply was lost is tried for ever, and alarms for ever.',
  },
  {
    name: 'takes the first 404 for done',
    file: STEP,
    find: "if (reply.kind === 'not-found' && row.deletionSentTo !== url",
    replace: 'if (false && row.deletionSentTo !== url',
    costs: 'After a change of account or region recordings count as deleted, and stay at Twilio.',
  },
  {
    name: 'trusts what rows from before proofs say of themselves',
    file: STEP,
    find: 'if (!row.proof && !(await isProvenByCall(deps, row))) return disown(deps, row);',
    replace: '',
    costs: "Another application's recording is deleted after an upgrade.",
  },
  {
    name: 'does not finish a deletion that was begun',
    file: RULES,
    find: "(row.state === 'stored' || row.state === 'deleting');",
    replace: "row.state === 'stored';",
    costs: 'After a crash the copy stays at Twilio, and is paid for, for ever.',
  },
  {
    name: "deletes other applications' recordings",
    file: RULES,
    find: "row.madeBy === 'recorder' && (row.state === 'stored'",
    replace: "(row.state === 'stored'",
    costs: "Another application's recording is gone from where it looks for it.",
  },
  {
    name: 'deletes while deletions are paused',
    file: STEP,
    find: "if (deps.deletions !== 'on') return DONE;",
    replace: '',
    costs: 'The emergency stop does not stop.',
  },
  {
    name: 'sweeps up deletions while they are paused',
    file: 'lambdas/sweep/sweep.ts',
    find: "if (next === 'delete' && deps.deletions !== 'on') continue;",
    replace: '',
    costs: 'The emergency stop fills a queue with deletions.',
  },
];
