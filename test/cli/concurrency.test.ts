/** Work on several items ends as a whole, also where a part of it fails. */
import { setImmediate } from 'node:timers/promises';
import { forEachConcurrently } from '../../cli/command/concurrency.ts';

test('no more are in work than may be', async () => {
  let [inWork, most] = [0, 0];
  const done: number[] = [];
  await forEachConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
    inWork += 1;
    most = Math.max(most, inWork);
    await setImmediate();
    inWork -= 1;
    done.push(item);
  });
  expect([most, done]).toEqual([2, [1, 2, 3, 4, 5]]);
});

test('after a failure none is begun, and those in work end before it is thrown', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = forEachConcurrently([1, 2, 3, 4, 5], 2, async (item, failed) => {
    begun.push(item);
    await setImmediate();
    if (item === 1) throw new Error('first');
    while (!failed.aborted) await setImmediate();
    await setImmediate();
    ended.push(item);
    throw new Error('second');
  });
  await expect(work).rejects.toThrow('first');
  expect([begun, ended]).toEqual([[1, 2], [2]]);
});

test('where the list of items breaks off, those in work end too', async () => {
  const ended: number[] = [];
  async function* items() {
    yield 1;
    throw new Error('broken off');
  }
  const work = forEachConcurrently(items(), 2, async (item) => {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    ended.push(item);
  });
  await expect(work).rejects.toThrow('broken off');
  expect(ended).toEqual([1]);
});
