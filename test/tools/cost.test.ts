import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Counts } from '../../cli/cost/counted.ts';
import type { CallQuantities } from '../../cli/cost/prices.ts';
import { tables } from '../../tools/cost/tables.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('docs/cost.md is what the counts and the prices come to', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/cost.ts', '--check'], { cwd: ROOT, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test('the command that it names counts and prices', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(scripts.cost).toBe('node tools/cost.ts');
});

describe('the tables', () => {
  const nothing: CallQuantities = {
    webSocketMessages: 0,
    webSocketConnectionMinutes: 0,
    httpRequests: 0,
    lambdaRequests: 0,
    lambdaGigabyteSeconds: 0,
    sqsRequests: 0,
    dynamoDbWriteUnits: 0,
    dynamoDbReadUnits: 0,
    s3Writes: 0,
    s3Reads: 0,
    secretReads: 0,
    eventBridgeEvents: 0,
    logBytes: 0,
  };
  const counts: Counts = {
    calls: [
      { seconds: 600, quantities: { ...nothing, webSocketMessages: 150 } },
      { seconds: 7200, quantities: { ...nothing, s3Writes: 30 } },
    ],
    scheduled: [{ step: 'sweep', minutesBetween: 1, dynamoDbReads: 10, otherRequests: 0 }],
    queues: 1,
    alarmedMetrics: 7,
    dashboards: 1,
    metrics: 2,
  };
  const row = (name: string): readonly string[] => {
    const line = tables(counts)
      .split('\n')
      .find((candidate) => candidate.startsWith(`| ${name} |`));
    return (line ?? '')
      .split('|')
      .slice(2, -1)
      .map((cell) => cell.trim());
  };

  it.each([
    // 150 messages at a dollar a million, a thousand times.
    ['WebSocket messages', ['0.150', '0.000']],
    // 30 requests at half a cent a thousand, a thousand times.
    ['S3 requests', ['0.000', '0.150']],
    // 10 and 120 minutes at 0.05 cents, twelve months.
    ['no recorder, a year at Twilio', ['60.00', '720']],
    // 19.2 MB and 230 MB at 2.3 cents a GB, twelve months, and one request each.
    ["Twilio's own storage in your S3 bucket", ['4.94', '59.23']],
    ['metrics that alarms watch', ['7', '0.700']],
    ['metrics of a healthy system', ['2', '0.600']],
    ['dashboards', ['1', '3.00']],
    ['the secrets', ['2', '0.800']],
    // 2920, 730 and 61 calls at 2.9 cents: 1.4 and 0.85 for the two sides, 0.4 and 0.25 for stream and recording.
    ['Twilio: both sides, stream and recording', ['84.68', '21.17', '1.76']],
    // Four metrics with alarms, and one of its own.
    ['AWS: alarms and metric', ['0.700', '0.700', '0.700']],
  ])('%s', (name, cells) => {
    expect(row(name)).toEqual(cells);
  });

  it('a Lambda for each frame costs what 50 invocations and messages a second do', () => {
    const perFrame = 1 / 1e6 + 0.2 / 1e6 + 0.125 * 0.001 * 0.0000133334 + (350 / 1e9) * 0.5;
    const [ours = '', theirs = ''] = [row('this recorder, as it is')[0], row('a Lambda for each audio frame')[0]];
    expect(Number(theirs) - Number(ours)).toBeCloseTo(1000 * 600 * 50 * perFrame, 1);
  });
});
