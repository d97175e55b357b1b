/** Bugs in the comparison with Twilio's lists. */
import type { Mutant } from '../mutant.ts';

const RECONCILE = 'lambdas/reconcile/reconcile.ts';
const PASS = 'lambdas/reconcile/pass.ts';
const CALLS = 'lambdas/reconcile/calls.ts';
const RECORDINGS = 'lambdas/reconcile/recordings.ts';
const MEMORY = 'lambdas/shared/rules/reconcile/reconcile-memory.ts';
const UNACCOUNTED = 'lambdas/shared/rules/call/unaccounted.ts';
const LISTS = 'lambdas/shared/adapters/twilio/twilio-lists.ts';

const OF_RECORDINGS: readonly Mutant[] = [
  {
    name: 'flags an extra recording only when it is news',
    file: RECORDINGS,
    find: 'for (const callSid of callsWithSeveral) {',
    replace: 'for (const callSid of [] as string[]) {',
    costs: 'An extra recording without audio is not told of, if the request that should flag it fails.',
  },
  {
    name: 'passes over recordings whose callback never came',
    file: RECORDINGS,
    find: 'if (!known && !call) return false;',
    replace: 'if (!known) return false;',
    costs: 'A recording stays at Twilio, and nobody knows of it.',
  },
  {
    name: "takes in recordings of other applications' calls",
    file: RECORDINGS,
    find: 'if (!known && !call) return false;',
    replace: '',
    costs: "Other applications' recordings are copied, and deleted at Twilio.",
  },
  {
    name: "takes the list's source for a proof",
    file: RECORDINGS,
    find: '(row) => applyReport(row, report, deps.clock.now())',
    replace:
      "(row) => applyReport(row, report.source === 'StartCallRecordingAPI' ? { ...report, proof: 'callback' } : report, deps.clock.now())",
    costs: "Another application's recording, or an imported one, is deleted at Twilio.",
  },
  {
    name: 'does not count recordings that failed',
    file: RECORDINGS,
    find: "if (state === 'failed') deps.log.count('RecordingFailed');",
    replace: '',
    costs: 'No callback tells of a recording that failed, and no alarm either.',
  },
  {
    name: 'forgets entries that cannot be read',
    file: RECORDINGS,
    find: "passedOver.filter(({ why }) => why === 'unreadable')",
    replace: 'passedOver.filter(() => false)',
    costs: 'The window moves past an entry that may be a recording of ours.',
  },
  {
    name: 'takes the recordings of conferences for unreadable',
    file: RECORDINGS,
    find: "passedOver.filter(({ why }) => why === 'unreadable')",
    replace: 'passedOver',
    costs: 'An alarm is up for good that means nothing.',
  },
  {
    name: "takes a callback's source for a proof",
    file: 'lambdas/recording-callback/recording-callback.ts',
    find: "isMarked(request.rawQueryString, verified.credentials.authTokens) ? ('callback' as const) : undefined",
    replace: "reading.report.source === 'StartCallRecordingAPI' ? ('callback' as const) : undefined",
    costs: 'A recording of another application that names our callback is deleted at Twilio.',
  },
  {
    name: 'takes an adopted recording for its own',
    file: 'lambdas/recording-start/adopt-recording.ts',
    find: '  await noteRecording(deps, recording, undefined);\n  const due',
    replace: "  await noteRecording(deps, recording, 'reply');\n  const due",
    costs: "After a lost reply another application's recording is deleted at Twilio.",
  },
];

const OF_CALLS: readonly Mutant[] = [
  {
    name: 'takes a dialled leg for a call that nobody noted',
    file: UNACCOUNTED,
    find: 'if (call.isChild) return false;',
    replace: '',
    costs: 'Each call that dials a number of ours pages somebody.',
  },
  {
    name: "calls other applications' calls ours",
    file: UNACCOUNTED,
    find: 'number.voiceUrl !== undefined && addressOf(number.voiceUrl) === addressOf(voiceUrl)',
    replace: 'number.voiceUrl !== undefined',
    costs: 'Each call to a number that is not recorded here pages somebody.',
  },
  {
    name: 'holds a number to account for what another application had',
    file: UNACCOUNTED,
    find: '(callBeganAt(call) ?? since) >= since',
    replace: '(callBeganAt(call) ?? since) >= 0',
    costs: 'Pointing a number here raises a page for each call of the day before.',
  },
  {
    name: "reads the first page of the account's numbers alone",
    file: CALLS,
    find: '} while (page !== undefined);',
    replace: '} while (false);',
    costs: 'In an account with many numbers lost calls of most of them go unnoticed.',
  },
  {
    name: 'pages for calls that nobody answered',
    file: UNACCOUNTED,
    find: "const hadConversation = (status: string): boolean => status === 'completed';",
    replace: 'const hadConversation = (_status: string): boolean => true;',
    costs: 'Alarms are not believed any more.',
  },
  {
    name: 'keeps a lost conversation to itself',
    file: CALLS,
    find: "if (unaccounted) log.count('CallUnaccounted');",
    replace: '',
    costs: 'A call that was never recorded raises no alarm.',
  },
  {
    name: 'settles calls that still live',
    file: CALLS,
    find: "if (call.progress !== 'over') return false;",
    replace: '',
    costs: 'A call that is about to be recorded is noted as not recorded.',
  },
];

const OF_THE_WINDOW: readonly Mutant[] = [
  {
    name: 'moves the window on though some recordings could not be taken in',
    file: MEMORY,
    find: 'settledUntil: Math.min(pass.settledUntil, at ?? pass.knownUntil),',
    replace: 'settledUntil: pass.settledUntil,',
    costs: 'What an outage kept out falls out of the window.',
  },
  {
    name: 'looks back over two hours at first',
    file: MEMORY,
    find: 'export const OVERLAP_MS = 26 * HOUR;',
    replace: 'export const OVERLAP_MS = 2 * HOUR;',
    costs: 'A call that lasts longer than that, or that was recorded before the first run, is not found.',
  },
  {
    name: 'believes that lists are in the order of time',
    file: PASS,
    find: "kind === 'fresh' && isAllBefore(entries, reachesBackTo) ? undefined : next;",
    replace: 'isAllBefore(entries, reachesBackTo) ? undefined : next;',
    costs: 'Should Twilio list in another order, nothing is ever found.',
  },
  {
    name: 'goes over all of the window once, and never again',
    file: MEMORY,
    find: 'return full !== undefined || now - latest >= FULL_AFTER_MS;',
    replace: 'return full !== undefined || fullAt === undefined;',
    costs: 'What the hourly passes miss is missed for good.',
  },
  {
    name: 'counts a pass over all of the window in which something failed',
    file: MEMORY,
    find: 'return pass.hasFailed ? rest : { ...rest, fullUntil: pass.settledUntil, fullAt: pass.begunAt };',
    replace: 'return { ...rest, fullUntil: pass.begunAt, fullAt: pass.begunAt };',
    costs: 'What an outage kept out is looked at a day later, if at all.',
  },
  {
    name: 'has no end to its run',
    file: PASS,
    find: 'const goesOn = next !== undefined && hasTime(run);',
    replace: 'const goesOn = next !== undefined;',
    costs: 'A run over a long list is killed by its time-out, and another is begun beside it.',
  },
  {
    name: 'forgets the page that it came to',
    file: PASS,
    find: 'await save(run, list.name, (known) => place.continued(known, reached));',
    replace: '',
    costs: 'A list that is too long for one run is never gone over to its end.',
  },
  {
    name: 'gives up at the first page that fails',
    file: PASS,
    find: 'const ATTEMPTS_MAX = 5;',
    replace: 'const ATTEMPTS_MAX = 1;',
    costs: 'One slow reply ends the hour.',
  },
  {
    name: 'fails for ever because of one row that cannot be read',
    file: PASS,
    find: 'error instanceof UnreadableRow || error instanceof UnreadableEntry;',
    replace: 'error instanceof UnreadableEntry;',
    costs: 'The window never moves on again, and the alarm hides others.',
  },
  {
    name: 'does not ask again for what could not be read',
    file: RECONCILE,
    find: 'for (const sid of run.left) {',
    replace: 'for (const sid of [] as string[]) {',
    costs: 'A recording whose row was repaired is not taken in.',
  },
];

const OF_THE_LISTS: readonly Mutant[] = [
  {
    name: 'believes that a filter honours the time of day',
    file: LISTS,
    find: 'Math.floor(instant / DAY) * DAY;',
    replace: 'instant;',
    costs: 'Where a filter means the day alone, recordings of that day are passed over by an import.',
  },
  {
    name: "leaves out the days at the window's ends",
    file: LISTS,
    find: 'const dayAfter = (instant: Instant): Instant => dayOf(instant) + 2 * DAY;',
    replace: 'const dayAfter = (instant: Instant): Instant => dayOf(instant);',
    costs: 'A filter that means midnight leaves out the last day of an import.',
  },
  {
    name: 'takes a list that is cut for one that has ended',
    file: LISTS,
    find: ': { isCut: true };',
    replace: ': {};',
    costs: 'Most of the list is not looked at, and the window moves on.',
  },
];

export const RECONCILING: readonly Mutant[] = [...OF_RECORDINGS, ...OF_CALLS, ...OF_THE_WINDOW, ...OF_THE_LISTS];
