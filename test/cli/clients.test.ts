/** A request ends, whatever the other side does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { explain } from '../../cli/command/explain.ts';
import { REQUESTS, withClients } from '../../cli/place/clients.ts';

let silent: Server;
beforeAll(async () => {
  silent = createServer(() => undefined);
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

test('a service that takes a request and never answers is given up', async () => {
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const endpoints = { dynamodb: url, s3: url, sqs: url, secretsmanager: url };
  const aws = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, endpoints };
  // The limits of the commands, shorter.
  const requests = { requestHandler: { ...REQUESTS.requestHandler, requestTimeout: 50 }, maxAttempts: 1 };
  const command = new GetItemCommand({ TableName: 'calls', Key: { callSid: { S: 'CA1' } } });
  const asked = withClients({ aws }, ['dynamodb'], ({ dynamodb }) => dynamodb.send(command), requests);
  const error = await asked.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'TimeoutError' });
  const place = { title: 'the stack sales', ifSilent: 'Is it deployed?' };
  expect(explain(error, place).message).toBe('The stack sales does not answer. Is it deployed?');
});
