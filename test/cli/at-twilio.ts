/** A table, a bucket, a secret, and a Twilio that answers what the test wants: as much of a system as some commands need. */
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { BUCKET, startAws, TABLE_NAME } from '../lambdas/shared/adapters/aws.ts';
import { ACCOUNT } from '../lambdas/support/fixtures.ts';
import { temporaryDirectory } from '../local/support.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export async function startAtTwilio() {
  const directory = temporaryDirectory();
  const aws = await startAws();
  const replies: { resource: Answer; audio: Answer } = { resource: notFound, audio: notFound };
  const twilio = createServer((request, response) => {
    const answer = request.url?.includes('.wav') ? replies.audio : replies.resource;
    answer(request, response);
  });
  await new Promise<void>((done) => twilio.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(twilio.address() as AddressInfo).port}`;
  await aws.clients.secretsmanager.send(
    new CreateSecretCommand({
      Name: 'twilio',
      SecretString: JSON.stringify({ accountSid: ACCOUNT, authToken: 'token-of-the-tests' }),
    }),
  );
  const { endpoints } = aws.aws;
  writeFileSync(
    join(directory, 'endpoints.json'),
    JSON.stringify({
      ...{ voiceUrl: 'http://127.0.0.1:1/voice', publicUrl: 'http://127.0.0.1:1', twilio: { url } },
      ...{ table: TABLE_NAME, bucket: BUCKET, secret: 'twilio', queues: { 'x-recording-start': url } },
      aws: { region: 'us-east-1', accessKeyId: 'test', secretAccessKey: 'test', endpoints },
    }),
  );
  return {
    directory,
    local: `--local=${directory}`,
    url,
    /** What Twilio answers for a recording, and for its audio. */
    replies,
    table: dynamoDbTable(aws.clients.dynamodb, TABLE_NAME),
    clients: aws.clients,
    async close(): Promise<void> {
      twilio.closeAllConnections();
      twilio.close();
      await aws.close();
    },
  };
}

export const notFound: Answer = (_request, response) => void response.writeHead(404).end('{}');

export const json =
  (body: object): Answer =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const bytes =
  (body: Buffer, contentType: string): Answer =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': contentType, 'content-length': body.length }).end(body);
