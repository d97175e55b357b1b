/** Bugs around the start of a recording, which has no idempotency key. */
import type { Mutant } from './mutant.ts';

const ADOPTION = 'lambdas/shared/rules/recording/adoption.ts';
const CALL = 'lambdas/shared/rules/call/call.ts';
const RETRY = 'lambdas/shared/rules/call/start-retry.ts';
const ATTEMPT = 'lambdas/recording-start/attempt-start.ts';
const STEP = 'lambdas/recording-start/recording-start.ts';
const REPLIES = 'lambdas/shared/adapters/twilio/twilio-replies.ts';

export const STARTING: readonly Mutant[] = [
  {
    name: 'asks a second time without asking what became of the first',
    file: STEP,
    find: "inDoubt: before?.state === 'posting' };",
    replace: 'inDoubt: false };',
    costs: 'Two recordings of one call, each paid for.',
  },
  {
    name: 'repeats a request at once after a time-out',
    file: ATTEMPT,
    find: "if (reply.kind === 'doubtful' && !isPastAnyCall(deps.clock.now() - claim.startedAt)) {",
    replace: 'if (false) {',
    costs: 'Two recordings of one call, each paid for.',
  },
  {
    name: 'takes 5xx for certainly not processed',
    file: REPLIES,
    find: "return { kind: 'doubtful', ...details };",
    replace: "return { kind: 'later', ...details };",
    costs: 'Two recordings of one call, each paid for.',
  },
  {
    name: 'takes a lost reply for certainly not processed',
    file: REPLIES,
    find: "return { kind: 'doubtful', reason: codeOf(error) };",
    replace: "return { kind: 'later', reason: codeOf(error) };",
    costs: 'Two recordings of one call, each paid for.',
  },
  {
    name: 'takes a connection that broke for one that never came about',
    file: 'lambdas/shared/adapters/twilio/https-client.ts',
    find: 'reject(connected ? error : new NeverSent(codeOf(error)));',
    replace: 'reject(new NeverSent(codeOf(error)));',
    costs: 'Two recordings of one call, each paid for.',
  },
  {
    name: 'takes 429 for a refusal',
    file: REPLIES,
    find: 'if (code === TOO_EARLY_TRY_AGAIN || status === 429)',
    replace: 'if (code === TOO_EARLY_TRY_AGAIN)',
    costs: 'Each busy minute of the account raises an alarm about refused recordings.',
  },
  {
    name: "does not look at another's claim",
    file: STEP,
    find: '(isSettled(call) || isClaimed(call, now))',
    replace: 'isSettled(call)',
    costs: 'Two consumers of one message start two recordings.',
  },
  {
    name: 'claims a call for less than the function may run',
    file: CALL,
    find: 'export const START_CLAIM_MS = 25 * SECOND;',
    replace: 'export const START_CLAIM_MS = 3 * SECOND;',
    costs: 'Two environments work on one call and start two recordings.',
  },
  {
    name: "adopts another application's recording",
    file: ADOPTION,
    find: 'if (!fits || channels !== 2) return false;',
    replace: '',
    costs:
      "The call counts as recorded by a recording that is not ours, and may be one of the dialled party's ringing.",
  },
  {
    name: 'adopts a recording from before the stream',
    file: ADOPTION,
    find: 'return createdAt === undefined || createdAt >= askedAt - CLOCKS_DIFFER_MS;',
    replace: 'return true;',
    costs: 'A call that is transferred back goes unrecorded.',
  },
  {
    name: 'gives up after two minutes, whether or not the call lives',
    file: RETRY,
    find: 'ageMs > 24 * HOUR;',
    replace: 'ageMs > 120 * SECOND;',
    costs: 'A call that Twilio registers late is not recorded.',
  },
  {
    name: 'takes every 21220 for the end of the call',
    file: ATTEMPT,
    find: "return progress.kind === 'over' ?",
    replace: 'return true ?',
    costs: 'A call that rings a little longer is not recorded.',
  },
  {
    name: 'forgets a call once Twilio has refused it often',
    file: CALL,
    find: "state: 'noted', attempts, reason, waiting: { next: 'start', due: due + START_OVERDUE_MS } };",
    replace: "state: 'noted', attempts, reason, waiting: undefined };",
    costs: 'A start message that is lost after the first refusal is a recording that never is.',
  },
  {
    name: 'starts before the second is over',
    file: STEP,
    find: 'if (early > 0) await clock.sleep(Math.min(early, RECORDING_START_DELAY_SECONDS * SECOND));',
    replace: '',
    costs: 'Twilio refuses the first attempt of every call.',
  },
  {
    name: 'counts a message as done though its step failed',
    file: 'lambdas/shared/entry/queue-consumer.ts',
    find: 'batchItemFailures.push({ itemIdentifier: record.messageId });',
    replace: '',
    costs: 'Each failure waits for the next sweep, a minute in which the call goes unrecorded.',
  },
  {
    name: 'leaves the visibility timeout as it is after a failure',
    file: 'lambdas/shared/entry/queue-consumer.ts',
    find: 'await backOff(consumer, record, outcome.seconds);',
    replace: '',
    costs: 'The second attempt comes after half a minute of conversation.',
  },
  {
    name: 'lets one failure of two keep the call from its disclaimer',
    file: 'lambdas/stream-connect/stream-connect.ts',
    find: 'const [queued, noted] = await Promise.allSettled([',
    replace: 'const [queued, noted] = await Promise.all([',
    costs: 'While the table is out, callers hear nothing, though each call could be recorded.',
  },
  {
    name: "does not know its own write again after the table's reply was lost",
    file: 'lambdas/shared/rows/change-row.ts',
    find: 'if (found?.writer === next.writer) return { row: found, changed: true };',
    replace: '',
    costs: 'A claim is taken for somebody else’s: the start waits until it has run out.',
  },
];
