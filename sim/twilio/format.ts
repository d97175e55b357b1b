/** How Twilio writes times, durations and paths. */
import type { TwilioState } from './state.ts';

export const API_VERSION = '2010-04-01';

/** RFC 2822 in UTC and whole seconds, such as `Fri, 14 Oct 2016 21:56:34 +0000`. */
export function rfc2822(time: number): string {
  return new Date(time).toUTCString().replace('GMT', '+0000');
}

export function accountPath(state: TwilioState): string {
  return `/${API_VERSION}/Accounts/${state.credentials.accountSid}`;
}

/** Whole seconds between two times; 0 where one is missing. */
export function wholeSeconds(from: number | null, to: number | null): number {
  return from === null || to === null ? 0 : Math.round((to - from) / 1000);
}
