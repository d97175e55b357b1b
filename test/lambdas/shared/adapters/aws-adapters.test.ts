import { createHash } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { dynamoDbTable } from '../../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { PART_BYTES, s3AudioStore } from '../../../../lambdas/shared/adapters/aws/s3-audio-store.ts';
import {
  readSecret,
  secretsManagerCredentials,
} from '../../../../lambdas/shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsQueue, sqsVisibility } from '../../../../lambdas/shared/adapters/aws/sqs-queue.ts';
import { changeRow } from '../../../../lambdas/shared/rows/change-row.ts';
import { dueShard } from '../../../../lambdas/shared/rules/table/due-shard.ts';
import type { CallRow, RecordingRow, Row } from '../../../../lambdas/shared/rules/table/rows.ts';
import { UnreadableRow } from '../../../../lambdas/shared/rules/table/unreadable-row.ts';
import { BUCKET, startAws, TABLE_NAME } from './aws.ts';

let system: Awaited<ReturnType<typeof startAws>>;
beforeAll(async () => {
  system = await startAws();
});
afterAll(() => system.close());

import { WAV } from '../../support/wav.ts';

const hex = (digit: string) => digit.repeat(32);
const NOON = Date.parse('2026-03-01T12:00:00.250Z');

const call = (digit: string, over: Partial<CallRow> = {}): CallRow => ({
  kind: 'call',
  callSid: `CA${hex(digit)}`,
  state: 'noted',
  streamSid: `MZ${hex(digit)}`,
  startedAt: NOON,
  waiting: { next: 'start', due: NOON + 1 },
  attempts: 0,
  version: 1,
  writer: 'first',
  ...over,
});

const recording = (digit: string): RecordingRow => ({
  kind: 'recording',
  callSid: `CA${hex(digit)}`,
  recordingSid: `RE${hex(digit)}`,
  state: 'stored',
  twilioUrl: `https://api.twilio.com/2010-04-01/Accounts/AC${hex('0')}/Recordings/RE${hex(digit)}`,
  madeBy: 'recorder',
  source: 'StartCallRecordingAPI',
  channels: 2,
  durationSeconds: 61,
  startTime: NOON - 5000,
  attempts: 0,
  waiting: { next: 'delete', due: NOON },
  claim: { owner: 'somebody', until: NOON + 1000 },
  stored: {
    bucket: BUCKET,
    key: 'recordings/x',
    bytes: 9,
    checksum: 'abc=-2',
    contentType: 'audio/x-wav',
    storedAt: NOON + 3,
  },
  notedAt: NOON,
  completedAt: NOON + 2,
  version: 1,
  writer: 'first',
});

describe('table', () => {
  const table = () => dynamoDbTable(system.clients.dynamodb, TABLE_NAME);

  test('gives back each kind of row as it was written', async () => {
    const rows: Row[] = [
      call('1'),
      recording('1'),
      { kind: 'reconcile', checkedUntil: NOON, version: 1, writer: 'first' },
    ];
    for (const row of rows) expect(await table().write(row, undefined)).toBe('written');
    expect(await table().read({ kind: 'call', callSid: call('1').callSid })).toEqual(rows[0]);
    const { callSid, recordingSid } = recording('1');
    expect(await table().read({ kind: 'recording', callSid, recordingSid })).toEqual(rows[1]);
    expect(await table().read({ kind: 'reconcile' })).toEqual(rows[2]);
    expect(await table().readCall(callSid)).toEqual(rows.slice(0, 2));
  });

  test('keeps the passes of reconcile, with instants that an operator can read', async () => {
    const pass = { begunAt: NOON, knownUntil: NOON - 1, reachesBackTo: NOON - 2, settledUntil: NOON - 3, page: '1 x' };
    const recordings = { checkedUntil: NOON, fullUntil: NOON - 4, fullAt: NOON - 5, fresh: pass, full: pass };
    const known = await table().read({ kind: 'reconcile' });
    const row = { kind: 'reconcile', checkedUntil: NOON, recordings, left: [`RE${hex('1')}`], version: 2 } as const;
    expect(await table().write({ ...row, writer: 'second' }, known?.version)).toBe('written');
    expect(await table().read({ kind: 'reconcile' })).toEqual({ ...row, writer: 'second' });
    const { Item } = await system.clients.dynamodb.send(
      new GetItemCommand({ TableName: TABLE_NAME, Key: { callSid: { S: 'SERVICE' }, item: { S: 'RECONCILE' } } }),
    );
    expect(JSON.stringify(Item)).not.toContain('"N":"17');
  });

  test('says that a row cannot be read, which no repetition cures', async () => {
    const callSid = `CA${hex('c')}`;
    const edited = { callSid: { S: callSid }, item: { S: 'CALL' }, kind: { S: 'call' }, version: { S: 'one' } };
    await system.clients.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: edited }));
    await expect(table().read({ kind: 'call', callSid })).rejects.toThrow(UnreadableRow);
  });

  test('has no row where none was written', async () => {
    expect(await table().read({ kind: 'call', callSid: `CA${hex('f')}` })).toBeUndefined();
    expect(await table().readCall(`CA${hex('f')}`)).toEqual([]);
  });

  test('writes a new row once, and a known row only over the version that was read', async () => {
    expect(await table().write(call('2'), undefined)).toBe('written');
    expect(await table().write(call('2', { writer: 'second' }), undefined)).toBe('conflict');
    expect(await table().write(call('2', { version: 2, writer: 'third' }), 1)).toBe('written');
    expect(await table().write(call('2', { version: 2, writer: 'late' }), 1)).toBe('conflict');
    expect(await table().read({ kind: 'call', callSid: call('2').callSid })).toMatchObject({ writer: 'third' });
  });

  test('lists what is due in a shard, page by page, and nothing else', async () => {
    const sids = Array.from({ length: 105 }, (_, index) => `CA${index.toString(16).padStart(31, '0')}5`);
    await Promise.all(sids.map((callSid) => table().write(call('5', { callSid }), undefined)));
    const later = { next: 'start', due: NOON + 60_000 } as const;
    await table().write(call('5', { callSid: `CA${'e'.repeat(31)}5`, waiting: later }), undefined);
    const { waiting: _settled, ...done } = call('5', { callSid: `CA${'d'.repeat(31)}5`, state: 'recording' });
    await table().write(done, undefined);

    const shard = dueShard('start', sids[0] ?? '');
    const first = await table().due(shard, NOON + 1000);
    const second = await table().due(shard, NOON + 1000, first.next);
    const found = [...first.candidates, ...second.candidates];
    expect(first.candidates).toHaveLength(100);
    expect(found.map(({ callSid }) => callSid).sort()).toEqual([...sids].sort());
    expect(found[0]).toEqual({ next: 'start', callSid: expect.any(String) });
    expect(second.next).toBeUndefined();
  });

  test('names the recording of a due recording', async () => {
    const { callSid, recordingSid } = recording('1');
    const { candidates } = await table().due(dueShard('delete', recordingSid), NOON + 1);
    expect(candidates).toMatchObject([{ next: 'delete', callSid, recordingSid }]);
  });

  test('two changes at once both happen, one after the other', async () => {
    let ids = 0;
    const deps = { table: table(), clock: { now: () => NOON }, randomness: { id: () => `writer ${ids++}` } };
    const key = { kind: 'call', callSid: `CA${hex('7')}` } as const;
    await table().write(call('7'), undefined);
    const increase = () => changeRow(deps, key, (row) => row && { ...row, attempts: row.attempts + 1 });
    await Promise.all([increase(), increase(), increase()]);
    expect(await table().read(key)).toMatchObject({ attempts: 3, version: 4 });
  });

  test('refuses an item that is not a row', async () => {
    const key = { callSid: { S: `CA${hex('6')}` }, item: { S: 'CALL' } };
    await system.clients.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: key }));
    await expect(table().read({ kind: 'call', callSid: `CA${hex('6')}` })).rejects.toThrow('not a row of this version');
  });
});

describe('queue', () => {
  test('delays a message, and sends many in batches', async () => {
    const queue = sqsQueue<{ n: number }>(system.clients.sqs, system.queueUrl);
    await queue.send({ n: 100 }, 600);
    await queue.sendAll(Array.from({ length: 23 }, (_, n) => ({ n })));
    const received: number[] = [];
    const receive = () =>
      system.clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: system.queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      );
    for (let page = await receive(); page.Messages?.length; page = await receive()) {
      received.push(...page.Messages.map(({ Body }) => JSON.parse(Body ?? '').n));
    }
    expect(received.sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, n) => n));
  });

  test('brings a message back when its visibility timeout is set to nothing', async () => {
    const queue = sqsQueue<{ again: boolean }>(system.clients.sqs, system.queueUrl);
    await queue.send({ again: true });
    const receive = () =>
      system.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: system.queueUrl, VisibilityTimeout: 600 }));
    const first = (await receive()).Messages?.[0];
    expect((await receive()).Messages ?? []).toEqual([]);
    await sqsVisibility(system.clients.sqs, system.queueUrl).change(first?.ReceiptHandle ?? '', 0);
    expect((await receive()).Messages?.[0]?.Body).toBe('{"again":true}');
  });
});

describe('audio store', () => {
  async function* chunks(bytes: Buffer, size = 65_536): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
  }
  const noise = (length: number) => {
    const bytes = Buffer.alloc(length);
    for (let offset = 0; offset < length; offset++) bytes[offset] = (offset * 2_654_435_761) >>> 24;
    return bytes;
  };
  const store = () => s3AudioStore(system.clients.s3, BUCKET);
  const stored = async (key: string) => {
    const { Body, ContentType } = await system.clients.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), ContentType };
  };
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64');

  test('stores less than a part in one request, with its SHA-256', async () => {
    const audio = noise(100_001);
    const put = await store().put('recordings/small', chunks(audio), WAV);
    expect(put).toEqual({ kind: 'stored', bytes: 100_001, checksum: sha256(audio) });
    expect(await stored('recordings/small')).toEqual({ bytes: audio, ContentType: 'audio/x-wav' });
    expect(await store().head('recordings/small')).toEqual({
      bytes: 100_001,
      checksum: sha256(audio),
      lastModified: expect.any(Number),
    });
  });

  test.each([
    ['exactly one part', PART_BYTES],
    ['two parts and a rest', 2 * PART_BYTES + 12_345],
  ])('stores %s as S3 composes its checksum', async (name, length) => {
    const audio = noise(length);
    const put = await store().put(`recordings/${name}`, chunks(audio), WAV);
    expect(put.bytes).toBe(length);
    expect((await store().head(`recordings/${name}`))?.checksum).toBe(put.checksum);
    expect((await stored(`recordings/${name}`)).bytes.equals(audio)).toBe(true);
  });

  test('leaves nothing behind where the source breaks off, and lets go of it', async () => {
    let closed = false;
    async function* breaking(): AsyncGenerator<Uint8Array> {
      try {
        yield noise(PART_BYTES + 1000);
        throw new Error('the connection broke');
      } finally {
        closed = true;
      }
    }
    await expect(store().put('recordings/broken', breaking(), WAV)).rejects.toThrow('the connection broke');
    expect(closed).toBe(true);
    expect(await store().head('recordings/broken')).toBeUndefined();
  });

  test('lets go of the source where S3 refuses', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield noise(PART_BYTES);
      } finally {
        closed = true;
      }
    }
    const nowhere = s3AudioStore(system.clients.s3, 'no-such-bucket');
    await expect(nowhere.put('recordings/refused', source(), WAV)).rejects.toThrow();
    expect(closed).toBe(true);
  });

  test('tells an object that is not there from one that cannot be asked for', async () => {
    expect(await store().head('recordings/nothing')).toBeUndefined();
    const command = new HeadObjectCommand({ Bucket: BUCKET, Key: 'recordings/nothing' });
    await expect(system.clients.s3.send(command)).rejects.toThrow();
  });
});

describe('credentials', () => {
  const SECRET = { accountSid: `AC${hex('a')}`, authToken: 'token' };

  test('are read once, and again after a mismatch, at most once a minute, and when they are five minutes old', async () => {
    const { secretsmanager } = system.clients;
    await secretsmanager.send(new CreateSecretCommand({ Name: 'twilio', SecretString: JSON.stringify(SECRET) }));
    let now = NOON;
    const clock = { now: () => now, sleep: async () => undefined };
    const credentials = secretsManagerCredentials({ secretId: 'twilio', clock, client: secretsmanager });
    expect(await credentials.current()).toMatchObject({ authTokens: ['token'] });

    const rotated = { ...SECRET, authToken: 'new', previousAuthToken: 'token' };
    await secretsmanager.send(new PutSecretValueCommand({ SecretId: 'twilio', SecretString: JSON.stringify(rotated) }));
    expect(await credentials.current()).toMatchObject({ authTokens: ['token'] });
    expect(await credentials.refresh()).toBe(false);
    now += 60_000;
    expect(await credentials.refresh()).toBe(true);
    expect(await credentials.current()).toEqual({
      accountSid: SECRET.accountSid,
      authTokens: ['new', 'token'],
      rest: { username: SECRET.accountSid, password: 'new' },
    });

    await secretsmanager.send(new PutSecretValueCommand({ SecretId: 'twilio', SecretString: JSON.stringify(SECRET) }));
    now += 5 * 60_000;
    expect(await credentials.current()).toMatchObject({ authTokens: ['token'] });
  });

  test('a secret that is not there fails, and is asked for again', async () => {
    const { secretsmanager } = system.clients;
    const credentials = secretsManagerCredentials({
      secretId: 'later',
      clock: { now: () => NOON, sleep: async () => undefined },
      client: secretsmanager,
    });
    await expect(credentials.current()).rejects.toThrow();
    await secretsmanager.send(new CreateSecretCommand({ Name: 'later', SecretString: JSON.stringify(SECRET) }));
    expect(await credentials.current()).toMatchObject({ accountSid: SECRET.accountSid });
  });

  test('prefer the API key for REST', () => {
    const secret = JSON.stringify({ ...SECRET, apiKeySid: `SK${hex('b')}`, apiKeySecret: 'secret' });
    expect(readSecret(secret, 'twilio').rest).toEqual({ username: `SK${hex('b')}`, password: 'secret' });
  });

  test.each([
    ['nothing', undefined, 'accountSid must be AC'],
    ['no JSON', 'token', 'authToken is missing'],
    [
      'the empty form',
      '{"accountSid":"","authToken":""}',
      'accountSid must be AC and 32 hex digits; authToken is missing',
    ],
    ['half an API key', JSON.stringify({ ...SECRET, apiKeySid: `SK${hex('b')}` }), 'belong together'],
    ['a malformed API key', JSON.stringify({ ...SECRET, apiKeySid: 'SK1', apiKeySecret: 'x' }), 'apiKeySid must be SK'],
  ])('%s is refused with what to do', (_, secret, problem) => {
    expect(() => readSecret(secret, 'twilio')).toThrow(problem);
    expect(() => readSecret(secret, 'twilio')).toThrow('Store {"accountSid":"AC…"');
  });
});
