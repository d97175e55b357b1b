/** Ports of steps that run in the benchmark's own process. */
import type { Log } from '../../lambdas/shared/ports/log.ts';
import type { Credentials } from '../../lambdas/shared/ports/twilio.ts';
import { ACCOUNT } from './twilio.ts';

export const CREDENTIALS: Credentials = {
  current: async () => ({
    accountSid: ACCOUNT.accountSid,
    authTokens: [ACCOUNT.authToken],
    rest: { username: ACCOUNT.apiKeySid, password: ACCOUNT.apiKeySecret },
  }),
  refresh: async () => false,
};

const silent = () => undefined;
export const SILENT_LOG: Log = { info: silent, warn: silent, error: silent, count: silent, measure: silent };
