/** The alarm table: whatever is not done, an alarm tells of it, and of lost calls a page within five minutes. */
import { MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { FAILURES, runFailure, tableLines } from './alarm-table.ts';

/** A stranger can cause it, so that one refused call is a notice. */
const NO_PAGE = 'the secret is wrong';

test.each(FAILURES)('$notDone: $what', async (failure) => {
  const row = await runFailure(failure);
  expect(row.first).toBeDefined();
  if (failure.notDone !== 'call') return;
  if (failure.what === NO_PAGE) expect(row.first?.at).toBeLessThanOrEqual(row.since + 5 * MINUTE);
  else expect(row.firstPage?.at).toBeLessThanOrEqual(row.since + 5 * MINUTE);
});

test('the table says how soon, how urgently, and by which alarm', async () => {
  const [failure] = FAILURES;
  const rows = failure ? [await runFailure(failure)] : [];
  expect(tableLines(rows).join('\n')).toMatch(
    /^call +recording-start throws each time +\d min {2}page +[\w-]+-recording-start$/,
  );
});
