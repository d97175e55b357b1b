/** Operands and values of options, and how they are checked before anything is asked for. */
import { isPhoneNumber } from '../../lambdas/shared/rules/values/phone-number.ts';
import { isCallSid, isRecordingSid } from '../../lambdas/shared/rules/values/sids.ts';
import { readTime as readTimeText } from '../../lambdas/shared/rules/values/time-text.ts';
import { type Operand, type OptionHelp, textOf, type Values } from './command.ts';
import { EXIT, Problem } from './problem.ts';

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
  check: (text) => (isPhoneNumber(text) ? undefined : `a number is written as ${NUMBER_FORM}.`),
};

const NUMBER_FORM = 'in +14155550123';

/** The number that an option gives, in E.164. @throws {Problem} with exit code 2 */
export function readPhoneNumber(values: Values, name: string): string {
  const text = textOf(values, name);
  if (text !== undefined && isPhoneNumber(text)) return text;
  const problem = text === undefined ? `--${name} is needed` : `--${name} ${text}`;
  throw new Problem(`${problem}: write the number as ${NUMBER_FORM}.`, EXIT.usage);
}

/** It stands in the table for good. */
const REASON_CHARACTERS_MAX = 200;

export const REASON_OPTION: OptionHelp = {
  type: 'string',
  value: 'TEXT',
  help: `why, in one line of up to ${REASON_CHARACTERS_MAX} characters; must be given`,
};

/** @param where it stays, as a clause. @throws {Problem} with exit code 2 */
export function readReason(values: Values, where: string): string {
  const reason = textOf(values, 'reason')?.trim() ?? '';
  if (reason !== '' && reason.length <= REASON_CHARACTERS_MAX && !/\p{Cc}/u.test(reason)) return reason;
  const form = `one line of 1 to ${REASON_CHARACTERS_MAX} characters`;
  throw new Problem(`Say why by --reason TEXT: ${form}, ${where}.`, EXIT.usage);
}

export const TIME_FORM = '2026-01-31 or 2026-01-31T08:00:00Z';

/**
 * Milliseconds since 1970. Only forms whose meaning does not depend on this machine's time zone.
 *
 * @throws {Problem} with exit code 2
 */
export function readTime(values: Values, name: string): number | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  const time = readTimeText(text);
  if (time !== undefined) return time;
  throw new Problem(`--${name} ${text}: write ${TIME_FORM}.`, EXIT.usage);
}

/** A whole number from 1 to `max`. @throws {Problem} with exit code 2 */
export function readCount(values: Values, name: string, fallback: number, max: number): number {
  const text = textOf(values, name) ?? String(fallback);
  if (/^\d{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
  throw new Problem(`--${name} ${text}: a number from 1 to ${max} is needed.`, EXIT.usage);
}
