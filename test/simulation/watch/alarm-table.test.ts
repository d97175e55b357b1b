/** The alarm table: whatever is not done, an alarm tells of it, and of lost calls a page within five minutes. */
import { MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { runFailure, tableLines } from './alarm-table.ts';
import { FAILURES } from './failures.ts';

/** A stranger can cause it, so that one refused call is a notice. */
const NO_PAGE = 'the secret is wrong';

/** Minutes to the first alarm; to the first page, where a call is lost. */
const WITHIN = { call: 5, copy: 15, deletion: 30, other: 15 };

test.each(FAILURES)('$notDone: $what', async (failure) => {
  const { first, firstPage, since } = await runFailure(failure);
  const { notDone, what, withinMinutes = WITHIN[notDone] } = failure;
  const told = notDone === 'call' && what !== NO_PAGE ? firstPage : first;
  expect(told?.at).toBeLessThanOrEqual(since + withinMinutes * MINUTE);
});

test('the table says how soon, how urgently, and by which alarm', async () => {
  const [failure] = FAILURES;
  const rows = failure ? [await runFailure(failure)] : [];
  expect(tableLines(rows).join('\n')).toMatch(
    /^call +recording-start throws each time +\d min {2}page +[\w-]+-recording-start$/,
  );
});
