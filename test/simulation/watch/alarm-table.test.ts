/** The alarm table: whatever is not done, an alarm tells of it, and of lost calls a page within five minutes. */
import { MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { FAILURES, runFailure, tableLines } from './alarm-table.ts';

/** What the deployed alarms do not tell of in time: the oldest call that should be recorded and is not is not measured. */
const NOT_IN_TIME = new Set([
  'the queues are out',
  'Twilio is down',
  'Twilio answers 404 to every start',
  'Twilio answers 21220, and does not know the call',
  "Twilio answers 503, and the call's list cannot be read",
  'nothing takes the starts off their queue',
  // A stranger can cause it, so that one refused call is a notice.
  'the secret is wrong',
]);

test.each(FAILURES.filter(({ what }) => !NOT_IN_TIME.has(what)))('$notDone: $what', async (failure) => {
  const row = await runFailure(failure);
  expect(row.first).toBeDefined();
  if (failure.notDone === 'call') expect(row.firstPage?.at).toBeLessThanOrEqual(row.since + 5 * MINUTE);
});

test('the table says how soon, how urgently, and by which alarm', async () => {
  const [failure] = FAILURES;
  const rows = failure ? [await runFailure(failure)] : [];
  expect(tableLines(rows).join('\n')).toMatch(
    /^call +recording-start throws each time +\d min {2}page +[\w-]+-recording-start$/,
  );
});
