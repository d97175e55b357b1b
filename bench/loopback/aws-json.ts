/** The services that speak JSON: Secrets Manager, DynamoDB with single items, SQS and EventBridge that take everything. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { reply } from './bodies.ts';
import { ACCOUNT } from './twilio.ts';

type Item = { readonly [name: string]: unknown };

const items = new Map<string, Item>();
const keyOf = (key: Item): string => JSON.stringify([key.callSid, key.item]);

export async function awsJson(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await json(request)) as { readonly [name: string]: unknown };
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  const type = request.headers['content-type'] ?? 'application/x-amz-json-1.1';
  reply(response, 200, answerOf(operation, body), { 'content-type': type });
}

function answerOf(operation: string, body: { readonly [name: string]: unknown }): object {
  switch (operation) {
    case 'GetSecretValue':
      return {
        ARN: `arn:aws:secretsmanager:us-east-1:000000000000:secret:${body.SecretId}`,
        Name: body.SecretId,
        SecretString: JSON.stringify({ accountSid: ACCOUNT.accountSid, authToken: ACCOUNT.authToken }),
      };
    case 'GetItem': {
      const known = items.get(keyOf(body.Key as Item));
      return known === undefined ? {} : { Item: known };
    }
    case 'PutItem':
      items.set(keyOf(body.Item as Item), body.Item as Item);
      return {};
    case 'Query': {
      const values = Object.values(body.ExpressionAttributeValues as Item).map((value) => JSON.stringify(value));
      const found = [...items.values()].filter(({ callSid }) => values.includes(JSON.stringify(callSid)));
      return { Items: found, Count: found.length, ScannedCount: found.length };
    }
    case 'PutEvents':
      return { FailedEntryCount: 0, Entries: [{ EventId: '4' }] };
    case 'SendMessage':
      return { MessageId: '4' };
    case 'ChangeMessageVisibility':
      return {};
    default:
      throw new Error(`The loopback server does not know ${operation}: add it to bench/loopback/aws-json.ts.`);
  }
}
