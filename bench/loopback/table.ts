/** The loopback server's table, seen from the benchmark itself. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { fromItem, itemKey, toItem } from '../../lambdas/shared/adapters/aws/table-items.ts';
import { applyReport } from '../../lambdas/shared/rules/recording/recording.ts';
import type { Certificate } from './certificate.ts';
import { CALL_SID, RECORDING_SID } from './credentials.ts';

const KEY = { kind: 'recording', callSid: CALL_SID, recordingSid: RECORDING_SID } as const;

/** Puts down that Twilio has completed the recording, as `recording-callback` does. */
export async function noteRecording(url: string, certificate: Certificate): Promise<void> {
  const twilioUrl = 'https://api.twilio.test/recording';
  const report = { ...KEY, status: 'completed', twilioUrl, proof: 'reply', channels: 2 } as const;
  const { kind: _kind, ...known } = report;
  const row = applyReport(undefined, known, Date.now());
  if (row === undefined) throw new Error('A first recording must change the row.');
  const item = toItem({ ...row, version: 1, writer: 'bench' });
  await ask(url, certificate, 'PutItem', { Item: marshall(item, { removeUndefinedValues: true }) });
}

/** The state of the recording's row. */
export async function stateOfRecording(url: string, certificate: Certificate): Promise<string> {
  const { Item } = await ask(url, certificate, 'GetItem', { Key: marshall(itemKey(KEY)) });
  const row = Item && fromItem(unmarshall(Item));
  return row?.kind === 'recording' ? row.state : 'unknown';
}

type Reply = { readonly Item?: Parameters<typeof unmarshall>[0] };

function ask(url: string, { certificateFile }: Certificate, operation: string, body: object): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const sent = request(url, { method: 'POST', headers, ca: readFileSync(certificateFile) }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      reply.once('end', () => resolve(JSON.parse(text) as Reply));
    });
    sent.once('error', reject);
    sent.end(JSON.stringify(body));
  });
}
