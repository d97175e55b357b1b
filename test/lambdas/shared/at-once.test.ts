import { settledAtOnce } from '../../../lambdas/shared/at-once.ts';

test('no more items are worked on at a time than are allowed, each has its turn, and what failed is in its place', async () => {
  let running = 0;
  let most = 0;
  const results = await settledAtOnce(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    if (item === 2) throw new Error('two');
    return item * 10;
  });
  expect(most).toBe(3);
  expect(results.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'))).toEqual([
    10,
    'failed',
    30,
    40,
    50,
    60,
    70,
  ]);
});
