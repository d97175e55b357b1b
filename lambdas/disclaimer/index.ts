import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { assetFiles } from '../shared/adapters/asset-files.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { assetFolder, readEnvironment } from '../shared/runtime.ts';
import { serveDisclaimer } from './disclaimer.ts';

const environment = readEnvironment('disclaimer');
const log = powertoolsLog(environment.STAGE);
const dependencies = { find: assetFiles(assetFolder()).find, standard: environment.DISCLAIMER, log };

export const handler = (event: APIGatewayProxyEventV2, context: Context) =>
  log.during(context, async () => serveDisclaimer(dependencies, event));
