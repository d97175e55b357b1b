/** Bugs around disclaimers that numbers name: callers hear another than their law or language wants. */
import type { Mutant } from '../mutant.ts';

const STREAM = 'lambdas/stream-connect/stream-connect.ts';

export const DISCLAIMERS: readonly Mutant[] = [
  {
    name: 'does not bind the disclaimer to the token',
    file: 'lambdas/shared/rules/call/stream-token.ts',
    find: "const bound = disclaimer === undefined ? ''",
    replace: "const bound = disclaimer !== null ? ''",
    costs: 'Anyone between Twilio and here chooses what a caller hears.',
  },
  {
    name: 'tells the stream no name',
    file: 'lambdas/incoming-call/twiml.ts',
    find: '  if (disclaimer !== undefined) noun.parameter({ name: STREAM_DISCLAIMER_PARAMETER, value: disclaimer });\n',
    replace: '',
    costs: 'The calls of a number with a disclaimer of its own are not recorded.',
  },
  {
    name: 'plays the own disclaimer of the stack to everyone',
    file: STREAM,
    find: '  if (named !== undefined) return named;\n',
    replace: '',
    costs: 'Callers are told in a language that they do not speak.',
  },
  {
    name: 'tells nobody of a disclaimer that there is not',
    file: STREAM,
    find: "  log.count('PolicyUnreadable');\n",
    replace: '',
    costs: 'For months callers hear another disclaimer than their number says.',
  },
  {
    name: 'deploys no named disclaimer',
    file: 'lib/steps/call-steps.ts',
    find: 'Object.entries(files).map(([name, path])',
    replace: 'Object.entries(files).slice(1).map(([name, path])',
    costs: 'Callers hear another disclaimer than their number says.',
  },
  {
    name: 'checks no file of a named disclaimer',
    file: 'lib/configuration/schema.ts',
    find: 'v.safeParse(disclaimer, file).issues ?? []',
    replace: '[] as { message: string }[]',
    costs: 'A deployment breaks off in the middle of its synthesis, without a word that helps.',
  },
];
