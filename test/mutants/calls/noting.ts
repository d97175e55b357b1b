/** Bugs around the note of a call that was answered, and the search for those whose stream never started. */
import type { Mutant } from '../mutant.ts';

const ANSWER = 'lambdas/incoming-call/incoming-call.ts';
const CALL = 'lambdas/shared/rules/call/call.ts';
const LOOK_UP = 'lambdas/recording-start/look-up-call.ts';
const STATUS = 'lambdas/stream-status/stream-status.ts';
const MEASURE = 'lambdas/sweep/unrecorded.ts';

export const NOTING: readonly Mutant[] = [
  {
    name: 'gives an answered call no due date for its stream',
    file: CALL,
    find: "    waiting: { next: 'stream', due: now + STREAM_STARTS_WITHIN_MS },\n",
    replace: '',
    costs: 'A call whose stream never starts is never missed.',
  },
  {
    name: 'has the caller wait for the table, however long it takes',
    file: ANSWER,
    find: 'clock.sleep(NOTE_WITHIN_MS)',
    replace: 'new Promise<void>(() => undefined)',
    costs: 'A table that is out costs every call.',
  },
  {
    name: 'answers no call that the table did not take',
    file: ANSWER,
    find: 'Promise.race([written.catch((error: unknown) => ({ error })), late]);',
    replace: 'Promise.race([written, late]);',
    costs: 'A table that is out costs every call.',
  },
  {
    name: 'answers without waiting for the note at all',
    file: ANSWER,
    find: '  await note(\n',
    replace: '  void note(\n',
    costs: 'Lambda freezes before the write is out: calls are not noted.',
  },
  {
    name: 'names no status callback for the stream',
    file: 'lambdas/incoming-call/twiml.ts',
    find: "stream({ url, statusCallback, statusCallbackMethod: 'POST' })",
    replace: 'stream({ url })',
    costs: 'A stream that fails is noticed minutes later.',
  },
  {
    name: 'does not take on a call that was answered before',
    file: CALL,
    find: '  if (call && !awaitsStream(call)) return call;\n  const { answeredAt }',
    replace: '  if (call) return call;\n  const { answeredAt }',
    costs: 'No call is recorded whose start could not be queued.',
  },
  {
    name: 'does not take on a stream that comes late',
    file: CALL,
    find: "=> state === 'answered' || state === 'unstreamed';",
    replace: "=> state === 'answered';",
    costs: 'A call whose stream comes late goes unrecorded, though it could be recorded.',
  },
  {
    name: 'does not sweep calls that wait for their stream',
    file: 'lambdas/sweep/sweep.ts',
    find: "    if (next === 'delete' && deps.deletions !== 'on') continue;",
    replace: "    if (next === 'stream' || (next === 'delete' && deps.deletions !== 'on')) continue;",
    costs: 'While the stream API cannot be reached, nobody learns that calls go unrecorded.',
  },
  {
    name: 'forgets a call once Twilio could not say what became of it',
    file: CALL,
    find: "  ...call,\n  reason,\n  waiting: { next: 'stream', due: now + LOOK_UP_AGAIN_MS },",
    replace: '  ...call,\n  reason,\n  waiting: undefined,',
    costs: 'A call that Twilio did not know yet is never looked up again.',
  },
  {
    name: 'looks a call without a stream up once, and no more',
    file: CALL,
    find: "  state: 'unstreamed',\n  reason,\n  waiting: { next: 'stream', due: now + LOOK_UP_AGAIN_MS },",
    replace: "  state: 'unstreamed',\n  reason,\n  waiting: undefined,",
    costs: 'Its row says for ever that the call lives.',
  },
  {
    name: 'leaves a call without a stream unrecorded, whatever its number says',
    file: LOOK_UP,
    find: "(call.policy?.withoutStream ?? configured) === 'record'",
    replace: "configured === 'record'",
    costs: "A number's calls go unrecorded against its owner's word.",
  },
  {
    name: 'records the calls of a number that says not to',
    file: ANSWER,
    find: "const isWanted = policy.record !== 'off';",
    replace: 'const isWanted = true;',
    costs: 'Calls are recorded that nobody was allowed to record.',
  },
  {
    name: 'announces no call that is not wanted',
    file: ANSWER,
    find: 'table.addsPendingEvents ? withPendingEvents(undefined, call, 1, clock.now()) : call',
    replace: 'call',
    costs: 'Programs that wait for a recording wait for ever.',
  },
  {
    name: 'does not say that no disclaimer was played',
    file: CALL,
    find: '  noDisclaimer: true,\n  reason,',
    replace: '  reason,',
    costs: 'Nobody can tell which callers were recorded without being told.',
  },
  {
    name: 'counts a call without a stream at every look',
    file: LOOK_UP,
    find: "row.state === 'unstreamed' && before.state === 'answered'",
    replace: "row.state === 'unstreamed'",
    costs: 'The alarm says more calls than there are.',
  },
  {
    name: 'lets an answer of Twilio outrank a stream that has started meanwhile',
    file: LOOK_UP,
    find: 'return awaitsStream(before) ? afterLookUp(before, progress, now, deps.withoutStream) : undefined;',
    replace: 'return afterLookUp(before, progress, now, deps.withoutStream);',
    costs: 'A call that is being recorded is noted as unrecordable.',
  },
  {
    name: 'calls every lost call too short',
    file: LOOK_UP,
    find: '(progress.durationSeconds ?? 0) < SHORT_CALL_SECONDS',
    replace: '(progress.durationSeconds ?? 0) >= 0',
    costs: 'Lost calls alarm nobody.',
  },
  {
    name: 'takes the close of its own streams for failures',
    file: STATUS,
    find: '      return awaitsStream(call) ? streamFailed(call, now) : undefined;',
    replace: '      return streamFailed(call, now);',
    costs: 'Every healthy call pages somebody.',
  },
  {
    name: 'leaves a failed stream to the sweep when the table is out',
    file: STATUS,
    find: '    failure = error;',
    replace: '    throw error;',
    costs: 'A failed stream is not noticed before the table is back.',
  },
  {
    name: 'takes what another account says of a stream',
    file: 'lambdas/shared/rules/webhook/stream-status.ts',
    find: '!isAccountSid(AccountSid) || AccountSid !== accountSid',
    replace: '!isAccountSid(AccountSid)',
    costs: 'A subaccount with the same token fills the table with calls of its own.',
  },
  {
    name: 'measures calls that an adopted recording records',
    file: CALL,
    find: 'return isSettled(call) || isRecorded ? undefined',
    replace: 'return isSettled(call) ? undefined',
    costs: 'A call that is recorded pages somebody.',
  },
  {
    name: 'measures only the calls that wait for their start',
    file: MEASURE,
    find: "[...dueShards('stream'), ...dueShards('start')]",
    replace: "[...dueShards('start')]",
    costs: 'While Twilio and the stream API are out, no alarm comes.',
  },
  {
    name: 'says that no call goes unrecorded when it could not look',
    file: MEASURE,
    find: 'if (oldest < now || failed.length === 0) deps.log',
    replace: 'deps.log',
    costs: 'The dashboard says that all is well while nobody knows.',
  },
  {
    name: 'measures nothing after an attempt that started nothing',
    file: 'lambdas/recording-start/claimed-call.ts',
    find: '  if (row && changed) measureThisUnrecorded(deps, row);\n',
    replace: '',
    costs: 'A call that is tried again and again alarms later, or not at all while the sweep is out.',
  },
];
