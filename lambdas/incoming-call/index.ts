import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { systemClock } from '../shared/adapters/clock.ts';
import { twilioSignatures } from '../shared/adapters/twilio/twilio-signatures.ts';
import { assetFolder, readEnvironment } from '../shared/runtime.ts';
import { incomingCall } from './incoming-call.ts';
import { writeTwiml } from './twiml.ts';

const environment = readEnvironment('incoming-call', undefined, (name) => {
  const file = join(assetFolder(), name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
});
const log = powertoolsLog(environment.STAGE);
const dependencies = {
  publicUrl: environment.PUBLIC_URL,
  streamUrl: environment.STREAM_URL,
  afterDisclaimer: environment.AFTER_DISCLAIMER,
  credentials: secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log }),
  signatures: twilioSignatures,
  writeTwiml,
  clock: systemClock,
  log,
};

export const handler = (event: APIGatewayProxyEventV2, context: Context) =>
  log.during(context, () => incomingCall(dependencies, event));
