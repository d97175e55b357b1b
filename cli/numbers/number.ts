/** What a call to a number does. */
import type { PhoneNumber } from '../place/twilio-account.ts';
import type { EarlierSettings } from './memory.ts';

/** Calls of the number reach the recorder. */
export const isPointed = (number: PhoneNumber, voiceUrl: string): boolean =>
  number.voiceUrl === voiceUrl && number.voiceMethod === 'POST' && !number.voiceApplicationSid && !number.trunkSid;

export function doesNow(number: PhoneNumber, voiceUrl: string): string {
  if (!number.voice) return 'takes no calls';
  if (number.trunkSid) return `goes to the SIP trunk ${number.trunkSid}`;
  if (number.voiceApplicationSid) return `runs the TwiML application ${number.voiceApplicationSid}`;
  if (isPointed(number, voiceUrl)) return 'is recorded here';
  if (number.voiceUrl === '') return 'does nothing: no voice URL is set';
  return `asks ${number.voiceMethod} ${number.voiceUrl}`;
}

export const numberAsJson = (number: PhoneNumber, voiceUrl: string) => ({
  ...number,
  pointed: isPointed(number, voiceUrl),
  doesNow: doesNow(number, voiceUrl),
});

export const settingsOf = (number: PhoneNumber, pointedTo: string): EarlierSettings => ({
  ...{ voiceUrl: number.voiceUrl, voiceMethod: number.voiceMethod, pointedTo },
  ...(number.voiceApplicationSid !== undefined && { voiceApplicationSid: number.voiceApplicationSid }),
});

export const settingsAsText = ({ voiceUrl, voiceMethod, voiceApplicationSid }: EarlierSettings): string => {
  if (voiceApplicationSid) return `TwiML application ${voiceApplicationSid}`;
  return voiceUrl === '' ? 'no voice URL' : `${voiceMethod} ${voiceUrl}`;
};
