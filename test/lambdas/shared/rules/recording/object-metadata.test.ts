/** What an object says of its recording. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METADATA_BYTES_MAX, objectMetadata } from '../../../../../lambdas/shared/rules/recording/object-metadata.ts';
import { CALL, RECORDING, recordingRow, twilioRecording } from '../../../support/fixtures.ts';
import { fc } from '../../../support/properties.ts';
import { NOON } from '../../../support/time.ts';

const DOCUMENT = join(import.meta.dirname, ...Array(5).fill('..'), 'docs', 'states.md');
const ENCRYPTION = { publicKeySid: 'CR1', encryptedCek: '+Y2Vr/=', iv: 'aXY=' };

test('is what the row could be rebuilt from', () => {
  const said = objectMetadata(recordingRow(), twilioRecording({ encryption: ENCRYPTION }), 'prod');
  expect(said).toEqual({
    'call-sid': CALL,
    'recording-sid': RECORDING,
    'encryption-key-sid': 'CR1',
    'encryption-cek': '+Y2Vr/=',
    'encryption-iv': 'aXY=',
    stage: 'prod',
    'made-by': 'recorder',
    proof: 'reply',
    'start-time': '2026-03-01T12:00:00.000Z',
    'duration-seconds': '1',
    channels: '2',
    source: 'StartCallRecordingAPI',
  });
});

test('has the names that the document lists', () => {
  const [, section = ''] = readFileSync(DOCUMENT, 'utf8').split('\n## What an object says of itself\n');
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const names = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  const said = objectMetadata(recordingRow(), twilioRecording({ encryption: ENCRYPTION }), 'prod');
  expect(names).toEqual(Object.keys(said));
});

test('is what the row knows where Twilio says nothing, and nothing where nobody knows', () => {
  const row = recordingRow({ madeBy: 'other', durationSeconds: 9, channels: 1, startTime: NOON, source: 'DialVerb' });
  expect(objectMetadata(row, {}, 'prod')).toMatchObject({
    'made-by': 'other',
    'duration-seconds': '9',
    channels: '1',
    'start-time': '2026-03-01T12:00:00.000Z',
    source: 'DialVerb',
  });
  const {
    'call-sid': _call,
    'recording-sid': _recording,
    ...rest
  } = objectMetadata(recordingRow({ madeBy: 'other' }), {}, 'x');
  expect(rest).toEqual({ stage: 'x', 'made-by': 'other' });
});

test.each(['+15005550006', '15005550006', 'a b', 'é', ''])(
  'a source that is no word of Twilio’s, %j, is left out',
  (source) => {
    expect(objectMetadata(recordingRow(), { source }, 'prod')).not.toHaveProperty('source');
  },
);

test('whatever Twilio says, it fits into headers and into S3’s limit, and names the recording', () => {
  const text = fc.string({ unit: 'binary', maxLength: 3000 });
  const encryption = fc.record({ publicKeySid: text, encryptedCek: text, iv: text });
  fc.assert(
    fc.property(fc.record({ source: text, encryption }, { requiredKeys: [] }), text, (said, stage) => {
      const metadata = objectMetadata(recordingRow(), said, stage);
      expect(metadata).toMatchObject({ 'call-sid': CALL, 'recording-sid': RECORDING });
      const texts = Object.entries(metadata).flat();
      expect(Buffer.byteLength(texts.join(''))).toBeLessThanOrEqual(METADATA_BYTES_MAX);
      for (const one of texts) expect(one).toMatch(/^[\x21-\x7e]+$/);
    }),
  );
});
