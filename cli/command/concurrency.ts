/** Work on several items concurrently. */
import pMap from 'p-map';

/**
 * After a failure it begins no other item. It throws the error once all that had begun have ended, so that nothing runs on
 * in the background.
 *
 * @param act gets a signal that is aborted at the first failure, for items that wait
 */
export async function forEachConcurrently<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  act: (item: Item, failed: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  async function* untilFailure(): AsyncGenerator<Item> {
    try {
      for await (const item of items) {
        if (failure.signal.aborted) return;
        yield item;
      }
    } catch (error) {
      failure.abort(error);
    }
  }
  const guarded = (item: Item) => act(item, failure.signal).catch((error: unknown) => failure.abort(error));
  await pMap(untilFailure(), guarded, { concurrency });
  failure.signal.throwIfAborted();
}
