import { useCallback, useEffect, useState } from 'preact/hooks';

/** What a view waits for. */
export type Loaded<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'done'; readonly value: Value };

/**
 * Loads when `name` changes, and again on demand. What comes late, for an earlier name, is dropped.
 *
 * @param name says what is loaded
 */
export function useLoaded<Value>(
  name: string,
  load: (signal: AbortSignal) => Promise<Value>,
): { readonly loaded: Loaded<Value>; readonly reload: () => void; readonly replace: (value: Value) => void } {
  const [loaded, setLoaded] = useState<Loaded<Value>>({ state: 'loading' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const ending = new AbortController();
    setLoaded({ state: 'loading' });
    load(ending.signal).then(
      (value) => ending.signal.aborted || setLoaded({ state: 'done', value }),
      (error: unknown) => ending.signal.aborted || setLoaded({ state: 'failed', error }),
    );
    return () => ending.abort();
  }, [name, round]);
  return {
    loaded,
    reload: useCallback(() => setRound((before) => before + 1), []),
    replace: useCallback((value) => setLoaded({ state: 'done', value }), []),
  };
}
