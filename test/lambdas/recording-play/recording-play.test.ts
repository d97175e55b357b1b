import { type PlayRequest, recordingPlay } from '../../../lambdas/recording-play/recording-play.ts';
import type { OpenedAudio, Refusal } from '../../../lambdas/shared/ports/twilio.ts';
import { PLAYED_BYTES_MAX } from '../../../lambdas/shared/rules/recording/playable.ts';
import type { RecordingRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { CALL, callSid, RECORDING, recordingRow, recordingSid } from '../support/fixtures.ts';
import {
  audioOf,
  BAD_REQUEST,
  LOST_REPLY,
  NOT_FOUND,
  SERVER_ERROR,
  TOO_MANY,
  UNAUTHORIZED,
} from '../support/scripted-twilio.ts';
import { brokenOff, collect, inChunks, wavFile } from '../support/wav.ts';
import { makeWorld, type World } from '../support/world.ts';

const FILE = wavFile();
const PATH = `/${CALL}/${RECORDING}`;
const SIGNER = 'arn:aws:sts::123456789012:assumed-role/look-up/session';
const ENCRYPTION = { publicKeySid: 'CR1', encryptedCek: 'cek', iv: 'iv' };
const STORED = { bucket: 'b', key: 'k', bytes: 5, checksum: 'c', contentType: 'audio/x-wav', storedAt: 0 };
/** A second of two channels, 32,000 bytes, less than 200 MB by what rounding and header may add. */
const LONGEST_WAV_SECONDS = 6248;

let world: World;
beforeEach(() => {
  world = makeWorld();
  world.twilio.answer('openAudio', () => audioOf(FILE));
});

const given = (row: Partial<RecordingRow> = {}) => world.given(recordingRow(row));
const serve = (audio: Partial<OpenedAudio>) => world.twilio.answer('openAudio', () => ({ ...audioOf(FILE), ...audio }));
const play = (over: Partial<PlayRequest> = {}) =>
  recordingPlay(world, {
    rawPath: PATH,
    requestContext: { http: { method: 'GET' }, authorizer: { iam: { userArn: SIGNER } } },
    ...over,
  });
const asked = () => world.twilio.requests.map(({ request }) => request);

async function read(body: string | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (typeof body === 'string') throw new Error(body);
  return collect(body);
}

async function refused(status: number, message: RegExp): Promise<void> {
  const { statusCode, headers, body } = await play();
  expect([statusCode, JSON.parse(String(body))]).toEqual([status, { error: expect.stringMatching(message) }]);
  expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
}

describe('a recording that is at Twilio only', () => {
  test.each(['completed', 'fallback'] as const)('is passed on as it is: %s', async (state) => {
    await given({ state, channels: 2 });
    const { statusCode, headers, body } = await play();
    expect([statusCode, headers]).toEqual([
      200,
      {
        'content-type': 'audio/x-wav',
        'content-length': String(FILE.length),
        'content-disposition': `inline; filename="${RECORDING}.wav"`,
        'cache-control': 'no-store',
        'accept-ranges': 'none',
      },
    ]);
    world.clock.advance(MINUTE);
    expect((await read(body)).equals(FILE)).toBe(true);
    expect(asked()).toEqual([[RECORDING, 2, 'wav']]);
  });

  test('is noted with who has signed, bytes and seconds, once it was played', async () => {
    await given();
    const { body } = await play();
    expect(world.log.events()).toEqual([]);
    const reading = read(body);
    world.clock.advance(2500);
    await reading;
    expect(world.log.lines).toEqual([
      {
        level: 'info',
        message: 'A recording was played from Twilio',
        ...{ event: 'recording_played', callSid: CALL, recordingSid: RECORDING },
        ...{ bytes: FILE.length, seconds: 2.5, caller: SIGNER },
      },
    ]);
  });

  test('goes without a length where Twilio tells none', async () => {
    await given();
    const { contentLength: _, ...audio } = audioOf(FILE);
    world.twilio.answer('openAudio', audio);
    const { headers, body } = await play();
    expect(headers).not.toHaveProperty('content-length');
    expect((await read(body)).equals(FILE)).toBe(true);
  });

  test('that is encrypted is passed on as it is, too', async () => {
    await given({ encryption: ENCRYPTION, durationSeconds: LONGEST_WAV_SECONDS, channels: 2 });
    expect((await read((await play()).body)).equals(FILE)).toBe(true);
  });

  test('that is encrypted, which only Twilio knows, may come as bytes of no type', async () => {
    await given({ durationSeconds: 5, channels: 2 });
    serve({ contentType: 'application/octet-stream' });
    const { statusCode, headers, body } = await play();
    expect([statusCode, headers['content-type']]).toEqual([200, 'application/octet-stream']);
    expect((await read(body)).equals(FILE)).toBe(true);
  });
});

describe('a recording that is too long for Lambda', () => {
  test.each([
    [LONGEST_WAV_SECONDS, 2, 'wav'],
    [LONGEST_WAV_SECONDS + 1, 2, 'mp3'],
    [LONGEST_WAV_SECONDS + 1, undefined, 'mp3'],
    [LONGEST_WAV_SECONDS + 1, 1, 'wav'],
    [2 * LONGEST_WAV_SECONDS + 2, 1, 'mp3'],
    [undefined, 2, 'wav'],
  ] as const)('%s s of %s channels: %s', async (durationSeconds, channels, format) => {
    await given({
      ...(durationSeconds !== undefined && { durationSeconds }),
      ...(channels !== undefined && { channels }),
    });
    const { statusCode, headers } = await play();
    expect(statusCode).toBe(200);
    expect(headers['content-disposition']).toBe(`inline; filename="${RECORDING}.${format}"`);
    expect(asked()).toEqual([[RECORDING, channels, format]]);
  });

  test('and encrypted is not asked for: there is no MP3 of it', async () => {
    await given({ encryption: ENCRYPTION, durationSeconds: 20_000, channels: 2 });
    await refused(413, /too long to be played.*recordings download RE1+ --call CA1+$/);
    expect(asked()).toEqual([]);
  });

  test('and encrypted, which only Twilio knows, is refused as MP3', async () => {
    await given({ durationSeconds: 20_000, channels: 2 });
    world.twilio.answer('openAudio', BAD_REQUEST);
    await refused(413, /too long to be played.*recordings download/);
    await world.given(recordingRow({ recordingSid: recordingSid('2'), durationSeconds: 1 }));
    expect((await play({ rawPath: `/${CALL}/${recordingSid('2')}` })).statusCode).toBe(502);
  });

  test('by the length that Twilio tells, is closed and not begun', async () => {
    await given();
    const close = jest.fn();
    serve({ contentLength: PLAYED_BYTES_MAX + 1, close });
    await refused(413, /too long/);
    expect(close).toHaveBeenCalledTimes(1);
    serve({ contentLength: PLAYED_BYTES_MAX, close });
    expect((await play()).statusCode).toBe(200);
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('without a length, breaks off rather than to end where Lambda would cut it', async () => {
    await given();
    const { contentLength: _, ...audio } = audioOf(FILE);
    const piece = new Uint8Array(PLAYED_BYTES_MAX / 2);
    world.twilio.answer('openAudio', {
      ...audio,
      bytes: (async function* () {
        yield piece;
        yield piece;
        yield new Uint8Array(1);
      })(),
    });
    const { body } = await play();
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of body as AsyncIterable<Uint8Array>) bytes += chunk.length;
    })();
    await expect(reading).rejects.toThrow('too-long-to-play');
    expect(bytes).toBe(PLAYED_BYTES_MAX);
  });
});

describe('a source that breaks off', () => {
  test.each([
    ['with an error', () => audioOf(FILE, { bytes: brokenOff(FILE, 1000) })],
    ['before its length, without one', () => audioOf(FILE, { bytes: inChunks(FILE.subarray(0, -1)) })],
    ['after more than its length', () => audioOf(FILE, { bytes: inChunks(Buffer.concat([FILE, FILE])) })],
  ])('%s, breaks the reply, and is logged as an error', async (_, audio) => {
    await given();
    world.twilio.answer('openAudio', audio());
    const { body } = await play();
    await expect(read(body)).rejects.toThrow();
    expect(world.log.events()).toEqual(['recording_play_broke_off']);
    expect(world.log.line('recording_play_broke_off')).toMatchObject({ level: 'error', callSid: CALL, caller: SIGNER });
  });
});

test('a listener who leaves closes the connection to Twilio, and is noted with what was heard', async () => {
  await given();
  let closed = false;
  const audio = (async function* () {
    try {
      for (;;) yield new Uint8Array(100);
    } finally {
      closed = true;
    }
  })();
  serve({ bytes: audio });
  const { body } = await play();
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    expect(chunk).toHaveLength(100);
    break;
  }
  expect(closed).toBe(true);
  expect(world.log.lines).toMatchObject([
    { level: 'info', event: 'recording_played', bytes: 100, reason: 'listener-left' },
  ]);
});

describe('is refused, and Twilio is not asked', () => {
  test.each([
    ['no path', ''],
    ['the root', '/'],
    ['a call alone', `/${CALL}`],
    ['a recording of no form', `/${CALL}/RE1`],
    ['a call of no form', `/CA1/${RECORDING}`],
    ['capital letters', `/${CALL}/RE${'A'.repeat(32)}`],
    ['more behind it', `${PATH}/x`],
    ['a slash at its end', `${PATH}/`],
    ['something before it', `/x${PATH}`],
    ['a way out', `/${CALL}/../${RECORDING}`],
    ['another path at Twilio', `/${CALL}/${RECORDING}.json`],
    ['the swapped SIDs', `/${RECORDING}/${CALL}`],
  ])('%s', async (_, rawPath) => {
    await given();
    const read = jest.spyOn(world.table, 'read');
    const { statusCode, body } = await play({ rawPath });
    expect([statusCode, body]).toEqual([400, expect.stringMatching(/must be a call SID and a recording SID/)]);
    expect([read.mock.calls, asked()]).toEqual([[], []]);
  });

  test.each(['POST', 'HEAD', 'DELETE', undefined])('the method %s', async (method) => {
    await given();
    const { statusCode } = await play({ requestContext: { http: { ...(method !== undefined && { method }) } } });
    expect([statusCode, asked()]).toEqual([405, []]);
  });

  test('an event that is none', async () => {
    expect((await recordingPlay(world, {})).statusCode).toBe(405);
  });

  test("a recording that is unknown, or another call's", async () => {
    await refused(404, /No such recording/);
    await given();
    expect((await play({ rawPath: `/${callSid('2')}/${RECORDING}` })).statusCode).toBe(404);
    expect((await play({ rawPath: `/${CALL}/${recordingSid('2')}` })).statusCode).toBe(404);
    expect(asked()).toEqual([]);
  });

  test.each(['stored', 'deleting', 'deleted'] as const)('what is in S3 by now: %s', async (state) => {
    await given({ state, stored: STORED });
    await refused(410, /in S3 by now\. Look the call up again/);
    expect(asked()).toEqual([]);
  });

  test.each([
    ['in-progress', /still being recorded/],
    ['absent', /too short or silent/],
    ['failed', /failed/],
  ] as const)('what has no audio: %s', async (state, why) => {
    await given({ state });
    await refused(404, why);
    expect(asked()).toEqual([]);
  });
});

describe('where Twilio refuses', () => {
  beforeEach(() => given());

  test('the credentials, they are read again and it is asked once more', async () => {
    world.twilio.answer('openAudio', UNAUTHORIZED, audioOf(FILE));
    expect((await read((await play()).body)).equals(FILE)).toBe(true);
    expect([world.credentials.refreshes, world.log.counts.CredentialsInvalid]).toEqual([1, 1]);
  });

  test.each([401, 403])('the credentials for good (%i), that is said and counted', async (status) => {
    const reply: Refusal = { kind: 'refused', status, reason: `status ${status}` };
    world.twilio.answer('openAudio', reply);
    await refused(502, /refuses the recorder's credentials/);
    expect(asked()).toHaveLength(2);
    // Read a moment ago: it is not asked in vain.
    await refused(502, /refuses the recorder's credentials/);
    expect([asked().length, world.log.counts.CredentialsInvalid]).toEqual([3, 2]);
  });

  test.each<[string, Refusal, number, RegExp]>([
    ['does not have it yet', NOT_FOUND, 404, /Twilio may need a moment: try again/],
    ['is asked too often', TOO_MANY, 503, /try again in a minute/],
    ['fails', SERVER_ERROR, 502, /did not give the audio \(status 5\d\d\).*recordings download/],
    ['does not answer', LOST_REPLY, 502, /did not give the audio \(ECONNRESET\)/],
    ['has no MP3', { kind: 'doubtful', status: 501, reason: 'status 501' }, 502, /\(status 501\)/],
  ])('%s', async (_, reply, status, message) => {
    world.twilio.answer('openAudio', reply);
    await refused(status, message);
    expect(world.log.line('recording_play_refused')).toMatchObject({ level: 'warn', reason: reply.reason });
    expect(asked()).toHaveLength(1);
  });

  test('an error page with status 200 is not passed on', async () => {
    const close = jest.fn();
    serve({ contentType: 'text/html', close });
    await refused(502, /content-type-is-not-audio/);
    expect(close).toHaveBeenCalledTimes(1);
  });
});

test('nothing that is logged names a credential', async () => {
  await given();
  const { username, password } = (await world.credentials.current()).rest;
  const error = Object.assign(new Error(`GET https://${username}:${password}@api`), { name: 'Broken' });
  const bytes = (async function* () {
    yield FILE;
    throw error;
  })();
  serve({ bytes });
  await expect(read((await play()).body)).rejects.toThrow();
  const { error: logged, ...line } = world.log.line('recording_play_broke_off');
  // The log itself writes of an error its name and stack alone.
  expect(logged).toBe(error);
  expect(JSON.stringify(line)).not.toContain(password);
});
