/** Bugs around calls whose recording somebody asks for. */
import type { Mutant } from '../mutant.ts';

const STEP = 'lambdas/record-call/record-call.ts';

export const REQUESTED: readonly Mutant[] = [
  {
    name: 'has a call that is recorded recorded once more when somebody asks',
    file: 'lambdas/shared/rules/call/requested.ts',
    find: 'call === undefined ||',
    replace: 'true ||',
    costs: 'Two recordings of one call, each paid for.',
  },
  {
    name: 'notes a call whose recording is asked for although it is over',
    file: STEP,
    find: "if (found.call.progress === 'over')",
    replace: 'if (false)',
    costs: 'Who asks is told that a call is to be recorded of which nothing can be.',
  },
  {
    name: 'notes a call that Twilio could not be asked for',
    file: STEP,
    find: "if (found.kind !== 'found') return notKnown(callSid, found);",
    replace: '',
    costs: 'A call that does not exist is asked for at Twilio for a day, and pages.',
  },
  {
    name: 'forgets who has asked for a recording',
    file: 'lambdas/shared/rules/call/requested.ts',
    find: ', requestedBy: by }',
    replace: ' }',
    costs: 'Nobody can tell why a call was recorded.',
  },
];
