import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { writeJsonAtomically } from './atomic-file.ts';

/** The simulated Twilio's account: the same in every start, with secrets of this directory's own. */
export function simulatedTwilioCredentials(file: string): TwilioCredentialsSecret {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as TwilioCredentialsSecret;
  const credentials: TwilioCredentialsSecret = {
    accountSid: `AC${'0'.repeat(32)}`,
    authToken: randomBytes(16).toString('hex'),
    apiKeySid: `SK${'0'.repeat(32)}`,
    apiKeySecret: randomBytes(16).toString('hex'),
  };
  writeJsonAtomically(file, credentials);
  return credentials;
}
