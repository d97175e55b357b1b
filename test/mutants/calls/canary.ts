/** Bugs in the canary: one that sings of calls that were lost, that costs without end, or that is taken for a customer. */
import type { Mutant } from '../mutant.ts';

const STEP = 'lambdas/canary/canary.ts';
const RULES = 'lambdas/shared/rules/canary/canary.ts';
const TONE = 'lambdas/shared/rules/canary/tone.ts';
const ANSWER = 'lambdas/incoming-call/incoming-call.ts';
const AUDIO = 'lambdas/recording-copy/copy-audio.ts';

export const CANARY: readonly Mutant[] = [
  {
    name: 'takes anyone who dials the canary’s number for the canary',
    file: RULES,
    find: 'from === canary.from && to === canary.to;',
    replace: 'to === canary.to;',
    costs: 'A customer’s call rings nobody, expires, and is in no report.',
  },
  {
    name: 'places a canary before it is remembered',
    file: STEP,
    find: '  await canaryStore.remember(placing);\n',
    replace: '',
    costs: 'While S3 is out, a call is placed and paid for each minute.',
  },
  {
    name: 'places another canary after a lost reply',
    file: STEP,
    find: "  if (reply.kind === 'doubtful') return placing;\n",
    replace: '',
    costs: 'While Twilio’s replies are lost, a call is placed and paid for each minute.',
  },
  {
    name: 'takes an earlier canary that comes late for the one under way',
    file: STEP,
    find: '      if (startTime !== undefined && startTime < floor(placedAt)) continue;\n',
    replace: '',
    costs: 'The copy of an hour ago says that calls are recorded now.',
  },
  {
    name: 'hears a canary in a copy without its sound',
    file: STEP,
    find: '      if (reason !== undefined) {',
    replace: '      if (false) {',
    costs: 'Recordings of silence are praised.',
  },
  {
    name: 'does not mind the tone on the called side’s channel',
    file: TONE,
    find: "hasTone(audio, 1) ? 'tone-on-both-channels' : undefined",
    replace: 'undefined',
    costs: 'Both sides in both channels pass for two channels.',
  },
  {
    name: 'hears a click as the tone',
    file: TONE,
    find: 'const PIECES_IN_A_ROW = 10;',
    replace: 'const PIECES_IN_A_ROW = 1;',
    costs: 'A recording that was cut to a fraction passes for a whole one.',
  },
  {
    name: 'counts from the latest canary, not from the first that is missing',
    file: RULES,
    find: 'waitingSince: memory.waitingSince ?? now,',
    replace: 'waitingSince: now,',
    costs: 'With a canary each quarter of an hour the alarm comes and goes, while none arrives.',
  },
  {
    name: 'rings somebody for a canary',
    file: ANSWER,
    find: 'isCanary ? CANARY_LISTENS : (policy.after ?? deps.afterDisclaimer)',
    replace: 'policy.after ?? deps.afterDisclaimer',
    costs: 'An agent is called each hour by a tone.',
  },
  {
    name: 'keeps a canary as MP3',
    file: AUDIO,
    find: 'recording.encryption === undefined && !canary ?',
    replace: 'recording.encryption === undefined ?',
    costs: 'No canary is ever heard where recordings are MP3.',
  },
  {
    name: 'announces a canary’s calling side as a call that was not recorded',
    file: 'lambdas/shared/rules/table/events.ts',
    find: 'if (!entered || after.canary) return [];',
    replace: 'if (!entered) return [];',
    costs: 'The owner’s programs hear of a lost call each hour.',
  },
  {
    name: 'alarms of a canary that reconcile finds',
    file: 'lambdas/reconcile/calls.ts',
    find: 'const unaccounted = !isCanary && isUnaccounted(call);',
    replace: 'const unaccounted = isUnaccounted(call);',
    costs: 'Somebody looks for a customer who never called.',
  },
  {
    name: 'calls a canary late after an hour and a half',
    file: 'lib/watch/measure-alarms.ts',
    find: "    threshold: 600,\n    severity: 'page',\n    article: 'canary',",
    replace: "    threshold: 5400,\n    severity: 'page',\n    article: 'canary',",
    costs: 'Calls are lost for an hour before a person hears of it.',
  },
  {
    name: 'lets every recording expire as a canary’s does',
    file: 'lib/storage/recordings-bucket.ts',
    find: "id: 'expire-canary',\n        prefix: CANARY_PREFIX,",
    replace: "id: 'expire-canary',\n        prefix: RECORDINGS_PREFIX,",
    costs: 'Every conversation is gone after a week.',
  },
];
