/** Copies a recording by lib-storage with its defaults, with the whole SDK of Twilio. */
import { get } from 'node:https';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Upload } from '@aws-sdk/lib-storage';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { SQSEvent } from 'aws-lambda';
import { credentials, twilioClient } from './whole-twilio.ts';

const table = new DynamoDBClient({});
const queue = new SQSClient({});
const bucket = new S3Client({});
const TableName = process.env.TABLE_NAME;

export async function handler(event: SQSEvent) {
  for (const record of event.Records) {
    const { callSid, recordingSid } = JSON.parse(record.body) as { callSid: string; recordingSid: string };
    const Key = marshall({ callSid, item: `RECORDING#${recordingSid}` });
    await table.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    try {
      const recording = await (await twilioClient()).recordings(recordingSid).fetch();
      const { accountSid, authToken } = await credentials();
      const url = `${process.env.TWILIO_API_URL}/2010-04-01/Accounts/${accountSid}/Recordings/${recording.sid}.wav?RequestedChannels=2`;
      const Body = await open(url, `${accountSid}:${authToken}`);
      const Bucket = process.env.BUCKET_NAME;
      await new Upload({ client: bucket, params: { Bucket, Key: `${callSid}/${recordingSid}.wav`, Body } }).done();
      await table.send(new PutItemCommand({ TableName, Item: { ...Key, state: { S: 'stored' } } }));
    } catch (error) {
      console.error(error);
      const again = { QueueUrl: process.env.RECORDING_COPY_QUEUE_URL, MessageBody: record.body, DelaySeconds: 60 };
      await queue.send(new SendMessageCommand(again));
    }
  }
  return { batchItemFailures: [] };
}

function open(url: string, auth: string): Promise<import('node:http').IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { auth }, (reply) =>
      reply.statusCode === 200 ? resolve(reply) : reject(new Error(`Twilio answered ${reply.statusCode}`)),
    ).once('error', reject);
  });
}
