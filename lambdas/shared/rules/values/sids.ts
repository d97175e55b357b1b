/**
 * SIDs: Twilio's identifiers, two letters for the kind and 32 lower-case hex digits.
 *
 * Whatever reaches a URL, an S3 key or a table key has passed one of these checks first.
 */

const sidPattern = (prefix: string) => new RegExp(`^${prefix}[0-9a-f]{32}$`);

const CALL = sidPattern('CA');
const RECORDING = sidPattern('RE');
const ACCOUNT = sidPattern('AC');
const STREAM = sidPattern('MZ');
const API_KEY = sidPattern('SK');

const matches =
  (pattern: RegExp) =>
  (value: unknown): value is string =>
    typeof value === 'string' && pattern.test(value);

export const isCallSid = matches(CALL);
export const isRecordingSid = matches(RECORDING);
export const isAccountSid = matches(ACCOUNT);
export const isStreamSid = matches(STREAM);
export const isApiKeySid = matches(API_KEY);
