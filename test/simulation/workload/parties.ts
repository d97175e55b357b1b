/** Who calls, and the auth tokens of the account. */
export const OLD_TOKEN = 'the first auth token';
export const NEW_TOKEN = 'the second auth token';
export const CALLER = '+14155550100';
/** Callers of the number; the last ones have no number that anybody could be found by. */
export const CALLERS = [CALLER, '+14155550101', '+14155550102', 'anonymous', 'sip:caller@example.test'] as const;
