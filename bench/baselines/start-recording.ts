/** Starts a recording for each message, with the whole SDK of Twilio. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { SQSEvent } from 'aws-lambda';
import { twilioClient } from './whole-twilio.ts';

const table = new DynamoDBClient({});
const queue = new SQSClient({});
const TableName = process.env.TABLE_NAME;

export async function handler(event: SQSEvent) {
  for (const record of event.Records) {
    const { callSid } = JSON.parse(record.body) as { callSid: string };
    const Key = marshall({ callSid, item: 'CALL' });
    const { Item } = await table.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    if (Item?.recordingSid !== undefined) continue;
    await table.send(new PutItemCommand({ TableName, Item: { ...Key, state: { S: 'starting' } } }));
    const client = await twilioClient();
    try {
      const { sid } = await client.calls(callSid).recordings.create({
        recordingChannels: 'dual',
        recordingStatusCallback: `${process.env.PUBLIC_URL}/recording-callback`,
        recordingStatusCallbackEvent: ['in-progress', 'completed', 'absent'],
      });
      await table.send(new PutItemCommand({ TableName, Item: marshall({ callSid, item: 'CALL', recordingSid: sid }) }));
    } catch (error) {
      console.error(error);
      const again = { QueueUrl: process.env.RECORDING_START_QUEUE_URL, MessageBody: record.body, DelaySeconds: 1 };
      await queue.send(new SendMessageCommand(again));
    }
  }
  return { batchItemFailures: [] };
}
