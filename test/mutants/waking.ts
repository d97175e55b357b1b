/** Bugs in what finds lost work again, and in the table that it stands on. */
import type { Mutant } from './mutant.ts';

const SWEEP = 'lambdas/sweep/sweep.ts';
const TABLE = 'lambdas/shared/adapters/aws/dynamodb-table.ts';

export const WAKING: readonly Mutant[] = [
  {
    name: 'leaves the last partition to none of several runs',
    file: 'lambdas/shared/rules/table/due-shard.ts',
    find: 'shards.filter((_, index) => index % part.of === part.part)',
    replace: 'shards.filter((_, index) => index % part.of === part.part && index < 7)',
    costs: 'An eighth of what was left behind is never found.',
  },
  {
    name: 'measures in the second of several runs alone',
    file: SWEEP,
    find: 'if (part === undefined || part.part === 0) {',
    replace: 'if (part === undefined || part.part === 1) {',
    costs: 'With one run of two lost, nobody is told that calls wait.',
  },
  {
    name: 'trusts the index of what is due',
    file: SWEEP,
    find: 'if (known?.waiting?.next !== next || known.waiting.due > now) return undefined;',
    replace: 'if (!known) return undefined;',
    costs: 'Finished work is woken up again by an index that lags behind.',
  },
  {
    name: 'does not put off the next look',
    file: SWEEP,
    find: 'return { ...known, waiting: { next, due: now + LOOK_AGAIN_MS[next], queuedSince } };',
    replace: 'return known;',
    costs: 'A backlog is queued anew every minute, until nothing else gets through.',
  },
  {
    name: 'sweeps the first page of each shard alone',
    file: SWEEP,
    find: '} while (cursor !== undefined && deps.clock.now() < until);',
    replace: '} while (false);',
    costs: 'After an outage most of the work waits for many more sweeps.',
  },
  {
    name: 'sweeps nothing more after one shard has failed',
    file: SWEEP,
    find: '    failures.push(error);',
    replace: '    throw error;',
    costs: 'One bad row keeps all deletions, or all starts, from being done.',
  },
  {
    name: 'puts nothing of a page on its queue where one row of it failed',
    file: SWEEP,
    find: 'const due = taken',
    replace: 'if (failures.length > 0) return count;\n      const due = taken',
    costs: 'One row that cannot be written holds up the others of its page for minutes.',
  },
  {
    name: 'keeps the failure of a sweep to itself',
    file: SWEEP,
    find: 'if (failures.length > 0) {',
    replace: 'if (false) {',
    costs: 'Nobody is told that nothing is being found again.',
  },
  {
    name: 'writes whatever the version',
    file: TABLE,
    find: "ConditionExpression: '#version = :expected',",
    replace: "ConditionExpression: '#version = :expected OR attribute_exists(#version)',",
    costs: 'Of two changes at once one is lost.',
  },
  {
    name: 'writes a new row over one that is there',
    file: TABLE,
    find: "ConditionExpression: 'attribute_not_exists(#callSid)',",
    replace: "ConditionExpression: 'attribute_not_exists(#callSid) OR attribute_exists(#callSid)',",
    costs: 'A late callback takes a stored recording back to its beginning.',
  },
  {
    name: 'reads rows as they were a moment ago',
    file: TABLE,
    find: 'Key: marshall(itemKey(key)), ConsistentRead: true }',
    replace: 'Key: marshall(itemKey(key)) }',
    costs: 'A claim that has just been written is not seen: two start requests.',
  },
  {
    name: 'takes a batch for sent of which SQS refused some',
    file: 'lambdas/shared/adapters/aws/sqs-queue.ts',
    find: 'if (Failed && Failed.length > 0) throw',
    replace: 'if (false) throw',
    costs: 'Work that was counted as queued waits for its next turn.',
  },
  {
    name: "quotes other people's error messages in the log",
    file: 'lambdas/shared/adapters/aws/powertools-log.ts',
    find: 'return { name: codeOf(error), ...(frames',
    replace: 'return { name: codeOf(error), message: String(error), ...(frames',
    costs: 'A request that an error quotes, with its credentials, lies in the log.',
  },
];
