/** Names of disclaimers, checked against what is deployed before any number is changed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../local/support.ts';
import { run } from '../support.ts';

const file = join(temporaryDirectory(), 'cdk-outputs.json');
const outputs = {
  ...{ VoiceUrl: 'https://recorder.test/voice', StreamUrl: 'wss://recorder.test', SecretName: 'secret' },
  ...{ TableName: 'calls', BucketName: 'recordings' },
};
const deployed = (more: object) =>
  writeFileSync(file, JSON.stringify({ 'call-recorder-prod': { ...outputs, ...more } }));
/** Refused before anything is asked of AWS or Twilio. */
const set = (name: string) => run(['numbers', 'set', '--all', '--disclaimer', name, '--outputs', file]);

test('a name that the stack does not have is refused, with those that it has', async () => {
  deployed({ Disclaimers: 'berlin,sales' });
  const { exit, err } = await set('sale');
  expect(exit).toBe(1);
  expect(err).toContain(
    '--disclaimer sale: the stack call-recorder-prod has no such disclaimer, it has: berlin, sales.',
  );
});

test('a stack without any says so', async () => {
  deployed({ Disclaimers: '-' });
  expect((await set('sales')).err).toContain(
    'has no such disclaimer, it has none. Add it to the option disclaimers, and deploy.',
  );
});

test('what cannot be a name is a mistake of usage', async () => {
  deployed({ Disclaimers: 'sales' });
  expect(await set('Sales')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('--disclaimer Sales: NAME is needed'),
  });
});
