/** Bugs in what tells others, and in the notes that it tells from. */
import type { Mutant } from './mutant.ts';

const STEP = 'lambdas/announce/announce.ts';
const RULES = 'lambdas/shared/rules/table/events.ts';
const ITEMS = 'lambdas/shared/adapters/aws/table-items.ts';

export const TELLING: readonly Mutant[] = [
  {
    name: 'takes events out of the row before they were accepted',
    file: STEP,
    find: '  const refusals = await deps.bus.put(',
    replace: `  const all = new Set(batch.map(({ event }) => event.id));
  await Promise.all(batch.map(({ row }) => remove(deps, row, all)));
  const refusals = await deps.bus.put(`,
    costs: 'An outage of the bus loses the events that were under way.',
  },
  {
    name: 'takes out what the bus refused',
    file: STEP,
    find: 'if (index in refusals && refusals[index] === undefined) {',
    replace: 'if (index in refusals) {',
    costs: 'An event that was throttled is never told.',
  },
  {
    name: 'does not look at the entries that the bus refused',
    file: 'lambdas/shared/adapters/aws/eventbridge-bus.ts',
    find: "return EventId !== undefined && ErrorCode === undefined ? undefined : (ErrorCode ?? 'no-answer');",
    replace: 'return undefined;',
    costs: 'A request that succeeds hides the events that did not.',
  },
  {
    name: 'forgets the index of pending events',
    file: ITEMS,
    find: '    ...(oldest && pendingEventsEntry(sid, oldest)),\n',
    replace: '',
    costs: 'No event is ever found, and nobody is told anything.',
  },
  {
    name: 'takes out all that a row holds, told or not',
    file: RULES,
    find: 'const left = pendingEvents.filter(({ id }) => !announced.has(id));',
    replace: 'const left = announced.size > 0 ? [] : pendingEvents;',
    costs: 'What happens while an event is under way is lost with it.',
  },
  {
    name: 'notes what happens in place of what is still pending',
    file: RULES,
    find: 'pendingEvents: [...(after.pendingEvents ?? []), ...added] };',
    replace: 'pendingEvents: added };',
    costs: 'An application is told of a stored recording and was never told of its beginning.',
  },
  {
    name: 'tells of every failed copy',
    file: RULES,
    find: 'const kind = entered ? KIND_OF_STATE[after.state] : undefined;',
    replace: "const kind = entered || after.state === 'fallback' ? KIND_OF_STATE[after.state] : undefined;",
    costs: 'A row that cannot be copied grows until it can no longer be written.',
  },
];
