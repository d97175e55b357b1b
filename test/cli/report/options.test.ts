/** What is wrong with the command line of a certificate is said before anything is asked for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../local/support.ts';
import { run } from '../support.ts';

describe('nothing is asked for', () => {
  test.each([
    ['without days', [], /--month YYYY-MM, or --from DATE --to DATE/],
    ['with a month and days', ['--month', '2026-10', '--from', '2026-10-01'], /--month YYYY-MM, or --from/],
    ['with a month that there is not', ['--month', '2026-13'], /--month 2026-13: write a month/],
    ['with half a range', ['--from', '2026-10-01'], /both needed/],
    ['with a time of day', ['--from', '2026-10-01T08:00:00Z', '--to', '2026-10-02'], /write a day/],
    ['backwards', ['--from', '2026-10-02', '--to', '2026-10-01'], /must not be after/],
    ['with a sample and all', ['--month', '2026-10', '--all', '--sample', '3'], /exclude each other/],
    ['with a seed that is none', ['--month', '2026-10', '--seed', '<b>'], /--seed/],
    ['with a time that is none', ['--month', '2026-10', '--kept', 'long'], /--kept/],
  ])('%s', async (_what, args, message) => {
    const { exit, err } = await run(['report', '--local=/nowhere', ...args]);
    expect([exit, err]).toEqual([2, expect.stringMatching(message)]);
  });

  test('where the page cannot be written', async () => {
    const file = join(temporaryDirectory(), 'none', 'page.html');
    const { exit, err } = await run(['report', '--local=/nowhere', '--month', '2026-10', '--html', file]);
    expect([exit, existsSync(file), err]).toEqual([1, false, expect.stringMatching(/There is no folder/)]);
  });
});
