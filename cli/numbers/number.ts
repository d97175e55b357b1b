/** What a call to a number does. */
import type { PhoneNumber } from '../place/twilio-account.ts';
import { beforeAsText, isOurs, readSetting, redirectOf } from './setting.ts';

/** Calls of the number reach the recorder. */
export const isPointed = (number: PhoneNumber, voiceUrl: string): boolean =>
  isOurs(number.voiceUrl, voiceUrl) && number.voiceMethod === 'POST' && !number.voiceApplicationSid && !number.trunkSid;

export function doesNow(number: PhoneNumber, voiceUrl: string): string {
  if (!number.voice) return 'takes no calls';
  if (number.trunkSid) return `goes to the SIP trunk ${number.trunkSid}`;
  if (number.voiceApplicationSid) return `runs the TwiML application ${number.voiceApplicationSid}`;
  if (isPointed(number, voiceUrl)) {
    return readSetting(number.voiceUrl, voiceUrl).policy.record === 'off'
      ? 'comes here, and is not recorded'
      : 'is recorded here';
  }
  if (number.voiceUrl === '') return 'does nothing: no voice URL is set';
  return `asks ${number.voiceMethod} ${number.voiceUrl}`;
}

export function numberAsJson(number: PhoneNumber, voiceUrl: string) {
  const pointed = isPointed(number, voiceUrl);
  const setting = pointed ? readSetting(number.voiceUrl, voiceUrl) : undefined;
  return { ...number, pointed, doesNow: doesNow(number, voiceUrl), ...setting };
}

/** As a row of {@link NUMBER_COLUMNS}. */
export function numberAsRow(number: PhoneNumber, voiceUrl: string): string[] {
  const start = [number.phoneNumber, number.friendlyName];
  const state = doesNow(number, voiceUrl);
  if (!isPointed(number, voiceUrl)) return [...start, state, '', '', '', '', ''];
  const { policy, before } = readSetting(number.voiceUrl, voiceUrl);
  const { team = '', record = 'on', disclaimer = '' } = policy;
  return [...start, state, goesOnTo(policy), team, record, disclaimer, beforeAsText(before)];
}

export const NUMBER_COLUMNS = ['NUMBER', 'NAME', 'A CALL', 'APPLICATION', 'TEAM', 'RECORD', 'DISCLAIMER', 'BEFORE'];

function goesOnTo(policy: ReturnType<typeof readSetting>['policy']): string {
  if (policy.after?.kind === 'dial') return policy.after.number;
  return redirectOf(policy)?.url ?? 'as configured';
}
