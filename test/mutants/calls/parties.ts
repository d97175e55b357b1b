/** Bugs around who called: a call that is found by nobody, or by somebody else, or a number that stands where it must not. */
import type { Mutant } from '../mutant.ts';

const ANSWER = 'lambdas/incoming-call/incoming-call.ts';
const NOTE = 'lambdas/shared/rows/note-party.ts';
const SIDES = 'lambdas/shared/rules/call/unaccounted.ts';
const SEARCH = 'lambdas/shared/rows/search-calls.ts';

export const PARTIES: readonly Mutant[] = [
  {
    name: 'names a party whose leading row was not written',
    file: ANSWER,
    find: "await table.write({ kind: 'party', party, at, call: callSid, version: 1, writer: randomness.id() }, undefined);\n    return party;",
    replace:
      "void table.write({ kind: 'party', party, at, call: callSid, version: 1, writer: randomness.id() }, undefined).catch(() => undefined);\n    return party;",
    costs: 'A call whose leading row was lost is found by its caller never again: its row says that all is well.',
  },
  {
    name: 'has the caller wait for the row of the party, however long it takes',
    file: ANSWER,
    find: "    clock.sleep(PARTY_WITHIN_MS).then(() => 'late' as const),\n",
    replace: '',
    costs: 'Calls are not noted while a secret cannot be read in time.',
  },
  {
    name: 'makes no party good',
    file: 'lambdas/reconcile/calls.ts',
    find: '  await noteParty(deps, call, row);\n',
    replace: '',
    costs: 'Calls that the table or the secret did not take in time are never found by their callers.',
  },
  {
    name: 'names the party before the row that leads from it',
    file: NOTE,
    find: "  await table.write({ kind: 'party', party, at, call: callSid, version: 1, writer: randomness.id() }, undefined);\n",
    replace: '',
    costs: 'The calls that are made good are not found.',
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
