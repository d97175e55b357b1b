/** The loopback server's table, seen from the benchmark itself. */
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import type { Table } from '../../lambdas/shared/ports/table.ts';
import { applyReport } from '../../lambdas/shared/rules/recording/recording.ts';
import type { Certificate } from './server.ts';
import { CALL_SID, recordingSidOf } from './twilio.ts';

const RECORDING = { callSid: CALL_SID, recordingSid: recordingSidOf(CALL_SID) } as const;

/** Puts down that Twilio has completed the recording, as `recording-callback` does. */
export async function noteRecording(url: string, certificate: Certificate): Promise<void> {
  const twilioUrl = 'https://api.twilio.test/recording';
  const report = { ...RECORDING, status: 'completed', twilioUrl, proof: 'reply', channels: 2 } as const;
  const row = applyReport(undefined, report, Date.now());
  if (row === undefined) throw new Error('A first recording must change the row.');
  await withTable(url, certificate, (table) => table.write({ ...row, version: 1, writer: 'bench' }, undefined));
}

export async function stateOfRecording(url: string, certificate: Certificate): Promise<string> {
  const row = await withTable(url, certificate, (table) => table.read({ kind: 'recording', ...RECORDING }));
  return row?.state ?? 'unknown';
}

async function withTable<T>(endpoint: string, { certificateFile }: Certificate, use: (table: Table) => Promise<T>) {
  const credentials = { accessKeyId: 'BENCH', secretAccessKey: 'bench' };
  const requestHandler = { httpsAgent: { ca: readFileSync(certificateFile) } };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, requestHandler });
  try {
    return await use(dynamoDbTable(client, 'table'));
  } finally {
    client.destroy();
  }
}
