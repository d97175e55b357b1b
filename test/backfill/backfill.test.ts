import { temporaryDirectory } from '../local/support.ts';
import { runBackfill } from './backfill.ts';

test('an import that is killed half-way goes on: each recording is stored, none twice', async () => {
  const findings = await runBackfill({
    ...{ recordings: 60, conferences: 2, perSecond: 30, inFlight: 10 },
    directory: temporaryDirectory(),
    write: () => undefined,
  });
  expect(findings.filter(({ seen }) => !seen)).toEqual([]);
  expect(findings).toHaveLength(6);
});
