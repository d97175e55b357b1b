import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { assetFolder, readEnvironment } from '../shared/runtime.ts';
import { serveDisclaimer } from './disclaimer.ts';

const environment = readEnvironment('disclaimer');
const log = powertoolsLog(environment.STAGE);
const names = readdirSync(assetFolder()).filter((name) => name.endsWith('.wav'));
const dependencies = {
  files: new Map(names.map((name) => [name, readFileSync(join(assetFolder(), name))])),
  standard: environment.DISCLAIMER,
  log,
};

export const handler = (event: APIGatewayProxyEventV2, context: Context) =>
  log.during(context, async () => serveDisclaimer(dependencies, event));
