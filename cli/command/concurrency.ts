/** Work on several items concurrently. */
import pMap from 'p-map';

/**
 * Once one has failed, no other is begun. Those in work come to their end before the error is thrown: nothing goes on
 * behind it.
 *
 * @param act gets a signal that is aborted once one has failed, for those that wait
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
