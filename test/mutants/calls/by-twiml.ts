/** Bugs around calls whose recording is started by the TwiML that answers them. */
import type { Mutant } from '../mutant.ts';

const RULE = 'lambdas/shared/rules/call/by-twiml.ts';
const TWIML = 'lambdas/incoming-call/twiml.ts';
const CALLBACK = 'lambdas/recording-callback/recording-callback.ts';
const FILE = 'lambdas/disclaimer/disclaimer.ts';

export const BY_TWIML: readonly Mutant[] = [
  {
    name: 'takes a callback without the mark for that of its own TwiML',
    file: CALLBACK,
    find: "isMarked(request.rawQueryString, verified.credentials.authTokens) ? ('callback'",
    replace:
      "isMarked(request.rawQueryString, verified.credentials.authTokens) || isOfTwiml(request.rawQueryString) ? ('callback'",
    costs: "An application's recording is deleted at Twilio, once it names that address.",
  },
  {
    name: 'starts a call over REST whose TwiML may have started it, without asking',
    file: RULE,
    find: "state: 'posting', startBy: 'twiml' },",
    replace: "state: 'noted', startBy: 'twiml' },",
    costs: 'Two recordings of each call whose callback is lost.',
  },
  {
    name: 'lets others start a call while its TwiML is still under way',
    file: RULE,
    find: '    claim: { owner: OWNER, until },\n',
    replace: '',
    costs: 'A stream of another application has the call recorded twice.',
  },
  {
    name: 'gives a call that TwiML is to record no due date',
    file: RULE,
    find: "    waiting: { next: 'start', due: until },\n",
    replace: '',
    costs: 'A recording that Twilio does not start is never missed.',
  },
  {
    name: 'flags no extra recording that is its own',
    file: 'lambdas/shared/rows/extra-recordings.ts',
    find: 'if (recordingSid === own || extra) continue;',
    replace:
      'if (recordingSid === own || extra || recordings.find((one) => one.recordingSid === recordingSid)?.proof) continue;',
    costs: 'TwiML that is carried out twice costs twice, and nobody is told.',
  },
  {
    name: 'has the last of several recordings be the one of the call',
    file: RULE,
    find: '  if (call && isSettled(call)) return undefined;\n',
    replace: '',
    costs: 'A call that is known to have none is changed afterwards, and one that has a recording names another.',
  },
  {
    name: 'tells the call of its recording only where the recording is new',
    file: CALLBACK,
    find: 'if (proof && row && isOfTwiml',
    replace: 'if (changed && proof && row && isOfTwiml',
    costs: 'After a failed write the call is asked for and, where Twilio cannot be asked, started a second time.',
  },
  {
    name: 'takes a list that Twilio does not give for an empty one, though TwiML may record',
    file: 'lambdas/recording-start/adopt-recording.ts',
    find: "if (reply.kind === 'not-found' && !mayRecord)",
    replace: "if (reply.kind === 'not-found')",
    costs: 'A call that Twilio registers late is recorded twice.',
  },
  {
    name: "takes a dialled leg's recording for the one of its TwiML",
    file: 'lambdas/shared/rules/recording/adoption.ts',
    find: '!OF_OTHER_VERBS.includes(source)',
    replace: 'true',
    costs: 'A call is left unrecorded once its application has ended a recording of its own.',
  },
  {
    name: "believes only the documented sources of Twilio's list where TwiML records",
    file: 'lambdas/shared/rules/recording/adoption.ts',
    find: "startBy === 'twiml' ? !OF_OTHER_VERBS.includes(source) : source === STARTED_OVER_REST",
    replace: 'source === STARTED_OVER_REST',
    costs: 'Whatever Twilio calls its source: a call whose callbacks are lost is recorded twice.',
  },
  {
    name: 'lets the stack decide how recordings begin, whatever the number says',
    file: 'lambdas/incoming-call/incoming-call.ts',
    find: 'policy.startBy ?? deps.startBy',
    replace: 'deps.startBy',
    costs: 'A number that was to try it does not.',
  },
  {
    name: 'trims what TwiML records',
    file: TWIML,
    find: "    trim: 'do-not-trim',\n",
    replace: '',
    costs: 'Times in the audio are not those of the call.',
  },
  {
    name: 'records one channel by TwiML',
    file: TWIML,
    find: "    channels: 'dual',\n",
    replace: '',
    costs: 'Nobody can tell who said what.',
  },
  {
    name: 'has Twilio call back at the end of the recording alone',
    file: TWIML,
    find: "['in-progress', 'completed', 'absent']",
    replace: "['completed', 'absent']",
    costs: 'Each call of more than half a minute is asked for, and pages somebody where Twilio cannot be asked.',
  },
  {
    name: 'has a replaced disclaimer kept under the name of another',
    file: FILE,
    find: "{ 'cache-control': 'no-store' }",
    replace: "{ 'cache-control': FOR_GOOD }",
    costs: 'For a year Twilio plays the wrong disclaimer.',
  },
  {
    name: 'has nothing for who asks for the disclaimer before',
    file: FILE,
    find: '(NAME.test(name) ? find(standard) : undefined)',
    replace: 'undefined',
    costs: 'While a deployment replaces it, callers are recorded and not told.',
  },
  {
    name: 'counts each call that ended before its TwiML could record as lost',
    file: 'lambdas/recording-start/attempt-start.ts',
    find: "progress.kind === 'over' ? { ...progress, reason",
    replace: "progress.kind === 'over' ? { reason",
    costs: 'Callers who hang up at once set off alarms.',
  },
  {
    name: 'lets strangers fetch the disclaimer as often as Twilio may ask for everything',
    file: 'lib/apis/webhook-api.ts',
    find: 'Math.ceil(this.requestsPerSecond / REQUESTS_BESIDE_SOUND)',
    replace: 'this.requestsPerSecond',
    costs: 'A flood of downloads costs as much as API Gateway lets through.',
  },
  {
    name: 'answers with TwiML of the new code while the old takes its callbacks',
    file: 'lib/steps/steps.ts',
    find: "  replaceBefore(steps['recording-callback'], steps['incoming-call']);\n",
    replace: '',
    costs: 'During a deployment calls are asked for that are recorded.',
  },
  {
    name: 'plays the own disclaimer of the stack to everyone whose recording TwiML starts',
    file: 'lambdas/incoming-call/incoming-call.ts',
    find: 'return named ?? disclaimerFile;',
    replace: 'return disclaimerFile;',
    costs: 'Callers are told in a language that they do not speak.',
  },
];
