import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { secretsManagerPartyKey } from '../shared/adapters/aws/look-ups/secrets-manager-party-key.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { BRIEF_REQUESTS, QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { twilioSignatures } from '../shared/adapters/twilio/twilio-signatures.ts';
import { assetFolder, readEnvironment } from '../shared/runtime.ts';
import { incomingCall } from './incoming-call.ts';
import { writeTwiml } from './twiml.ts';

const environment = readEnvironment('incoming-call', undefined, (name) => {
  const file = join(assetFolder(), name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
});
const log = powertoolsLog(environment.STAGE);
const client = new SecretsManagerClient(QUICK_REQUESTS);
const dependencies = {
  publicUrl: environment.PUBLIC_URL,
  streamUrl: environment.STREAM_URL,
  startBy: environment.START_BY,
  disclaimerFile: environment.DISCLAIMER,
  disclaimerFiles: environment.DISCLAIMERS,
  canary: environment.CANARY,
  afterDisclaimer: environment.AFTER_DISCLAIMER,
  credentials: secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log, client }),
  partyKey: secretsManagerPartyKey(client, environment.PARTY_SECRET_ID),
  signatures: twilioSignatures,
  table: dynamoDbTable(new DynamoDBClient(BRIEF_REQUESTS), environment.TABLE_NAME, environment.EVENTS),
  writeTwiml,
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: APIGatewayProxyEventV2, context: Context) =>
  log.during(context, () => incomingCall(dependencies, event));
