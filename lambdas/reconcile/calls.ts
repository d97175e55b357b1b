/** Notes calls of our numbers of which the table knows nothing, with what Twilio says of them. */
import type { CallsPage, Refusal, TwilioCall, TwilioNumber } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { noteParty } from '../shared/rows/note-party.ts';
import {
  callBeganAt,
  isToBeKnown,
  isUnaccounted,
  neverNoted,
  type OwnNumbers,
  ownNumbers,
} from '../shared/rules/call/unaccounted.ts';
import { isCanaryCall } from '../shared/rules/canary/canary.ts';
import type { CallRow } from '../shared/rules/table/rows.ts';
import {
  type EntriesPage,
  type Entry,
  entriesPage,
  type List,
  type ReconcileDependencies,
  type Run,
  UnreadableEntry,
} from './run.ts';

interface FoundNumbers {
  readonly ours: OwnNumbers;
  /** Numbers of the account that could not be read. */
  readonly unreadable: number;
}

/** The account's telephone numbers, listed once in a run. A list that fails is asked for again. */
export type NumbersOfRun = () => Promise<FoundNumbers | Refusal>;

export function numbersOfRun(deps: ReconcileDependencies): NumbersOfRun {
  let found: FoundNumbers | undefined;
  return async () => {
    if (found) return found;
    const listed = await listNumbers(deps);
    if ('reason' in listed) return listed;
    found = { ours: ownNumbers(listed.numbers, deps.voiceUrl), unreadable: listed.unreadable };
    return found;
  };
}

export function callList({ deps, failures }: Run, numbersOf: NumbersOfRun): List {
  let begun = false;
  return {
    name: 'calls',
    async read(from, page) {
      const found = await numbersOf();
      if ('reason' in found) return found;
      const { ours, unreadable } = found;
      if (!begun && unreadable > 0) failures.push(new Error(`${unreadable} telephone numbers could not be read.`));
      begun = true;
      // Where no number is ours, no call is.
      if (ours.size === 0) return { kind: 'page', entries: [], unnamed: 0 };
      const reply = await deps.twilio.callsSince(from, page);
      return reply.kind === 'page' ? entriesOf(deps, reply, ours) : reply;
    },
    end: async () => undefined,
  };
}

async function listNumbers({
  twilio,
}: ReconcileDependencies): Promise<
  { readonly numbers: readonly TwilioNumber[]; readonly unreadable: number } | Refusal
> {
  const numbers: TwilioNumber[] = [];
  let unreadable = 0;
  let page: string | undefined;
  do {
    const reply = await twilio.numbers(page);
    if (reply.kind !== 'page') return reply;
    if (reply.isCut) return { kind: 'doubtful', reason: 'numbers-list-is-cut' };
    numbers.push(...reply.numbers);
    unreadable += reply.unreadable;
    page = reply.next;
  } while (page !== undefined);
  return { numbers, unreadable };
}

function entriesOf(deps: ReconcileDependencies, page: CallsPage, numbers: OwnNumbers): EntriesPage {
  const { calls, passedOver = [] } = page;
  const entries: Entry[] = calls.map((call) => ({
    ...{ sid: call.callSid, at: callBeganAt(call) },
    settle: async () => isToBeKnown(call, numbers) && account(deps, call),
  }));
  for (const sid of passedOver) entries.push({ sid, at: undefined, settle: () => settleUnreadable(deps, sid) });
  return entriesPage(entries, page, passedOver.length);
}

/** A call that is not over is left to a later run. One that has a row may lack its party: that is made good here. */
async function account(deps: ReconcileDependencies, call: TwilioCall): Promise<boolean> {
  if (call.progress !== 'over') return false;
  const { callSid } = call;
  const isCanary = isCanaryCall(deps.canary, call);
  const { row, changed } = await changeRow(deps, { kind: 'call', callSid }, (known) =>
    known ? undefined : { ...neverNoted(call, deps.clock.now()), ...(isCanary && { canary: true as const }) },
  );
  if (changed) tellFound(deps, call, row, isCanary);
  await noteParty(deps, call, row);
  return changed;
}

function tellFound(
  { log }: ReconcileDependencies,
  call: TwilioCall,
  row: CallRow | undefined,
  isCanary: boolean,
): void {
  // An alarm of its own tells of a canary that does not arrive.
  const unaccounted = !isCanary && isUnaccounted(call);
  if (unaccounted) log.count('CallUnaccounted');
  log[unaccounted ? 'error' : 'info']('A call was found of which the table knew nothing', {
    ...{ event: 'call_reconciled', callSid: call.callSid, reason: row?.reason },
  });
}

async function settleUnreadable({ table }: ReconcileDependencies, callSid: string): Promise<boolean> {
  if (await table.read({ kind: 'call', callSid })) return false;
  throw new UnreadableEntry();
}

/** Asks for one call whose entry, or whose row, could not be read. @throws {UnreadableEntry} where that is still so */
export async function accountAgain({ deps }: Run, numbersOf: NumbersOfRun, callSid: string): Promise<boolean> {
  const reply = await deps.twilio.call(callSid);
  if (reply.kind === 'not-found') return false;
  if (reply.kind !== 'found') throw new UnreadableEntry(reply.reason);
  const found = await numbersOf();
  if ('reason' in found) throw new UnreadableEntry(found.reason);
  return isToBeKnown(reply.call, found.ours) && account(deps, reply.call);
}
