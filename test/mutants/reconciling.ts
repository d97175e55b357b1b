/** Bugs in the comparison with Twilio's list. */
import type { Mutant } from './mutant.ts';

const RECONCILE = 'lambdas/reconcile/reconcile.ts';

export const RECONCILING: readonly Mutant[] = [
  {
    name: 'flags an extra recording only when it is news',
    file: RECONCILE,
    find: 'for (const callSid of callsWithSeveral) {',
    replace: 'for (const callSid of [] as string[]) {',
    costs: 'An extra recording without audio is not told of, if the request that should flag it fails.',
  },
  {
    name: 'passes over recordings whose callback never came',
    file: RECONCILE,
    find: 'if (!known && !call) return false;',
    replace: 'if (!known) return false;',
    costs: 'A recording stays at Twilio, and nobody knows of it.',
  },
  {
    name: "takes in recordings of other applications' calls",
    file: RECONCILE,
    find: 'if (!known && !call) return false;',
    replace: '',
    costs: "Other applications' recordings are copied, and deleted at Twilio.",
  },
  {
    name: "takes the list's source for a proof",
    file: RECONCILE,
    find: 'applyReport(row, report, deps.clock.now())',
    replace:
      "applyReport(row, report.source === 'StartCallRecordingAPI' ? { ...report, proof: 'callback' } : report, deps.clock.now())",
    costs: "Another application's recording, or an imported one, is deleted at Twilio.",
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
  {
    name: 'moves the window on though some recordings could not be taken in',
    file: RECONCILE,
    find: 'if (failures.length > 0) {',
    replace: 'if (false) {',
    costs: 'What an outage kept out falls out of the window.',
  },
  {
    name: 'does not look back beyond the last run',
    file: RECONCILE,
    find: 'export const OVERLAP_MS = 26 * HOUR;',
    replace: 'export const OVERLAP_MS = 0;',
    costs: 'A call that lasts longer than an hour is not found.',
  },
  {
    name: "reads the first page of Twilio's list alone",
    file: RECONCILE,
    find: '} while (page !== undefined);',
    replace: '} while (false);',
    costs: 'On a busy day most recordings are not looked at.',
  },
];
