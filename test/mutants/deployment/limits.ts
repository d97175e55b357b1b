/** Bugs in numbers that must fit to each other, and in what deployed rows were written by. */
import type { Mutant } from '../mutant.ts';

export const LIMITS: readonly Mutant[] = [
  {
    name: 'compares the caps of the workers with the whole of the account',
    file: 'lib/configuration/limits.ts',
    find: 'const unreserved = lambdaConcurrency - reservedOf(reservedConcurrency);',
    replace: 'const unreserved = lambdaConcurrency;',
    costs: 'Nobody is warned, and a backlog of copies takes the executions that answer calls.',
  },
  {
    name: 'leaves the deletions out of what Twilio has to take at once',
    file: 'lib/configuration/limits.ts',
    find: "['recordingConcurrency', 'copyConcurrency', 'deletionConcurrency', 'reconcileConcurrency'] as const",
    replace: "['recordingConcurrency', 'copyConcurrency'] as const",
    costs: 'Deletions take the requests of the starts, and recordings begin late.',
  },
  {
    name: 'reserves what Lambda keeps for the others',
    file: 'lib/configuration/conflicts.ts',
    find: 'const UNRESERVED_MIN = 100;',
    replace: 'const UNRESERVED_MIN = 0;',
    costs: 'The deployment fails in its middle.',
  },
  {
    name: 'takes 408 for certainly not processed',
    file: 'lambdas/shared/adapters/twilio/twilio-replies.ts',
    find: 'status >= 400 && status < 500 && status !== 408',
    replace: 'status >= 400 && status < 500',
    costs: 'Two recordings of one call, each paid for.',
  },
  {
    name: 'gives the audio more time than its function has',
    file: 'lambdas/shared/adapters/twilio/twilio-audio.ts',
    find: 'DEADLINE_MS = 1',
    replace: 'DEADLINE_MS = 10',
    costs: 'A copy that is slow is killed in the middle, each time anew, and nobody is told why.',
  },
  {
    name: 'strands the rows of four shards of the due index',
    file: 'lambdas/shared/contract/table.ts',
    find: 'export const DUE_SHARDS = 8;',
    replace: 'export const DUE_SHARDS = 4;',
    costs: 'After the upgrade half of what was waiting is never found again.',
  },
  {
    name: 'forgets recordings in the index by day',
    file: 'lambdas/shared/contract/table.ts',
    find: 'export const DAY_SHARDS = 8;',
    replace: 'export const DAY_SHARDS = 2;',
    costs: 'After the upgrade half of the older recordings cannot be looked up.',
  },
  {
    name: 'lists one page of the recordings of a call',
    file: 'lambdas/shared/adapters/twilio/twilio-rest.ts',
    find: '} while (next !== undefined);\n      return { kind',
    replace: '} while (false);\n      return { kind',
    costs: 'What a start request has made is not found, and the call is started twice.',
  },
  {
    name: 'copies the audio of the first recording that its environment has seen',
    file: 'lambdas/recording-copy/open-audio.ts',
    find: 'deps.twilio.openAudio(recordingSid,',
    replace:
      'deps.twilio.openAudio((Object.assign(deps.twilio, { first: (deps.twilio as { first?: string }).first ?? recordingSid }) as unknown as { first: string }).first,',
    costs: "A call's recording holds another conversation, and its own is deleted.",
  },
  {
    name: 'takes what it imports for its own',
    file: 'cli/import/run.ts',
    find: '...(this.#order.deleteAtTwilio && { proof',
    replace: "...((this.#order.deleteAtTwilio || report.source === 'StartCallRecordingAPI') && { proof",
    costs: 'Who imports to keep loses the recordings at Twilio.',
  },
  {
    name: 'reports the first failure of a batch alone',
    file: 'lambdas/shared/entry/queue-consumer.ts',
    find: 'batchItemFailures.push({ itemIdentifier: record.messageId });',
    replace: 'if (batchItemFailures.length === 0) batchItemFailures.push({ itemIdentifier: record.messageId });',
    costs: 'Of several deletions that fail at once, all but one count as done.',
  },
  {
    name: 'notes events that are switched off',
    file: 'lambdas/shared/rows/change-row.ts',
    find: 'const withEvents = table.addsPendingEvents\n',
    replace: 'const withEvents = table.addsPendingEvents || true\n',
    costs: 'The rows of an owner without events collect them for ever.',
  },
  {
    name: 'has Twilio trim what it records',
    file: 'lambdas/shared/adapters/twilio/twilio-rest.ts',
    find: "trim: 'do-not-trim',",
    replace: "trim: 'trim-silence',",
    costs: 'Silence is cut out of conversations: nobody can tell when what was said.',
  },
];
