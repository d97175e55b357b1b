import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { System } from '../../../local/system/system.ts';
import type { TwilioServerEvent } from '../../../local/twilio/server/events.ts';
import { checkCall } from '../../../local/watch/call-check.ts';
import { createCallObserver } from '../../../local/watch/call-observer.ts';
import { temporaryDirectory } from '../support.ts';

const CALL = `CA${'1'.repeat(32)}`;
const RECORDING = `RE${'2'.repeat(32)}`;
const ACCOUNT = `AC${'0'.repeat(32)}`;
const directory = temporaryDirectory();
const media = join(directory, 'media.wav');
const AUDIO = 'RIFF of a call';

/** How a healthy call leaves everything; the tests spoil one thing each. */
const HEALTHY = {
  atTwilio: 404,
  state: 'deleted',
  inS3: AUDIO,
  events: [
    { kind: 'call-started', callSid: CALL, from: '+1', to: '+2', at: 0 },
    { kind: 'twiml-fetched', callSid: CALL, url: 'http://x/voice', status: 200, at: 1 },
    { kind: 'stream-start-sent', callSid: CALL, streamSid: 'MZ', at: 10_000 },
    request(11_000, 404, 20404),
    request(11_300, 201, null),
    { kind: 'recording-started', callSid: CALL, recordingSid: RECORDING, at: 11_300 },
    { kind: 'mark-returned', callSid: CALL, streamSid: 'MZ', name: 'disclaimer-heard', at: 12_000 },
    { kind: 'call-ended', callSid: CALL, status: 'completed', milliseconds: 5000, at: 15_000 },
    {
      kind: 'recording-completed',
      callSid: CALL,
      recordingSid: RECORDING,
      status: 'completed',
      milliseconds: 1,
      at: 16_000,
    },
    { kind: 'callback-sent', callSid: CALL, event: 'completed', status: 204, attempts: 1, at: 16_010 },
    { kind: 'recording-deleted', callSid: CALL, recordingSid: RECORDING, at: 20_000 },
  ] as TwilioServerEvent[],
};
type Situation = typeof HEALTHY;

function request(at: number, status: number, code: number | null): TwilioServerEvent {
  const path = `/2010-04-01/Accounts/${ACCOUNT}/Calls/${CALL}/Recordings.json`;
  return { kind: 'rest-request', method: 'POST', path, status, code, at };
}

let twilio: Server;
let statusAtTwilio = 404;

beforeAll(async () => {
  writeFileSync(media, AUDIO);
  mkdirSync(join(directory, 'data'), { recursive: true });
  twilio = createServer((_, response) => response.writeHead(statusAtTwilio).end());
  await new Promise<void>((resolve) => twilio.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  twilio.closeAllConnections();
  twilio.close();
});

/** Table, bucket and Twilio, as far as the judge asks them. */
function systemIn({ state, inS3 }: Situation): System {
  const stored = { M: { bucket: { S: 'recordings' }, key: { S: `${RECORDING}.wav` } } };
  const item = { callSid: { S: CALL }, item: { S: `RECORDING#${RECORDING}` }, state: { S: state }, stored };
  const port = (twilio.address() as AddressInfo).port;
  return {
    clients: {
      dynamodb: { send: async () => ({ Items: [item] }) },
      s3: { send: async () => ({ Body: Readable.from([Buffer.from(inS3)]) }) },
    },
    deployment: { tableName: 'calls' },
    endpoints: { twilio: { url: `http://127.0.0.1:${port}`, accountSid: ACCOUNT, authToken: 't' } },
  } as unknown as System;
}

async function verdictOn(spoilt: Partial<Situation>) {
  const situation = { ...HEALTHY, ...spoilt };
  statusAtTwilio = situation.atTwilio;
  const callObserver = createCallObserver(() => createReadStream(media));
  for (const event of situation.events) callObserver.observe(event);
  return checkCall(systemIn(situation), join(directory, 'data'), CALL, callObserver.call(CALL));
}

const notSeen = async (spoilt: Partial<Situation>) =>
  (await verdictOn(spoilt)).findings.filter(({ seen }) => !seen).map(({ what }) => what);
const without = (kind: TwilioServerEvent['kind']) => HEALTHY.events.filter((event) => event.kind !== kind);

test('a healthy call is seen from end to end, and its audio is left to be played', async () => {
  const verdict = await verdictOn({});
  expect(verdict.findings.filter(({ seen }) => !seen)).toEqual([]);
  expect(verdict.findings).toHaveLength(9);
  expect(verdict.recordingSid).toBe(RECORDING);
  expect(verdict.audio).toEqual({
    file: join(directory, 'data', 'recordings', `${RECORDING}.wav`),
    bytes: AUDIO.length,
    sha256: createHash('sha256').update(AUDIO).digest('hex'),
  });
  expect(readFileSync(verdict.audio?.file ?? '', 'utf8')).toBe(AUDIO);
});

test.each<[string, Partial<Situation>, RegExp]>([
  [
    'a start request a millisecond too early',
    {
      events: HEALTHY.events.map((event) =>
        event.kind === 'rest-request' && event.status === 404 ? { ...event, at: 10_999 } : event,
      ),
    },
    /no sooner than 1\.000 s/,
  ],
  ['no start request', { events: without('rest-request') }, /no sooner than 1\.000 s/],
  [
    'only refused start requests',
    { events: HEALTHY.events.filter((event) => event.kind !== 'rest-request' || event.status !== 201) },
    /no sooner than 1\.000 s/,
  ],
  [
    'two recordings',
    {
      events: [
        ...HEALTHY.events,
        { kind: 'recording-started', callSid: CALL, recordingSid: `RE${'3'.repeat(32)}`, at: 11_400 },
      ],
    },
    /exactly one recording/,
  ],
  ['no TwiML', { events: without('twiml-fetched') }, /told to stream/],
  ['no stream', { events: without('stream-start-sent') }, /told to stream/],
  ['no disclaimer', { events: without('mark-returned') }, /heard the disclaimer/],
  ['a call that goes on', { events: without('call-ended') }, /call ended/],
  ['no callback', { events: without('callback-sent') }, /called back/],
  [
    'a refused callback',
    { events: HEALTHY.events.map((event) => (event.kind === 'callback-sent' ? { ...event, status: 500 } : event)) },
    /called back/,
  ],
  ['one byte that differs in S3', { inS3: `${AUDIO.slice(0, -1)}!` }, /identical/],
  ['audio that Twilio never had', { events: without('recording-completed') }, /identical/],
  ['a copy that is still at Twilio', { atTwilio: 200 }, /404/],
  ['a deletion that nobody saw', { events: without('recording-deleted') }, /404/],
  ['a row that says otherwise', { state: 'deleting' }, /row says so/],
])('%s is not passed over', async (_, spoilt, expected) => {
  const missed = await notSeen(spoilt);
  expect(missed.join('\n')).toMatch(expected);
});

describe('a call whose recording TwiML starts', () => {
  const begun = { callSid: CALL, at: 1 };
  const [started, fetched, , , , recording, ...rest] = HEALTHY.events.filter(({ kind }) => kind !== 'mark-returned');
  const events = [
    ...[started, fetched],
    { ...begun, kind: 'verb', verb: 'Start' },
    recording,
    { ...begun, kind: 'verb', verb: 'Play' },
    { ...begun, kind: 'played', url: 'http://x/disclaimer/1.wav' },
    ...rest,
  ] as TwilioServerEvent[];

  test('needs neither a stream nor a start request', async () => {
    expect(await notSeen({ events })).toEqual([]);
  });

  test.each<[string, TwilioServerEvent[], RegExp]>([
    ['a request that started another', [...events, request(60_000, 201, null)], /no start was requested/],
    ['a stream', [...events, { ...begun, kind: 'stream-start-sent', streamSid: 'MZ' }], /no stream/],
    ['silence', events.filter(({ kind }) => kind !== 'played'), /heard the disclaimer/],
    [
      'a recording without the disclaimer',
      [...events.filter((event) => event !== recording), recording as TwilioServerEvent],
      /told to record/,
    ],
  ])('%s is not passed over', async (_, spoilt, expected) => {
    expect((await notSeen({ events: spoilt })).join('\n')).toMatch(expected);
  });
});

test('events of other calls change nothing', async () => {
  const other = `CA${'9'.repeat(32)}`;
  const foreign = HEALTHY.events.map((event) => ('callSid' in event ? { ...event, callSid: other } : event));
  expect(
    await notSeen({ events: [...foreign.filter((event) => event.kind !== 'rest-request'), ...HEALTHY.events] }),
  ).toEqual([]);
});
