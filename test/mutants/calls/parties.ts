/** Bugs around who called: a call that is found by nobody, or by somebody else, or a number that stands where it must not. */
import type { Mutant } from '../mutant.ts';

const ANSWER = 'lambdas/incoming-call/incoming-call.ts';
const NOTE = 'lambdas/shared/rows/note-party.ts';
const SIDES = 'lambdas/shared/rules/call/unaccounted.ts';
const SEARCH = 'lambdas/shared/rows/search-calls.ts';

export const PARTIES: readonly Mutant[] = [
  {
    name: 'writes nothing that leads from the party to the call',
    file: ANSWER,
    find: "    typeof party === 'string' ? write({ kind: 'party', party, at, call: callSid }) : party?.failed,\n",
    replace: "    typeof party === 'string' ? undefined : party?.failed,\n",
    costs: 'Each call is found an hour late, and those that reach the recorder another way never.',
  },
  {
    name: 'has the caller wait for the key of parties, however long it takes',
    file: ANSWER,
    find: 'return Promise.race([known, clock.sleep(KEY_WITHIN_MS)',
    replace: 'return Promise.race([known, new Promise<never>(() => undefined), clock.sleep(60_000)',
    costs: 'Callers hear silence while a secret cannot be read in time.',
  },
  {
    name: 'makes no party good',
    file: 'lambdas/reconcile/calls.ts',
    find: '  await noteParty(deps, call, row);\n',
    replace: '',
    costs: 'Calls that the table or the secret did not take in time are never found by their callers.',
  },
  {
    name: 'takes a named party for one from which something leads to the call',
    file: NOTE,
    find: 'const isLed = (await table.read(leading)) !== undefined;',
    replace: 'const isLed = row.party !== undefined || (await table.read(leading)) !== undefined;',
    costs: 'A call whose leading row was lost is never found by its caller: its own row says that all is well.',
  },
  {
    name: 'takes our own number for the other party',
    file: SIDES,
    find: 'const number = isOutbound(direction) ? to : from;\n  return isPhoneNumber(number) ? number : undefined;',
    replace: 'const number = isOutbound(direction) ? from : to;\n  return isPhoneNumber(number) ? number : undefined;',
    costs: 'Nobody is found, and everybody by our own number.',
  },
  {
    name: 'keeps the number itself',
    file: 'lambdas/shared/rules/table/party.ts',
    find: "createHmac('sha256', key).update(number).digest('hex')",
    replace: "createHmac('sha256', key).digest('hex') + number",
    costs: 'Whoever reads the table knows who called.',
  },
  {
    name: 'forgets the party when the stream starts',
    file: 'lambdas/shared/rules/call/call.ts',
    find: '  ...(party !== undefined && { party }),\n',
    replace: '',
    costs: 'Every call is made good by reconcile, an hour late, and written twice more.',
  },
  {
    name: 'shows a call by a row that its own row does not bear out',
    file: SEARCH,
    find: ' || holds?.(listed) === false) continue;',
    replace: ') continue;',
    costs: 'A call is shown under the number of somebody who did not call.',
  },
  {
    name: 'writes the number that was asked for into the audit',
    file: 'lambdas/look-up/calls.ts',
    find: 'filterOf({ ...given, party }, asked)',
    replace: 'filterOf(given, asked)',
    costs: 'The table holds telephone numbers for good.',
  },
];
