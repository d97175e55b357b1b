/** Who calls, and the auth tokens of the account. */
export const OLD_TOKEN = 'the first auth token';
export const NEW_TOKEN = 'the second auth token';
export const CALLER = '+14155550100';
