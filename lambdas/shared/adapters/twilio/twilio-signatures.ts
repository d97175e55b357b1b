/** Twilio's request signatures, by Twilio's own library. */
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { Signatures } from '../../ports/twilio.ts';

/** @see https://www.twilio.com/docs/usage/security#validating-requests */
export const twilioSignatures: Signatures = {
  isValid: (authTokens, signature, url, parameters) =>
    authTokens.some((authToken) => validateRequest(authToken, signature, url, parameters)),
};
