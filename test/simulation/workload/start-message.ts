import { ACCOUNT_SID } from '../world/deployment.ts';

/** What begins a stream. */
export const startMessage = (callSid: string, customParameters: object) => ({
  event: 'start',
  start: { streamSid: `MZ${callSid.slice(2)}`, accountSid: ACCOUNT_SID, callSid, customParameters },
});
