/** The body of a loopback server's process; it ends with its parent. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { awsJson } from './aws-json.ts';
import { ObjectStore } from './object-store.ts';
import type { LoopbackArguments } from './server.ts';
import { createTwilio } from './twilio.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as LoopbackArguments;
const objects = new ObjectStore();
const twilio = createTwilio(options);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.startsWith('/2010-04-01/')) return twilio.answer(request, response);
  if (request.headers['x-amz-target'] !== undefined) return awsJson(request, response);
  return objects.answer(request, response);
}

const server = createServer(
  { key: readFileSync(options.keyFile), cert: readFileSync(options.certificateFile), highWaterMark: 256 * 1024 },
  (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A client that goes away in the middle is its own affair; anything else must be seen.
      if (!request.destroyed) console.error(error);
      response.destroy();
    });
  },
);
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
