/** What else lies in the table about a call must not undo a copy that is proven, nor have it made again. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import { dynamoDbTable } from '../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import type { Table } from '../../../lambdas/shared/ports/table.ts';
import { startAws, TABLE_NAME } from '../shared/adapters/aws.ts';
import { breakPort, nth, withAround } from '../support/faults.ts';
import { CALL, callRow, RECORDING, recordingRow, recordingSid, twilioRecording } from '../support/fixtures.ts';
import { audioOf } from '../support/scripted-twilio.ts';
import { wavFile } from '../support/wav.ts';
import { makeWorld, type World } from '../support/world.ts';

const FILE = wavFile();
const MESSAGE = { callSid: CALL, recordingSid: RECORDING };
const OURS = recordingSid('2');

let aws: Awaited<ReturnType<typeof startAws>>;
beforeAll(async () => {
  aws = await startAws();
});
afterAll(() => aws.close());

let world: World;
beforeEach(() => {
  world = makeWorld();
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording() });
  world.twilio.answer('openAudio', () => audioOf(FILE));
});
const downloads = () => world.twilio.timesOf('openAudio').length;
const isExtra = async (table: Table) => (await table.read({ kind: 'recording', ...MESSAGE }))?.extra;

describe('a row of the call that this version cannot read', () => {
  const unreadable = { callSid: CALL, item: `RECORDING#${recordingSid('3')}`, kind: 'from a later version' };
  let table: Table;
  beforeEach(async () => {
    table = dynamoDbTable(aws.clients.dynamodb, TABLE_NAME);
    await aws.clients.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: marshall(unreadable) }));
  });

  test('leaves the copy as it is, is named in the log, and does not hide an extra recording', async () => {
    await table.write(callRow({ recordingSid: OURS, state: 'recording' }), undefined);
    await table.write(recordingRow(), undefined);
    const deps = { ...world, table };
    await expect(table.readCall(CALL)).rejects.toThrow('is not a row of this version');
    for (let receives = 1; receives < 4; receives++) {
      expect(await recordingCopy(deps, MESSAGE, receives, 'message')).toEqual({ outcome: 'done' });
    }
    expect(downloads()).toBe(1);
    expect(await table.read({ kind: 'recording', ...MESSAGE })).toMatchObject({ state: 'stored', attempts: 0 });
    expect(await isExtra(table)).toBe(true);
    expect(world.log.line('row_unreadable')).toMatchObject({ level: 'error', callSid: CALL, key: unreadable.item });
    expect(world.log.counts.RecordingStored).toBe(1);
  });
});

describe('a call that cannot be looked through', () => {
  beforeEach(() =>
    world.given(
      callRow({ state: 'recording', recordingSid: OURS }),
      recordingRow(),
      recordingRow({ recordingSid: OURS, state: 'in-progress' }),
    ),
  );

  test('for a moment: the copy is made once, and the next delivery of its message flags it', async () => {
    breakPort(world.table, 'readCall', nth(1));
    await expect(recordingCopy(world, MESSAGE, 1, 'message')).rejects.toThrow();
    expect(await world.recording()).toMatchObject({ state: 'stored' });
    expect(await isExtra(world.table)).toBeUndefined();
    expect(await recordingCopy(world, MESSAGE, 2, 'message')).toEqual({ outcome: 'done' });
    expect(await isExtra(world.table)).toBe(true);
    expect(downloads()).toBe(1);
    expect(world.log.counts).toEqual({ RecordingStored: 1, ExtraRecording: 1 });
  });

  test('because the environment died: the same', async () => {
    const dying = withAround(world, async (name, request) => {
      if (name === 'table.readCall') throw new Error('killed');
      return request();
    });
    await expect(recordingCopy(dying, MESSAGE, 1, 'message')).rejects.toThrow('killed');
    await recordingCopy(world, MESSAGE, 2, 'message');
    expect(await isExtra(world.table)).toBe(true);
    expect(downloads()).toBe(1);
  });
});
