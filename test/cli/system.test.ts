/** Look-ups, downloads, doctor and redrive on the running system: with a recorded call, and with all that can be wrong. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, get as httpGet, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect as connectTo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { refusedBy } from '../../cli/place/ask-recorder.ts';
import type { Place } from '../../cli/place/place.ts';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import type { RecordingRow, Row } from '../../lambdas/shared/rules/table/rows.ts';
import type { Endpoints } from '../../local/system/endpoints.ts';
import { type System, startSystem } from '../../local/system/system.ts';
import { callRow, recordingRow } from '../lambdas/support/fixtures.ts';
import { wavFile } from '../lambdas/support/wav.ts';
import { sharedAssembly } from '../lib/synthesized.ts';
import { ask, type SigningOptions, signedHeaders } from '../local/signed.ts';
import { DIALLED_ON, hangUpInSystem, UNTIL_HUNG_UP, warmUp } from '../local/steady-calls.ts';
import { temporaryDirectory, until } from '../local/support.ts';
import { run } from './support.ts';

/** Ends what hangs; a busy machine is slow. */

const dataDirectory = temporaryDirectory();
const target = temporaryDirectory();
const local = `--local=${dataDirectory}`;
const OTHER_CALL = `CA${'7'.repeat(32)}`;
const AUDIO = join(target, 'at-twilio.wav');
let system: System;
/** Events that the functions logged; lines without one as they are. */
const logged: string[] = [];
/** What `recording-play` noted of each that somebody listened to. */
const played: { readonly [name: string]: unknown }[] = [];
let callSid: string;
let recorded: RecordingRow;
/** Only at Twilio. */
let fallbackSid: string;
let linkToTwilio: string;

beforeAll(async () => {
  const hangUp = hangUpInSystem(dataDirectory);
  system = await startSystem({
    root: join(import.meta.dirname, '..', '..'),
    ...{ port: 0, dataDirectory, keepAtTwilioSeconds: 86_400, registrationDelay: () => 0 },
    ...{ assemblyDirectory: await sharedAssembly(), environment: DIALLED_ON },
    onEvent: (event) => {
      hangUp(event);
      if (event.kind !== 'log') return;
      logged.push(String(event.line.record?.event ?? event.line.line));
      if (event.line.record?.event === 'recording_played') played.push(event.line.record);
    },
    // No sweep comes between a test and what it has put there.
    scheduleSpeed: 0.01,
  });
  await warmUp(system.endpoints);
  const call = await system.placeCall(UNTIL_HUNG_UP);
  ({ callSid } = call);
  writeFileSync(AUDIO, wavFile({ seconds: 3, channels: 2 }));
  fallbackSid = (await system.twilio?.importRecording({ callSid: OTHER_CALL, wav: AUDIO })) ?? '';
  const waiting = { next: 'copy', due: Date.now() + 3_600_000 } as const;
  const common = { callSid: OTHER_CALL, recordingSid: fallbackSid, channels: 2, durationSeconds: 3, waiting };
  const notedAt = Date.now() - 60_000;
  await write(recordingRow({ ...common, notedAt, state: 'fallback', attempts: 4, reason: 'error: AccessDenied' }));
  const absent = { recordingSid: `RE${'8'.repeat(32)}`, state: 'absent', errorCode: 16101, waiting } as const;
  await write(recordingRow({ callSid: OTHER_CALL, ...absent, notedAt: Date.UTC(2020, 0, 1) }));
  await call.ended;
  const stored = async () => {
    const rows = await table().readCall(callSid);
    const row = rows.find((one) => one.kind === 'recording');
    if (row?.state === 'stored') recorded = row;
    return recorded !== undefined;
  };
  await until(stored, 'the recording is stored');
});
afterAll(() => system.stop());

/** A link gives the very bytes that Twilio has, to anyone who has it. */
async function plays({ url, expiresAt }: { url: string; expiresAt: string }): Promise<void> {
  const reply = await fetch(url);
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'audio/x-wav']);
  expect(
    Buffer.from(await reply.arrayBuffer()).equals(readFileSync(system.twilio?.media(recorded.recordingSid) ?? '')),
  ).toBe(true);
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(900_000);
}
const table = () => dynamoDbTable(system.clients.dynamodb, system.endpoints.table);
const write = async (row: Row) => expect(await table().write(row, undefined)).toBe('written');
const download = (sid: string, name: string, ...more: string[]) =>
  run(['recordings', 'download', sid, '--to', join(target, name), local, ...more]);

describe('calls show', () => {
  test('tells the story of a recorded call', async () => {
    const { exit, out } = await run(['calls', 'show', callSid, local]);
    expect(exit).toBe(0);
    expect(out).toMatch(new RegExp(`^Call ${callSid}\n  state +recording\n`));
    expect(out).toMatch(/\n\nRecording RE[0-9a-f]{32}\n {2}state +stored\n/);
    expect(out).toContain(`s3://${system.endpoints.bucket}/recordings/${callSid}/${recorded.recordingSid}.wav`);
    expect(out).toMatch(/waits for +delete, due \d{4}-/);
  });

  test('as JSON, with times as text and where the audio is', async () => {
    const { exit, json } = await run(['calls', 'show', callSid, local, '--json']);
    expect(exit).toBe(0);
    expect(json).toMatchObject({
      callSid,
      call: { state: 'recording', startedAt: expect.stringMatching(/^\d{4}-.*Z$/), attempts: 0 },
      recordings: [{ state: 'stored', audio: { where: 's3', alsoAtTwilio: true } }],
    });
  });

  test('with a link that plays, where it is asked for', async () => {
    const { out, json } = await run(['calls', 'show', callSid, local, '--url', '--json']);
    expect(out).not.toBe('');
    await plays(json.recordings[0].playback);
    const shown = await run(['calls', 'show', callSid, local, '--url']);
    expect(shown.out).toMatch(/\n {2}listen +http:\S+ \(until \d{4}-\S+Z\)\n/);
    expect((await run(['calls', 'show', callSid, local])).out).not.toContain('X-Amz-Signature');
  });

  test('with a link that plays what is at Twilio only', async () => {
    const { json } = await run(['calls', 'show', OTHER_CALL, local, '--url', '--json']);
    const linked = json.recordings.filter(({ playback }: { playback?: object }) => playback);
    expect(linked).toMatchObject([{ recordingSid: fallbackSid, audio: { where: 'twilio' } }]);
    const reply = await fetch(linked[0].playback.url);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'audio/x-wav']);
    expect(Buffer.from(await reply.arrayBuffer()).equals(readFileSync(AUDIO))).toBe(true);
  });

  test('of recordings only: the fallback, and why there is none', async () => {
    const { exit, out } = await run(['calls', 'show', OTHER_CALL, local]);
    expect(exit).toBe(0);
    expect(out).toContain('not noted; its recordings were found otherwise');
    expect(out).toMatch(/audio +https?:\S+ \(only at Twilio\)/);
    expect(out).toMatch(/failures +4 in a row\n {2}last reason +error: AccessDenied/);
    expect(out).toMatch(/audio +none: Twilio made no audio: too short or silent \(Twilio's code 16101\)/);
  });

  test('of a call that is unknown', async () => {
    const { exit, out, err } = await run(['calls', 'show', `CA${'f'.repeat(32)}`, local]);
    expect([exit, out]).toEqual([1, '']);
    expect(err).toMatch(/^The local system in \S+ knows no call CAf+\. Did its number point here/);
    expect(err).toContain(`See "npm run recorder -- numbers list ${local}".`);
  });
});

describe('recordings list', () => {
  test('newest first, and says what it took', async () => {
    const { exit, out, json } = await run(['recordings', 'list', local, '--json']);
    expect(exit).toBe(0);
    const times = json.recordings.map((row: { startTime?: string; notedAt: string }) => row.startTime ?? row.notedAt);
    expect(times).toHaveLength(3);
    expect(times).toEqual([...times].sort().reverse());
    expect(json.rowsRead).toBeGreaterThanOrEqual(3);
    expect(out).toContain(fallbackSid);
  });

  test.each([
    ['by state', ['--state', 'fallback'], () => [fallbackSid]],
    ['to a time', ['--to', '2020-01-02'], () => [`RE${'8'.repeat(32)}`]],
    ['from a time', ['--from', '2020-01-02T00:00:00Z', '--state', 'absent'], () => []],
    ['the newest only', ['--limit', '1'], () => [recorded.recordingSid]],
    ['of a day, from the index', ['--from', '2020-01-01', '--to', '2020-01-02'], () => [`RE${'8'.repeat(32)}`]],
    ['of a day and a state', ['--from', '2020-01-01', '--to', '2020-01-02', '--state', 'stored'], () => []],
    ['of a day with nothing', ['--from', '2020-01-02', '--to', '2020-02-02'], () => []],
  ])('%s', async (_, args, expected) => {
    const { json } = await run(['recordings', 'list', local, '--json', ...args]);
    expect(json.recordings.map((row: { recordingSid: string }) => row.recordingSid)).toEqual(expected());
  });

  test('as a table of text', async () => {
    const { out } = await run(['recordings', 'list', local, '--limit', '2']);
    expect(out).toMatch(/^TIME +RECORDING +CALL +STATE +SEC\n/);
    expect(out).toMatch(/\n\d{4}-\d\d-\d\d \d\d:\d\d +RE[0-9a-f]{32} +CA[0-9a-f]{32} +fallback +3\n/);
    expect(out).toMatch(/2 recordings, older ones not shown: see --limit \(\d+ rows read/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  test('wide, with exact times and where the audio is', async () => {
    const { out } = await run(['recordings', 'list', local, '--limit', '2', '--wide']);
    expect(out).toMatch(/^TIME +RECORDING +CALL +STATE +SECONDS +AUDIO\n\d{4}-\d\d-\d\dT[\d:.]+Z /);
    expect(out).toContain(`s3://${system.endpoints.bucket}/recordings/${callSid}/${recorded.recordingSid}.wav`);
  });

  test('of a day reads no more rows than it shows', async () => {
    const { json } = await run(['recordings', 'list', local, '--json', '--from', '2020-01-01', '--to', '2020-01-02']);
    expect(json).toMatchObject({ rowsRead: 1, more: false });
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const { out } = await run(['recordings', 'list', local, '--from', from, '--limit', '1']);
    expect(out).toMatch(/\n\n1 recording, older ones not shown: see --limit \(1 row read\)/);
  });

  test('with links that play', async () => {
    const { json } = await run(['recordings', 'list', local, '--state', 'stored', '--url', '--json']);
    expect(json.recordings).toHaveLength(1);
    await plays(json.recordings[0].playback);
    const { out } = await run(['recordings', 'list', local, '--state', 'stored', '--url']);
    expect(out).toMatch(/ http:\S+X-Amz-Signature=/);
  });

  test.each([
    ['--state', 'gone', /it is one of in-progress/],
    ['--from', 'yesterday', /write 2026-01-31/],
    ['--from', '2026-02-31T25:00:00Z', /write 2026-01-31/],
    ['--limit', '0', /from 1 to/],
  ])('refuses %s %s', async (option, value, message) => {
    const { exit, err } = await run(['recordings', 'list', local, option, value]);
    expect(exit).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('over HTTP', () => {
  /** As a program of the owner's does, which reads the key where the system has written it down. */
  const signed = (path: string, change: Partial<SigningOptions> = {}) => {
    const { accessKeyId, secretAccessKey, region } = readEndpoints().aws;
    return signedHeaders(`${system.endpoints.http}${path}`, { accessKeyId, secretAccessKey, region, ...change });
  };
  const readEndpoints = (): Endpoints => JSON.parse(readFileSync(join(dataDirectory, 'endpoints.json'), 'utf8'));
  const get = async (path: string) => fetch(`${system.endpoints.http}${path}`, { headers: await signed(path) });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into replies of every shape.
  const read = async (path: string): Promise<any> => (await get(path)).json();

  test('the same story as the command tells, with a link that plays', async () => {
    const reply = await get(`/calls/${callSid}`);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/json']);
    const story = await read(`/calls/${callSid}`);
    const { json } = await run(['calls', 'show', callSid, local, '--json']);
    const { playback, ...told } = story.recordings[0];
    expect({ ...story, recordings: [told] }).toEqual(json);
    await plays(playback);
  });

  test('the same list, page by page', async () => {
    const range = 'from=2019-12-31&to=2020-01-02';
    expect(await read(`/recordings?${range}&state=absent&limit=1`)).toMatchObject({
      recordings: [{ recordingSid: `RE${'8'.repeat(32)}`, audio: { where: 'nowhere' } }],
    });
    const first = await read('/recordings?limit=1');
    expect(first.recordings).toMatchObject([{ recordingSid: recorded.recordingSid }]);
    const second = await read(`/recordings?limit=1&next=${first.next}`);
    expect(second.recordings).toMatchObject([{ recordingSid: fallbackSid, playback: { url: expect.any(String) } }]);
  });

  test('what is at Twilio only is played from there by anyone who has the link, and noted', async () => {
    const [{ playback, audio, state }] = (await read(`/calls/${OTHER_CALL}`)).recordings.filter(
      ({ recordingSid }: { recordingSid: string }) => recordingSid === fallbackSid,
    );
    expect([audio.where, state]).toEqual(['twilio', 'fallback']);
    linkToTwilio = playback.url;
    const reply = await fetch(linkToTwilio);
    expect([reply.status, Object.fromEntries(reply.headers)]).toEqual([
      200,
      expect.objectContaining({
        'content-type': 'audio/x-wav',
        'x-amzn-remapped-content-length': String(readFileSync(AUDIO).length),
        'content-disposition': `inline; filename="${fallbackSid}.wav"`,
        'cache-control': 'no-store',
      }),
    ]);
    expect(Buffer.from(await reply.arrayBuffer()).equals(readFileSync(AUDIO))).toBe(true);
    expect(Date.parse(playback.expiresAt) - Date.now()).toBeLessThanOrEqual(900_000);
    await until(() => logged.includes('recording_played'), 'it is noted');
  });

  test.each<[string, (link: URL) => unknown]>([
    ['lasts longer', ({ searchParams }) => searchParams.set('X-Amz-Expires', '901')],
    ['is to another recording', (link) => Object.assign(link, { pathname: link.pathname.replace(/RE../, 'REff') })],
    ['has no signature', (link) => Object.assign(link, { search: '' })],
  ])('a link that %s is refused, and no function hears of it', async (_, alter) => {
    const before = system.usage().invocations['recording-play'];
    const link = new URL(linkToTwilio);
    alter(link);
    expect((await fetch(link)).status).toBe(403);
    expect(system.usage().invocations['recording-play']).toBe(before);
  });

  test('a link that has expired is refused', async () => {
    const signedAt = (ago: number) => ({ now: () => Date.now() - ago });
    const linkOf = async (ago: number): Promise<string> => {
      const { json } = await run(['calls', 'show', OTHER_CALL, local, '--url', '--json'], signedAt(ago));
      return json.recordings.find(({ recordingSid }: { recordingSid: string }) => recordingSid === fallbackSid).playback
        .url;
    };
    const statuses = [890_000, 901_000].map(async (ago) => (await fetch(await linkOf(ago))).status);
    expect(await Promise.all(statuses)).toEqual([200, 403]);
  });

  test.each([
    ['a call that is unknown', `/calls/CA${'f'.repeat(32)}`, 404, /No call CAf+ is known here/],
    ['a call that is none', '/calls/CA1', 400, /A call SID is CA and 32 hex digits/],
    ['a range too wide', '/recordings?from=2020-01-01', 400, /31 days apart/],
    ['another path', '/recordings/x', 404, /Not Found/],
  ])('%s', async (_, path, status, message) => {
    const reply = await get(path);
    expect([reply.status, await reply.text()]).toEqual([status, expect.stringMatching(message)]);
  });

  test('nothing of it reaches those who know the address of the tunnel, or no key', async () => {
    const lookedUp = () => system.usage().invocations['look-up'];
    const before = lookedUp();
    const tunnel = { host: 'recorder.tunnel.example', 'x-forwarded-for': '192.0.2.1' };
    for (const path of ['/recordings', `/calls/${callSid}`]) {
      const url = `${system.endpoints.http}${path}`;
      const right = await signed(path);
      expect([await ask(url), await ask(url, await signed(path, { secretAccessKey: 'local' }))]).toMatchObject([
        { status: 403, text: '{"message":"Forbidden"}' },
        { status: 403, text: '{"message":"Forbidden"}' },
      ]);
      for (const change of [tunnel, { host: tunnel.host }, { via: '1.1 tunnel' }, { origin: 'https://evil.example' }]) {
        expect(await ask(url, { ...right, ...change })).toMatchObject({
          status: 403,
          text: expect.stringMatching('Local only'),
        });
      }
      expect((await ask(url, right)).status).toBe(200);
    }
    expect(lookedUp()).toBe((before ?? 0) + 2);
    expect(await ask(linkToTwilio, { via: '1.1 tunnel' })).toMatchObject({ status: 403 });
    // Twilio's own way in is still there: its signature is what is missing now.
    const webhook = await ask(system.endpoints.voiceUrl, tunnel, { method: 'POST', body: 'a=b' });
    expect(webhook).toMatchObject({ status: 403, text: expect.not.stringMatching('Local only') });
  });

  test('emulators, and the links to them, are on loopback only, which no tunnel to the gateway leads to', async () => {
    const { aws, twilio, http } = system.endpoints;
    const { playback } = (await read(`/calls/${callSid}`)).recordings[0];
    expect(new URL(playback.url).origin).toBe(aws.endpoints.s3);
    expect(new URL(playback.url).port).not.toBe(new URL(http).port);
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const others = [...new Set(['::1', ...own.filter(({ scopeid }) => !scopeid).map(({ address }) => address)])];
    for (const url of [...Object.values(aws.endpoints), twilio.url, http]) {
      const { hostname, port } = new URL(url);
      expect(hostname).toBe('127.0.0.1');
      for (const address of others.filter((one) => one !== hostname)) {
        const socket = connectTo(Number(port), address);
        const reached = await once(socket, 'connect').then(
          () => true,
          () => false,
        );
        socket.destroy();
        expect([address, reached]).toEqual([address, false]);
      }
    }
  });

  test('what signs is drawn for the data directory, and nobody but its owner can read it', () => {
    const { secretAccessKey } = readEndpoints().aws;
    expect(secretAccessKey).toMatch(/^[\w+/]{40}$/);
    const modeOf = (file: string) => statSync(join(dataDirectory, file)).mode & 0o777;
    expect(['endpoints.json', 'aws-secret-access-key.json'].map(modeOf)).toEqual([0o600, 0o600]);
  });
});

describe('recordings download', () => {
  test('from S3: the very bytes that Twilio has, with a bar on a terminal', async () => {
    const file = join(target, 's3.wav');
    const args = ['recordings', 'download', recorded.recordingSid, '--to', file, local];
    const { exit, out, err } = await run(args, { isTTY: true });
    expect([exit, out]).toEqual([0, expect.stringMatching(/s3\.wav: .* from s3:.*, proven\.\n/)]);
    expect(err).toMatch(/\rDownloading \[#+\] 100 %/);
    const media = system.twilio?.media(recorded.recordingSid) ?? '';
    expect(readFileSync(file).equals(readFileSync(media))).toBe(true);
  });

  test('from Twilio, while that is the only place', async () => {
    const { exit, out, err } = await download(fallbackSid, 'fallback.wav');
    expect([exit, err]).toEqual([0, '']);
    expect(out).toMatch(/from https?:.*, proven/);
    expect(readFileSync(join(target, 'fallback.wav')).equals(readFileSync(AUDIO))).toBe(true);
  });

  test('never replaces a file unless told to', async () => {
    const file = join(target, 'mine.wav');
    writeFileSync(file, 'mine');
    const refused = await download(recorded.recordingSid, 'mine.wav');
    expect([refused.exit, readFileSync(file, 'utf8')]).toEqual([1, 'mine']);
    expect(refused.err).toMatch(/is there already.* "npm run recorder -- recordings download RE\S+ .* --overwrite"/);
    expect((await download(recorded.recordingSid, 'mine.wav', '--overwrite')).exit).toBe(0);
    expect(readFileSync(file).length).toBe(recorded.stored?.bytes);
  });

  test('leaves nothing behind where the object is not what was stored', async () => {
    const { bucket = '', key = '', bytes = 0 } = recorded.stored ?? {};
    const recordingSid = `RE${'9'.repeat(32)}`;
    const other = { Bucket: bucket, Key: `${key}.other` };
    await write({
      ...recorded,
      recordingSid,
      ...(recorded.stored && { stored: { ...recorded.stored, key: other.Key } }),
    });
    const get = (name: string) => download(recordingSid, name, '--call', callSid);

    await system.clients.s3.send(new PutObjectCommand({ ...other, Body: 'short' }));
    expect(await get('short.wav')).toMatchObject({ exit: 1, err: expect.stringMatching(/S3 sent 5 bytes, the table/) });
    await system.clients.s3.send(new PutObjectCommand({ ...other, Body: Buffer.alloc(bytes) }));
    expect(await get('zeros.wav')).toMatchObject({ exit: 1, err: expect.stringMatching(/another SHA-256/) });
    await system.clients.s3.send(new DeleteObjectCommand(other));
    expect(await get('gone.wav')).toMatchObject({ exit: 1, err: expect.stringMatching(/is gone, though/) });
    expect(readdirSync(target).filter((name) => /^(short|zeros|gone)/.test(name))).toEqual([]);
  });

  test('to standard output: the bytes there, and all that is said on standard error', async () => {
    const args = ['recordings', 'download', recorded.recordingSid, '--to', '-', local];
    const { exit, bytes, err } = await run(args);
    expect([exit, err]).toEqual([0, expect.stringMatching(/^Standard output: .* from s3:.*, proven\.\n$/)]);
    expect(bytes.equals(readFileSync(system.twilio?.media(recorded.recordingSid) ?? ''))).toBe(true);
    const fromTwilio = await run(['recordings', 'download', fallbackSid, '--to', '-', local]);
    expect(fromTwilio.bytes.equals(readFileSync(AUDIO))).toBe(true);
    const onTerminal = await run(args, { isTTY: true });
    expect([onTerminal.exit, onTerminal.out]).toEqual([2, '']);
    expect(onTerminal.err).toMatch(/Standard output is a terminal.*add "> FILE"/);
    expect(await run([...args, '--json'])).toMatchObject({ exit: 2, json: { error: expect.stringMatching(/--json/) } });
  });

  test('whose reader leaves ends quietly, and not as if it were done', async () => {
    const output = {
      write: (_: unknown, done?: (error: Error) => void) =>
        done?.(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    };
    const args = ['recordings', 'download', recorded.recordingSid, '--to', '-', local];
    expect(await run(args, { output })).toMatchObject({ exit: 1, err: '' });
  });

  test.each([
    ['a folder that does not exist', () => join(target, 'none', 'a.wav'), /no folder (\S+none)\. .*"mkdir -p \1"/],
    ['a folder', () => target, /is a folder\. Name a file in it: "--to \S+\/RE[0-9a-f]{32}\.wav"/],
    ['a folder to be', () => `${join(target, 'none')}/`, /is a folder\. Name a file in it/],
    ['a file as a folder', () => join(AUDIO, 'a.wav'), /no folder \S+at-twilio\.wav/],
    ['a name that is too long', () => join(target, 'a'.repeat(300)), /cannot be written: its name is too long/],
    ['nothing', () => '', /^--to needs the name of a file, or - for standard output/],
  ])('to %s says what to do', async (_, file, message) => {
    for (const more of [[], ['--overwrite']]) {
      const { exit, out, err } = await run(['recordings', 'download', fallbackSid, '--to', file(), local, ...more]);
      expect([exit > 0, out, err]).toEqual([true, '', expect.stringMatching(message)]);
    }
  });

  test('is for nobody else, and follows no link that somebody has prepared', async () => {
    const [file, victim] = [join(target, 'private.wav'), join(target, 'victim')];
    writeFileSync(victim, 'mine');
    symlinkSync(victim, `${file}.partial`);
    expect((await download(recorded.recordingSid, 'private.wav')).exit).toBe(0);
    expect([statSync(file).mode & 0o777, readFileSync(victim, 'utf8')]).toEqual([0o600, 'mine']);
    const linked = join(target, 'linked.wav');
    symlinkSync(victim, linked);
    expect((await download(recorded.recordingSid, 'linked.wav', '--overwrite')).exit).toBe(0);
    expect([lstatSync(linked).isFile(), readFileSync(victim, 'utf8')]).toEqual([true, 'mine']);
  });

  test('finds in the table what Twilio does not know', async () => {
    const { exit, err } = await download(`RE${'8'.repeat(32)}`, 'absent.wav');
    expect([exit, err]).toEqual([1, expect.stringMatching(/has no audio: Twilio made no audio/)]);
    const unknown = await download(`RE${'f'.repeat(32)}`, 'unknown.wav');
    expect([unknown.exit, unknown.err]).toEqual([1, expect.stringMatching(/knows no recording REf+/)]);
  });
});

describe('recordings import', () => {
  const memory = join(target, 'imports.json');
  const range = ['--from', '2020-01-01', '--to', '2100-01-01', '--remembered', memory];
  const importing = (...more: string[]) => run(['recordings', 'import', local, '--json', ...more]);

  test('says beforehand what it would do, and does nothing', async () => {
    const before = (await table().readCall(OTHER_CALL)).length;
    const { exit, json } = await importing(...range, '--dry-run');
    expect([exit, json]).toMatchObject([
      0,
      { dryRun: true, resumed: false, count: 2, toCopy: 1, known: 1, seconds: 3 },
    ]);
    const { out } = await run(['recordings', 'import', local, ...range, '--dry-run']);
    expect(out).toMatch(
      /^2 recordings, of which would be:\n {2}1 copied, .*; then kept at Twilio\n.*\nNothing was changed\.\n$/s,
    );
    expect([(await table().readCall(OTHER_CALL)).length, existsSync(memory)]).toEqual([before, false]);
  });

  test('copies what is not stored, a fallback too, names what has no call, and shows a bar', async () => {
    const [ours, conference] = [`CA${'6'.repeat(32)}`, `CF${'6'.repeat(32)}`];
    const sid = await system.twilio?.importRecording({ callSid: ours, wav: AUDIO });
    const left = await system.twilio?.importRecording({ callSid: ours, conferenceSid: conference, wav: AUDIO });
    const args = ['recordings', 'import', local, ...range];
    const { exit, out, err } = await run(args, { isTTY: true });
    expect([exit, out]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^4 recordings of AC.*\n.*\n {4}${left}: it belongs to no call`, 's')),
    ]);
    expect(err).toMatch(/\rImporting \[#+\] 100 % 4 of 4 recordings/);
    const [row] = await table().readCall(ours);
    expect(row).toMatchObject({ recordingSid: sid, state: 'stored', madeBy: 'other' });
    expect(row).not.toHaveProperty('waiting');
    expect(
      (await table().readCall(OTHER_CALL)).find((one) => one.kind === 'recording' && one.recordingSid === fallbackSid),
    ).toMatchObject({ state: 'stored' });
    // The link that was given before says so.
    const old = await fetch(linkToTwilio);
    expect([old.status, await old.json()]).toEqual([410, { error: expect.stringMatching(/Look the call up again/) }]);
  });

  test('finds nothing more to do, and makes them ours to delete where it is told to', async () => {
    expect((await importing(...range)).json).toMatchObject({ found: 4, stored: 0, known: 3, resumed: false });
    const { exit, json } = await importing(...range, '--delete-at-twilio', '--no-wait');
    expect([exit, json]).toMatchObject([1, { known: 3, deleteAtTwilio: true }]);
    const [row] = await table().readCall(`CA${'6'.repeat(32)}`);
    expect(row).toMatchObject({ madeBy: 'recorder', waiting: { next: 'delete' } });
  });

  test('goes on by itself where Twilio asks it to wait', async () => {
    system.twilio?.refuse(429, 2);
    expect((await importing(...range)).json).toMatchObject({ known: 3 });
  });

  test.each([
    ['no range', [], /--from and --to are both needed/],
    ['half a range', ['--from', '2026-01-01'], /--from and --to are both needed/],
    [
      'a range that ends before it begins',
      ['--from', '2026-02-01', '--to', '2026-01-01'],
      /--from must be before --to/,
    ],
    ['a time that is none', ['--from', 'May', '--to', '2026-01-01'], /--from May: write 2026-01-31/],
    ['too fast a pace', ['--from', '2026-01-01', '--to', '2026-02-01', '--per-second', '1000'], /from 1 to 100/],
    ['nothing in flight', ['--from', '2026-01-01', '--to', '2026-02-01', '--in-flight', '0'], /from 1 to 1000/],
  ])('refuses %s', async (_, args, message) => {
    const { exit, json } = await importing(...args);
    expect([exit, json]).toEqual([2, { error: expect.stringMatching(message) }]);
  });
});

interface Finding {
  readonly name: string;
  readonly result: string;
  readonly detail: string;
}

const NUMBER = '+15005550006';

async function examine(place: string, ...more: string[]): Promise<{ exit: number; failed: Record<string, string> }> {
  const { exit, json } = await run(['doctor', place, '--json', ...more]);
  const failed = json.checks.filter(({ result }: Finding) => result === 'failed');
  expect(json.checks.length).toBeGreaterThanOrEqual(11);
  expect(json.ok).toBe(failed.length === 0);
  return { exit, failed: Object.fromEntries(failed.map(({ name, detail }: Finding) => [name, detail])) };
}

/** The running system's endpoints with some of them changed, as a place of its own. */
function elsewhere(changes: object): string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'endpoints.json'), JSON.stringify({ ...system.endpoints, ...changes }));
  return `--local=${directory}`;
}

/** As if numbers were needed: no simulated Twilio calls by itself. */
const realTwilio = () => ({ ...system.endpoints.twilio, simulated: false });

describe('a long recording that is at Twilio only', () => {
  const LONG = join(target, 'long.wav');
  const BYTES = 44 + 1800 * 32_000;
  let link: string;
  beforeAll(async () => {
    writeFileSync(LONG, wavFile({ seconds: 1800, channels: 2 }));
    const call = `CA${'5'.repeat(32)}`;
    const recordingSid = (await system.twilio?.importRecording({ callSid: call, wav: LONG })) ?? '';
    const waiting = { next: 'copy', due: Date.now() + 3_600_000 } as const;
    await write(recordingRow({ callSid: call, recordingSid, channels: 2, durationSeconds: 1800, waiting }));
    const { json } = await run(['calls', 'show', call, local, '--url', '--json']);
    link = json.recordings[0].playback.url;
    played.length = 0;
  });
  const open = () => new Promise<IncomingMessage>((resolve, reject) => httpGet(link, resolve).on('error', reject));

  test('is played as a whole, byte by byte', async () => {
    const [reply, kept] = [createHash('sha256'), createHash('sha256')];
    for await (const chunk of await open()) reply.update(chunk);
    expect(reply.digest('hex')).toBe(kept.update(readFileSync(LONG)).digest('hex'));
    await until(() => played.length === 1, 'it is noted');
    expect(played).toMatchObject([{ bytes: BYTES, caller: expect.stringMatching(/LOCALPLATFORM$/) }]);
  });

  test('is not downloaded to its end for somebody who leaves', async () => {
    played.length = 0;
    const reply = await open();
    await once(reply, 'data');
    reply.destroy();
    await until(() => played.length === 1, 'it is noted');
    expect(played).toMatchObject([{ reason: 'listener-left', bytes: expect.any(Number) }]);
    expect(Number(played[0]?.bytes)).toBeLessThan(BYTES / 2);
  });

  test('breaks off with the function that plays it, and does not end as if it were whole', async () => {
    const reply = await open();
    await once(reply, 'data');
    system.functions.kill(system.functionOfStep('recording-play'));
    const listening = (async () => {
      for await (const _ of reply);
    })();
    await expect(listening).rejects.toThrow('aborted');
  });
});

describe('audit', () => {
  test('shows who looked up, listened and read the audit, the newest first, also of one call', async () => {
    const path = `/calls/${callSid}`;
    const url = `${system.endpoints.http}${path}`;
    const { secretAccessKey } = JSON.parse(readFileSync(join(dataDirectory, 'endpoints.json'), 'utf8')).aws;
    expect((await ask(url, await signedHeaders(url, { secretAccessKey }))).status).toBe(200);
    const { exit, json } = await run(['audit', local, '--json', '--call', callSid]);
    expect(exit).toBe(0);
    const what = json.entries.map((entry: { what: string }) => entry.what);
    expect(what).toEqual(expect.arrayContaining(['call-looked-up', 'link-issued']));
    const { out } = await run(['audit', local, '--limit', '1']);
    expect(out).toMatch(/TIME +WHO +WHAT +OF +FROM\n.* arn:\S+ +audit-read +CA[0-9a-f]{32} +127\.0\.0\.1/);
    expect(out).toContain('1 entry, older ones not shown: see --limit.');
  });

  test('says what is wrong with the range, by the words of the recorder', async () => {
    const asked = ['audit', local, '--json', '--from', '2026-01-01', '--to', '2026-03-01'];
    expect(await run(asked)).toMatchObject({ exit: 1, json: { error: expect.stringContaining('31 days') } });
  });

  test('says which right is missing', async () => {
    const place = { voiceUrl: 'https://recorder.test/voice' } as Place;
    const problem = refusedBy(
      place,
      { status: 403, body: { message: 'Forbidden' } },
      'execute-api:Invoke on GET/audit',
    );
    expect(problem.message).toContain('they need execute-api:Invoke on GET/audit of the API behind https://recorder');
  });
});

describe('calls list', () => {
  const list = async (...options: string[]) => (await run(['calls', 'list', local, '--json', ...options])).json;

  test('finds calls by the number that called, and by no other', async () => {
    const all = await list();
    expect(all.calls.length).toBeGreaterThan(0);
    expect((await list('--party', '+15005550001', '--limit', '1')).calls).toHaveLength(1);
    expect((await list('--party', '+15005550099')).calls).toEqual([]);
  });

  test('needs no backfill of calls that this version has answered', async () => {
    const { exit, json } = await run(['calls', 'backfill', local, '--from', '2026-01-01', '--json']);
    expect([exit, json.filled]).toEqual([0, 0]);
    expect(json.calls).toBeGreaterThan(0);
  });
});

describe('calls record', () => {
  const record = (sid: string, ...more: string[]) => run(['calls', 'record', sid, local, '--json', ...more]);

  test('has a live call recorded that nobody here has answered, and copied', async () => {
    const form = { From: '+15005550006', To: '+14155550123', Twiml: '<Response><Pause length="3600"/></Response>' };
    const { accountSid, authToken = '' } = system.endpoints.twilio;
    const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    const calls = `${system.endpoints.twilio.url}/2010-04-01/Accounts/${accountSid}/Calls`;
    const ask = async (url: string, body: object) =>
      (await (
        await fetch(url, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ ...body }) })
      ).json()) as { sid: string };
    const { sid } = await ask(`${calls}.json`, form);
    const row = async () => (await table().read({ kind: 'call', callSid: sid }))?.state;
    expect(await record(sid, '--dry-run')).toMatchObject({ exit: 0, json: { changed: false } });
    expect(await row()).toBeUndefined();
    expect(await record(sid)).toMatchObject({ exit: 0, json: { changed: true, callSid: sid } });
    await until(async () => (await row()) === 'recording', 'the call is recorded');
    expect(await record(sid)).toMatchObject({ exit: 0, json: { changed: false, call: { state: 'recording' } } });
    const { out } = await run(['calls', 'show', sid, local]);
    expect(out).toMatch(/\n {2}requested by +arn:/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await ask(`${calls}/${sid}.json`, { Status: 'completed' });
    const stored = async () =>
      (await table().readCall(sid)).some((one) => one.kind === 'recording' && one.state === 'stored');
    await until(stored, 'its recording is stored');
    const over = await ask(`${calls}.json`, form);
    await ask(`${calls}/${over.sid}.json`, { Status: 'canceled' });
    expect((await record(over.sid)).json.error).toContain('is over');
  });

  test('says what Twilio does not know', async () => {
    expect(await record(`CA${'9'.repeat(32)}`)).toMatchObject({
      exit: 1,
      json: { error: expect.stringContaining('knows no call') },
    });
  });
});

describe('doctor and redrive', () => {
  const deadLetters = () => {
    const [, url = ''] =
      Object.entries(system.endpoints.queues).find(([name]) => name.endsWith('copy-dead-letters')) ?? [];
    return url;
  };
  const park = (body: object) =>
    system.clients.sqs.send(new SendMessageCommand({ QueueUrl: deadLetters(), MessageBody: JSON.stringify(body) }));

  test('a system that no number points to', async () => {
    const { exit, failed } = await examine(elsewhere({ twilio: realTwilio() }));
    expect([exit, Object.keys(failed)]).toEqual([1, ['number']]);
    expect(failed.number).toMatch(
      /None of the account's 2 numbers points here. Run "npm run recorder -- numbers point \+15005550006 --local=/,
    );
  });

  test('a new system whose Twilio is simulated needs no number: it is in order', async () => {
    const { exit, out } = await run(['doctor', local]);
    expect(out).toMatch(/\n– +number +not checked: no number points here, and the simulated Twilio calls without one/);
    expect([exit, out]).toEqual([0, expect.stringMatching(/All is in order\.\n$/)]);
  });

  test('a system in order, once a number points to it', async () => {
    expect((await run(['numbers', 'point', NUMBER, local])).exit).toBe(0);
    const rows = async () => (await run(['recordings', 'list', local, '--json'])).json.rowsRead;
    const before = await rows();
    logged.length = 0;
    const { exit, out } = await run(['doctor', local]);
    expect(out).toMatch(/\nok +stream +a handshake with the right signature is accepted, with a wrong one refused\n/);
    expect(out).toMatch(/\n– +alarms +not checked: there is no CloudWatch locally\n/);
    expect([exit, out]).toEqual([0, expect.stringMatching(/All is in order\.\n$/)]);
    expect(await rows()).toBe(before);
    // What has to be refused is refused, and sets off no alarm.
    expect(logged.filter((line) => line === 'probe_refused')).toHaveLength(7);
    expect(logged.filter((line) => /_refused|Refused/.test(line) && line !== 'probe_refused')).toEqual([]);
  });

  test('a number that is asked for, and one that is none', async () => {
    expect(await examine(local, '--number', NUMBER)).toEqual({ exit: 0, failed: {} });
    const other = await examine(local, '--number', '+15005550010');
    expect(other.failed).toEqual({
      number: expect.stringMatching(/asks POST .* Run "npm run recorder -- numbers point \+15005550010 --local=/),
    });
    expect((await run(['doctor', local, '--number', '415'])).exit).toBe(2);
  });

  /** The running system's Twilio, with other answers to requests for audio. */
  async function withAudio<Value>(status: number, use: (place: string) => Promise<Value>): Promise<Value> {
    const server = createServer(async ({ url = '/', method = 'GET', headers }, response) => {
      if (url.includes('.wav')) {
        response.writeHead(status, { location: 'https://bucket.s3.amazonaws.com/x' }).end();
        return;
      }
      const { authorization = '' } = headers;
      const reply = await fetch(`${system.endpoints.twilio.url}${url}`, { method, headers: { authorization } });
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(await reply.text());
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      return await use(elsewhere({ twilio: { ...system.endpoints.twilio, url } }));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }
  const inAnHour = { now: () => Date.now() + 3_600_000 };
  const findingOf = async (check: string, place: string): Promise<Finding | undefined> =>
    (await run(['doctor', place, '--json'], inAnHour)).json.checks.find(({ name }: Finding) => name === check);

  test.each([404, 302])('recordings without audio, which Twilio answers %i: external storage', async (status) => {
    expect(await findingOf('audio', local)).toMatchObject({
      result: 'ok',
      detail: expect.stringMatching(/serves the audio/),
    });
    expect(await withAudio(status, (place) => findingOf('audio', place))).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(
        new RegExp(`not have their audio: RE[0-9a-f]{32} \\(${status}\\).*external storage is on.*Switch it off`),
      ),
    });
  });

  test('recordings that somebody else makes too are a warning', async () => {
    const notedAt = Date.now();
    const other = { callSid: OTHER_CALL, recordingSid: `RE${'6'.repeat(32)}`, extra: true, madeBy: 'other' } as const;
    await write(recordingRow({ ...other, notedAt, state: 'stored', waiting: { next: 'copy', due: notedAt * 2 } }));
    const { exit, out } = await run(['doctor', local]);
    expect(out).toMatch(
      /\nWARN +other recordings +1 of the last \d+ recordings were made by somebody else.*RE6+\. Is that meant/,
    );
    expect([exit, out]).toEqual([0, expect.stringMatching(/All works; one warning\.\n$/)]);
  });

  test('numbers whose calls go elsewhere though they have this voice URL are a warning', async () => {
    const { url, accountSid, authToken } = system.endpoints.twilio;
    const change = async (form: Record<string, string>) => {
      const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
      const base = `${url}/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers`;
      const listed = (await (await fetch(`${base}.json`, { headers: { authorization } })).json()) as {
        incoming_phone_numbers: { sid: string; phone_number: string }[];
      };
      const number = listed.incoming_phone_numbers.find(({ phone_number }) => phone_number !== NUMBER);
      await fetch(`${base}/${number?.sid}.json`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams(form),
      });
      return number?.phone_number ?? '';
    };
    const { voiceUrl: VoiceUrl } = system.endpoints;
    const phoneNumber = await change({ VoiceUrl, VoiceMethod: 'GET' });
    expect((await findingOf('number', local))?.detail).toContain(`${phoneNumber} asks GET ${VoiceUrl}`);
    await change({ VoiceUrl, VoiceMethod: 'POST', TrunkSid: `TK${'1'.repeat(32)}` });
    const found = await findingOf('number', local);
    expect(found).toMatchObject({ result: 'warning' });
    expect(found?.detail).toContain(
      `points here. Calls of numbers with this voice URL go elsewhere all the same: ${phoneNumber} goes`,
    );
    await change({ VoiceUrl: '', VoiceMethod: 'POST', TrunkSid: '' });
  });

  test('parked messages are counted first, and put back when told to', async () => {
    const { recordingSid } = recorded;
    for (let index = 0; index < 12; index += 1) await park({ callSid, recordingSid });
    expect((await examine(local)).failed).toEqual({
      'dead letters': expect.stringMatching(
        /recording-copy 12 .*runbook.md#recording-copy.* run "npm run recorder -- redrive --yes --local=/,
      ),
    });
    const dry = await run(['redrive', local]);
    expect([dry.exit, dry.out]).toEqual([
      0,
      expect.stringMatching(
        /recording-copy: 12 parked\n(?:.*\n)+Nothing was moved. To put them .*"npm run recorder -- redrive --local=\S+ --yes"/,
      ),
    ]);
    expect((await run(['redrive', local, '--yes', '--dry-run'])).out).toContain('Nothing was moved');
    expect((await run(['redrive', 'recording-start', local, '--yes'])).out).toBe(
      'recording-start: 0 parked, 0 put back\n',
    );

    const { json } = await run(['redrive', local, '--yes', '--json']);
    expect(json.steps).toContainEqual({ step: 'recording-copy', parked: 12, moved: 12 });
    expect((await run(['redrive', local])).out).toContain('recording-copy: 0 parked');
    await until(
      async () => (await run(['doctor', local])).out.includes('all are empty'),
      'the messages are worked off',
    );
    const wrong = await run(['redrive', 'sweep', local]);
    expect([wrong.exit, wrong.err]).toEqual([
      2,
      expect.stringMatching(/"sweep" is no STEP: it is one of recording-start/),
    ]);
  });

  test('work that nothing takes up', async () => {
    const waiting = { due: Date.now() - 3_600_000 };
    const [copy, deletion] = [recordingRow({ waiting: { next: 'copy', ...waiting } }), { ...recorded }];
    await write(copy);
    const unreported = { recordingSid: `RE${'7'.repeat(32)}`, state: 'in-progress' } as const;
    await write(recordingRow({ ...unreported, waiting: { next: 'report', ...waiting } }));
    await write(callRow({ callSid: OTHER_CALL, state: 'answered', waiting: { next: 'stream', ...waiting } }));
    const recordingSid = `RE${'5'.repeat(32)}`;
    await write({ ...deletion, recordingSid, waiting: { next: 'delete', ...waiting } });
    const { failed } = await examine(local);
    expect(failed).toEqual({
      work: expect.stringMatching(/Overdue for more than 15 minutes: 1 stream, 1 copy, 1 report. Nothing sweeps/),
      deletions: expect.stringMatching(/Overdue for more than 15 minutes: 1 delete. Either nothing sweeps, or/),
    });
  });

  test('addresses at which somebody else answers, and lets everything in', async () => {
    const server = createServer((_, response) => response.end('hello'));
    server.on('upgrade', (_, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { failed } = await examine(elsewhere({ publicUrl, voiceUrl: `${publicUrl}/voice`, twilio: realTwilio() }));
    const open = await examine(elsewhere({ playUrl: publicUrl }));
    const refusing = await examine(elsewhere({ playUrl: `${system.endpoints.http}/lambda-url/none` }));
    const nowhere = await examine(elsewhere({ voiceUrl: `${system.endpoints.http}/other/voice` }));
    server.close();
    server.closeAllConnections();
    expect(failed).toMatchObject({
      number: expect.stringMatching(/None of the account's 2 numbers/),
      'voice URL': expect.stringMatching(/answers 200 instead of 403: another application/),
      'stream status URL': expect.stringMatching(/answers 200 instead of 403: another application/),
      stream: expect.stringMatching(/answers 101 to a wrong signature instead of 403/),
      'look-ups': expect.stringMatching(/recordings answers 200 instead of 403: another application/),
    });
    expect(open.failed).toMatchObject({
      playback: expect.stringMatching(/^http:\S+ answers 200 instead of 403: another appl/),
    });
    expect(nowhere.failed).toMatchObject({
      disclaimer: expect.stringMatching(/disclaimer\/0+\.wav answers 404 instead of 200: another application/),
    });
    expect(refusing.failed).toMatchObject({
      playback: expect.stringMatching(/refuses a signed link.*lambda:InvokeFunctionUrl/),
    });
  });

  test('parts that do not exist', async () => {
    const { failed } = await examine(elsewhere({ table: 'no-table', bucket: 'no-bucket', secret: 'no-secret' }));
    expect(failed).toMatchObject({
      secret: expect.stringMatching(/does not exist/),
      table: expect.stringMatching(/does not exist/),
      bucket: expect.stringMatching(/does not exist/),
    });
  });

  test('credentials that Twilio refuses', async () => {
    const SecretString = JSON.stringify({ accountSid: `AC${'0'.repeat(32)}`, authToken: 'wrong-secret' });
    await system.clients.secretsmanager.send(
      new PutSecretValueCommand({ SecretId: system.endpoints.secret, SecretString }),
    );
    const { failed } = await examine(local);
    expect(failed).toMatchObject({
      secret: expect.stringMatching(/status 401.*"npm run recorder -- credentials set --local=/),
      number: expect.stringMatching(/status 401/),
    });
    expect(JSON.stringify(failed)).not.toContain('wrong-secret');
  });

  test('a system that was stopped', async () => {
    const stale = elsewhere({});
    await system.stop();
    const gone = await run(['doctor', local]);
    expect([gone.exit, gone.err]).toEqual([
      1,
      expect.stringMatching(/No local system runs in .*Start it with "npm start -- --data \S+"/),
    ]);
    const { exit, failed } = await examine(stale);
    expect([exit, Object.keys(failed)]).toEqual([1, expect.arrayContaining(['secret', 'table', 'queues', 'bucket'])]);
    expect(Object.keys(failed)).toHaveLength(17);
    expect(failed.table).toMatch(/does not answer. It is not running any more/);
    const { out } = await run(['doctor', stale]);
    expect(out.match(/does not answer/g)).toHaveLength(1);
    expect(out.match(/Start it with "npm start/g)).toHaveLength(1);
    expect(out).toMatch(/\nFAILED +table +the same as for secret\n/);
  });
});
