/**
 * More of the simulation than `npm test` has time for.
 *
 * In the long tests: `simulation.test.ts` asks the same of fewer histories. These find rarer bugs, and those of a second crash.
 */
import { crashEverywhere } from './crashes.ts';
import { simulate, summary } from './simulate.ts';

test('a thousand histories break nothing, and hardly a kind of fault is missed at a site', async () => {
  const { status, output } = await simulate('--histories', '1000');
  expect(summary(output, 'violations')).toBe('none');
  expect(summary(output, 'histories')).toMatch(/^1000 \(seeds 1 to 1000\)/);
  expect(status).toBe(0);
  const [, pairs, hit] = /pairs of fault kind and site: (\d+); hit: (\d+)/.exec(output) ?? [];
  expect(Number(pairs)).toBeGreaterThan(300);
  expect(Number(hit) / Number(pairs)).toBeGreaterThan(0.97);
  expect(Number(/^draws: \d+; hit: \d+; least: (\d+)$/m.exec(output)?.[1])).toBeGreaterThanOrEqual(1);
});

test('every fault at every request of a call, and crashes at a sample of pairs of requests, break nothing', async () => {
  const { sites, histories, failures } = await crashEverywhere({ pairs: 11 });
  expect(failures.map(({ faults, violations }) => ({ faults, violations }))).toEqual([]);
  // Each step of the way is among the sites; every site is hit in six ways at least, and then again by pairs.
  expect(sites).toBeGreaterThan(60);
  expect(histories).toBeGreaterThan(20 * sites);
});

test('nor does any fault at a request of a call whose recording TwiML starts', async () => {
  const { sites, failures } = await crashEverywhere({ pairs: 'none', startBy: 'twiml' });
  expect(failures.map(({ faults, violations }) => ({ faults, violations }))).toEqual([]);
  expect(sites).toBeGreaterThan(50);
});
