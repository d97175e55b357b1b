/** Credentials of nobody, for a Twilio that checks none. */
export const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
export const AUTH_TOKEN = '1'.repeat(32);
export const CALL_SID = `CA${'2'.repeat(32)}`;
export const RECORDING_SID = `RE${'3'.repeat(32)}`;
