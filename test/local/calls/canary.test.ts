/** A canary's call on the whole system: placed, answered, recorded, copied, and its tone found in the object in S3. */
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { dynamoDbTable } from '../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { canaryPrefix } from '../../../lambdas/shared/rules/canary/canary.ts';
import { whyNotHeard } from '../../../lambdas/shared/rules/canary/tone.ts';
import { type System, startSystem } from '../../../local/system/system.ts';
import { sharedAssembly } from '../../lib/synthesized.ts';
import { temporaryDirectory, until } from '../support.ts';

const CANARY = { from: '+15005550006', to: '+15005550010', everyMinutes: 60 };
let system: System;
const logged: { readonly [name: string]: unknown }[] = [];

beforeAll(async () => {
  system = await startSystem({
    root: join(import.meta.dirname, '..', '..', '..'),
    ...{ port: 0, dataDirectory: temporaryDirectory(), keepAtTwilioSeconds: 86_400, registrationDelay: () => 500 },
    assemblyDirectory: await sharedAssembly({ canary: CANARY }),
    scheduleSpeed: 30,
    onEvent: (event) => {
      if (event.kind === 'log' && event.line.record) logged.push(event.line.record);
    },
  });
  const { twilio, voiceUrl } = system.endpoints;
  const { accountSid, authToken = '' } = twilio;
  const numbers = `${twilio.url}/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers`;
  const headers = { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` };
  await fetch(`${numbers}/PN${'2'.repeat(32)}.json`, {
    ...{ method: 'POST', headers },
    body: new URLSearchParams({ VoiceUrl: voiceUrl }),
  });
});
afterAll(() => system.stop());

const line = (event: string) => logged.find((one) => one.event === event);

test('its tone is found in S3, on the channel of the calling side', async () => {
  await until(() => line('canary_heard') !== undefined, 'the canary has arrived');
  const { key } = line('canary_heard') as { key: string };
  expect(key.startsWith(canaryPrefix(Date.now()))).toBe(true);
  const { Body } = await system.clients.s3.send(new GetObjectCommand({ Bucket: system.endpoints.bucket, Key: key }));
  expect(whyNotHeard(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBeUndefined();

  const table = dynamoDbTable(system.clients.dynamodb, system.endpoints.table);
  const [, , , calledSid = ''] = key.split('/');
  expect(await table.read({ kind: 'call', callSid: calledSid })).toMatchObject({ state: 'recording', canary: true });
  const { callSid } = line('canary_placed') as { callSid: string };
  expect(await table.read({ kind: 'call', callSid })).toMatchObject({ state: 'unrecordable', canary: true });
  expect(logged.filter(({ event }) => event === 'canary_placed')).toHaveLength(1);
});
