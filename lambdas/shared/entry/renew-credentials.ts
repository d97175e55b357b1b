/** After Twilio has refused the credentials: they may have been rotated. */
import type { Log } from '../ports/log.ts';
import type { Credentials, Refusal } from '../ports/twilio.ts';

/** @returns true where Twilio refused the credentials and the secret has now been read again. */
export async function credentialsRenewed(
  { credentials, log }: { readonly credentials: Credentials; readonly log: Log },
  reply: Refusal,
): Promise<boolean> {
  if (reply.status !== 401 && reply.status !== 403) return false;
  log.count('CredentialsInvalid');
  return credentials.refresh();
}
