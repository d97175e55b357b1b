/** Twilio's REST API as the recorder itself uses it, with the stored credentials. */
import type { TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import { withClients } from './clients.ts';
import type { Place } from './place.ts';

/** @param timeouts in milliseconds, where the recorder's own are too short */
export function withTwilio<Value>(
  place: Place,
  use: (twilio: TwilioRest) => Promise<Value>,
  timeouts?: { readonly reply: number; readonly idle: number },
): Promise<Value> {
  return withClients(place, ['secretsmanager'], async ({ secretsmanager }) => {
    const [{ twilioRest }, { secretsManagerCredentials }, { systemClock }] = await Promise.all([
      import('../../lambdas/shared/adapters/twilio/twilio-rest.ts'),
      import('../../lambdas/shared/adapters/aws/secrets-manager-credentials.ts'),
      import('../../lambdas/shared/adapters/clock.ts'),
    ]);
    const credentials = secretsManagerCredentials({
      secretId: place.secretId,
      clock: systemClock,
      client: secretsmanager,
    });
    return use(twilioRest({ apiUrl: place.twilioApiUrl, credentials, ...(timeouts && { timeouts }) }));
  });
}
