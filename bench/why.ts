/** Why a row misses its goal, where it does on a quiet machine; each was found by a profile, as docs/performance.md tells. */
export const WHY: { readonly [row: number]: string } = {};
