/** Every view has an address: a path and parameters behind `#`. */
export type Route =
  | { readonly view: 'calls'; readonly filters: Filters }
  | { readonly view: 'call'; readonly callSid: string }
  | { readonly view: 'audit'; readonly filters: Filters }
  | { readonly view: 'theatre' }
  | { readonly view: 'unknown' };

/** By name; empty ones are left out. */
export type Filters = { readonly [name: string]: string };

export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const filters = Object.fromEntries([...new URLSearchParams(query)].filter(([, value]) => value !== ''));
  if (path === '' || path === 'calls') return { view: 'calls', filters };
  const [, callSid] = /^calls\/(CA[0-9a-f]{32})$/.exec(path) ?? [];
  if (callSid !== undefined) return { view: 'call', callSid };
  if (path === 'audit') return { view: 'audit', filters };
  if (path === 'theatre') return { view: 'theatre' };
  return { view: 'unknown' };
}

export function addressOf(path: string, filters: Filters = {}): string {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== '')).toString();
  return `#/${path}${query === '' ? '' : `?${query}`}`;
}
