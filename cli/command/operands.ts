/** What stands behind a command's name, and how it is checked before anything is asked for. */
import { isCallSid, isRecordingSid } from '../../lambdas/shared/rules/values/sids.ts';
import type { Operand } from './command.ts';

export const CALL_SID: Operand = {
  name: 'CA…',
  required: true,
  check: (text) => (isCallSid(text) ? undefined : 'a call SID is CA and 32 hex digits in lowercase letters.'),
};
export const RECORDING_SID: Operand = {
  name: 'RE…',
  required: true,
  check: (text) => (isRecordingSid(text) ? undefined : 'a recording SID is RE and 32 hex digits in lowercase letters.'),
};
export const PHONE_NUMBER: Operand = {
  name: '+1…',
  required: true,
  check: (text) => (/^\+[1-9]\d{5,14}$/.test(text) ? undefined : 'a number is written as in +14155550123.'),
};
