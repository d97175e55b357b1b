/** The real `twilio` library against the server. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import twilio from 'twilio';
import { Mp3Frames } from '../../../lambdas/shared/rules/audio/mp3-frames.ts';
import { wavHeader } from '../../../local/twilio/audio/wav.ts';
import type { TwilioServerEvent } from '../../../local/twilio/server/events.ts';
import { startTwilioServer, type TwilioServer } from '../../../local/twilio/server/server.ts';
import { type Application, startApplication } from './application.ts';

const CREDENTIALS = {
  accountSid: `AC${'b'.repeat(32)}`,
  authToken: 'the-auth-token',
  apiKeySid: `SK${'c'.repeat(32)}`,
  apiKeySecret: 'the-secret',
};
const CALLER = join(import.meta.dirname, '..', '..', '..', 'local', 'twilio', 'audio', 'caller.wav');
const SPEED = 10;
const HOUR = 3_600_000;

let directory: string;
let server: TwilioServer;
let application: Application;
let events: TwilioServerEvent[];
/** Milliseconds by which the server's clock is ahead. */
let ahead: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'twilio-'));
  events = [];
  ahead = 0;
  application = await startApplication({
    authToken: CREDENTIALS.authToken,
    twiml: () => '<Response><Pause length="600"/></Response>',
  });
  server = await startTwilioServer({
    ...{ port: 0, dataDirectory: join(directory, 'data'), credentials: CREDENTIALS, speed: SPEED },
    registrationDelay: () => 0,
    now: () => Date.now() + ahead,
    settings: { processingMilliseconds: 10 },
    onEvent: (event) => events.push(event),
  });
});
afterEach(async () => {
  await server.close();
  await application.close();
  rmSync(directory, { recursive: true });
});

function clientFor(user = CREDENTIALS.accountSid, password = CREDENTIALS.authToken): ReturnType<typeof twilio> {
  const client = twilio(user, password, { accountSid: CREDENTIALS.accountSid });
  client.api.baseUrl = server.url;
  return client;
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 2));
  }
}

/** A WAV of one or two channels of noise. */
function wavFile(channels: 1 | 2, seconds: number): string {
  const path = join(directory, `${channels}-${seconds}.wav`);
  const length = seconds * 8000 * 2 * channels;
  const samples = Buffer.alloc(length);
  for (let at = 0; at < length; at += 2) samples.writeInt16LE(((at * 7919) % 20_000) - 10_000, at);
  writeFileSync(path, Buffer.concat([wavHeader(channels, length), samples]));
  return path;
}

async function bodyOf(response: Response): Promise<Record<string, string>> {
  return (await response.json()) as Record<string, string>;
}

function download(path: string, init: RequestInit = {}): Promise<Response> {
  const authorization = `Basic ${btoa(`${CREDENTIALS.apiKeySid}:${CREDENTIALS.apiKeySecret}`)}`;
  return fetch(`${server.url}/2010-04-01/Accounts/${CREDENTIALS.accountSid}/${path}`, {
    ...init,
    headers: { authorization },
  });
}

test('a recording is started, looked at, paused, stopped, listed and removed', async () => {
  const client = clientFor(CREDENTIALS.apiKeySid, CREDENTIALS.apiKeySecret);
  const { callSid, ended } = await server.placeCall({ voiceUrl: `${application.url}/voice` });
  await until(() => events.find(({ kind }) => kind === 'verb'));
  const { sid } = await client.calls(callSid).recordings.create({ recordingChannels: 'dual', trim: 'do-not-trim' });
  expect((await client.calls(callSid).fetch()).status).toBe('in-progress');
  const recording = client.calls(callSid).recordings(sid);
  expect((await recording.update({ status: 'paused', pauseBehavior: 'skip' })).status).toBe('paused');
  expect((await recording.update({ status: 'in-progress' })).status).toBe('in-progress');
  await expect(client.recordings(sid).remove()).rejects.toMatchObject({ status: 400 });
  await new Promise((done) => setTimeout(done, 60));
  expect((await recording.update({ status: 'stopped' })).status).toBe('stopped');
  await until(() => events.find(({ kind }) => kind === 'recording-completed'));
  expect(await client.recordings(sid).fetch()).toMatchObject({ sid, callSid, status: 'completed', channels: 2 });
  expect(await client.calls(callSid).recordings.list()).toMatchObject([{ sid }]);
  expect(await client.recordings.list({ callSid, dateCreatedAfter: new Date(Date.now() - 60_000) })).toMatchObject([
    { sid },
  ]);
  expect(await client.recordings.list({ dateCreatedBefore: new Date(Date.now() - 60_000) })).toEqual([]);
  expect(await client.recordings(sid).remove()).toBe(true);
  expect(server.media(sid)).toBeUndefined();
  await expect(client.recordings(sid).remove()).rejects.toMatchObject({ status: 404, code: 20404 });
  await client.calls(callSid).update({ status: 'completed' });
  await ended;
  expect((await client.calls(callSid).fetch()).status).toBe('completed');
  await expect(client.calls(callSid).recordings.create()).rejects.toMatchObject({ status: 400, code: 21220 });
});

test('before a call is registered it is not found, afterwards it is', async () => {
  const client = clientFor();
  const { callSid } = await server.placeCall({ voiceUrl: `${application.url}/voice`, registrationDelay: HOUR });
  for (let times = 0; times < 4; times += 1) {
    const refused = client.calls(callSid).recordings.create();
    await expect(refused).rejects.toMatchObject({ status: 404, code: 20404 });
  }
  ahead = HOUR / SPEED;
  expect((await client.calls(callSid).recordings.create()).status).toBe('in-progress');
  expect(server.recordings()).toHaveLength(1);
});

test('wrong credentials, too many requests and outages come as the errors of the library', async () => {
  await expect(clientFor(undefined, 'wrong').recordings.list()).rejects.toMatchObject({ status: 401, code: 20003 });
  server.refuse(429, 1);
  await expect(clientFor().recordings.list()).rejects.toMatchObject({ status: 429, code: 20429 });
  server.refuse(503, 1);
  await expect(clientFor().recordings.list()).rejects.toMatchObject({ status: 503 });
  expect(await clientFor().recordings.list()).toEqual([]);
});

test('pages are followed by the library', async () => {
  const wav = wavFile(1, 1);
  const made: string[] = [];
  for (let digit = 0; digit < 5; digit += 1) {
    made.push(await server.importRecording({ callSid: `CA${String(digit).repeat(32)}`, wav }));
  }
  const listed = await clientFor().recordings.list({ pageSize: 2 });
  expect(listed.map(({ sid }) => sid).toSorted()).toEqual(made.toSorted());
  const requests = events.filter((event) => event.kind === 'rest-request');
  expect(requests).toHaveLength(3);
});

test('a call placed by REST rings, runs its TwiML and is hung up by REST', async () => {
  const client = clientFor();
  const placed = await client.calls.create({
    ...{ to: '+14155550123', from: '+15005550006', url: `${application.url}/voice` },
    ...{ statusCallback: `${application.url}/status`, statusCallbackEvent: ['answered', 'completed'] },
  });
  expect(placed).toMatchObject({ status: 'queued', direction: 'outbound-api' });
  const { parameters } = await application.webhook(({ path }) => path === '/voice');
  expect(parameters).toMatchObject({ CallSid: placed.sid, CallStatus: 'in-progress', Direction: 'outbound-api' });
  expect((await client.calls(placed.sid).update({ status: 'completed' })).status).toBe('completed');
  const told = await application.webhook(({ parameters: { CallStatus } }) => CallStatus === 'completed');
  expect(told).toMatchObject({ path: '/status', signed: true });
  expect(application.webhooks.map(({ parameters: { CallStatus } }) => CallStatus)).toContain('in-progress');
});

test('a call is redirected by REST', async () => {
  const { callSid, ended } = await server.placeCall({ voiceUrl: `${application.url}/voice` });
  await until(() => events.find(({ kind }) => kind === 'verb'));
  await clientFor().calls(callSid).update({ twiml: '<Response><Hangup/></Response>' });
  await ended;
  expect(events.filter((event) => event.kind === 'verb').map(({ verb }) => verb)).toEqual(['Pause', 'Hangup']);
});

describe('audio', () => {
  test('is sent as it lies on disk', async () => {
    const wav = wavFile(2, 2);
    const sid = await server.importRecording({ callSid: `CA${'1'.repeat(32)}`, wav });
    const response = await download(`Recordings/${sid}.wav?RequestedChannels=2`);
    expect(response.headers.get('content-type')).toBe('audio/x-wav');
    expect(response.headers.get('content-length')).toBe(String(statSync(wav).size));
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), readFileSync(wav))).toBe(0);
    const head = await download(`Recordings/${sid}.wav`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(statSync(wav).size)]);
  });

  test('of two channels is mixed into one on request', async () => {
    const wav = wavFile(2, 3);
    const sid = await server.importRecording({ callSid: `CA${'1'.repeat(32)}`, wav });
    const mixed = Buffer.from(await (await download(`Recordings/${sid}.wav?RequestedChannels=1`)).arrayBuffer());
    const two = readFileSync(wav).subarray(44);
    expect(mixed.subarray(0, 44)).toEqual(wavHeader(1, two.length / 2));
    for (const at of [0, 2, 32_766, 32_768, 40_000, 47_998]) {
      const expected = (two.readInt16LE(2 * at) + two.readInt16LE(2 * at + 2)) >> 1;
      expect([at, mixed.readInt16LE(44 + at)]).toEqual([at, expected]);
    }
  });

  test('is sent as MP3 in chunks, the same bytes each time, in the channels that are asked for', async () => {
    const sid = await server.importRecording({ callSid: `CA${'1'.repeat(32)}`, wav: wavFile(2, 3) });
    const mp3 = async (query = '') => {
      const response = await download(`Recordings/${sid}.mp3${query}`);
      const { headers } = response;
      expect([headers.get('content-type'), headers.get('content-length')]).toEqual(['audio/mpeg', null]);
      expect(headers.get('transfer-encoding')).toBe('chunked');
      return Buffer.from(await response.arrayBuffer());
    };
    const read = (file: Buffer) => {
      const frames = new Mp3Frames();
      return [frames.read(file), frames.end(), frames.channels, Math.round(frames.seconds)];
    };
    const two = await mp3('?RequestedChannels=2');
    expect(read(two)).toEqual([undefined, undefined, 2, 3]);
    expect((await mp3()).equals(two)).toBe(true);
    const opened = server.openAudio(sid, 'mp3');
    expect(opened && (await buffer(opened)).equals(two)).toBe(true);
    expect(read(await mp3('?RequestedChannels=1'))).toEqual([undefined, undefined, 1, 3]);
    const head = await download(`Recordings/${sid}.mp3`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
  });

  test('is refused by status, and with a body of Twilio', async () => {
    const sid = await server.importRecording({ callSid: `CA${'1'.repeat(32)}`, wav: wavFile(1, 1) });
    const statuses = ['.wav', '.mp3'].flatMap((ending) => [
      `${sid}${ending}?RequestedChannels=2`,
      `RE${'0'.repeat(32)}${ending}`,
    ]);
    const responses = await Promise.all(statuses.map((path) => download(`Recordings/${path}`)));
    expect(responses.map(({ status }) => status)).toEqual([400, 404, 400, 404]);
    for (const response of responses) expect(await response.json()).toHaveProperty('more_info');
  });

  test('of an import is told to its callback, and is the import', async () => {
    const copy = join(directory, 'copy.wav');
    copyFileSync(CALLER, copy);
    const callSid = `CA${'7'.repeat(32)}`;
    const statusCallback = `${application.url}/recorded`;
    const sid = await server.importRecording({ callSid, wav: copy, statusCallback });
    const { parameters, signed } = await application.webhook(({ path }) => path === '/recorded');
    expect(signed).toBe(true);
    expect(parameters).toMatchObject({
      RecordingSid: sid,
      CallSid: callSid,
      RecordingStatus: 'completed',
      RecordingDuration: '7',
    });
    const digest = (path: string | undefined): string =>
      createHash('sha256')
        .update(readFileSync(path ?? ''))
        .digest('hex');
    expect(digest(server.media(sid))).toBe(digest(CALLER));
  });

  test.each([
    ['CA1', CALLER, 'must be CA and 32 hex digits'],
    [`CA${'1'.repeat(32)}`, join(import.meta.dirname, 'client.test.ts'), 'is not a WAV file'],
  ])('is not imported for %s from %s', async (callSid, wav, message) => {
    await expect(server.importRecording({ callSid, wav })).rejects.toThrow(message);
    expect(server.recordings()).toEqual([]);
  });
});

describe('the controls', () => {
  function control(path: string, body: unknown, type = 'application/json'): Promise<Response> {
    return fetch(server.url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': type } });
  }

  test('place a call, import a recording and announce refusals', async () => {
    const voiceUrl = `${application.url}/voice`;
    const placed = await control('/simulator/calls', { voiceUrl, from: '+15005550002', hangUpAfterMs: 100 });
    expect(placed.status).toBe(201);
    const { callSid } = await bodyOf(placed);
    const { parameters } = await application.webhook(({ path }) => path === '/voice');
    expect(parameters).toMatchObject({ CallSid: callSid, From: '+15005550002', CallStatus: 'ringing' });
    await until(() => events.find(({ kind }) => kind === 'call-ended'));
    const imported = await control('/simulator/recordings', { callSid, wav: wavFile(2, 1) });
    expect(await bodyOf(imported)).toEqual({ recordingSid: server.recordings()[0]?.sid });
    expect((await control('/simulator/refusals', { status: 503, count: 1 })).status).toBe(201);
    expect((await download('Recordings.json')).status).toBe(503);
  });

  test.each([
    ['/simulator/calls', {}, 'voiceUrl is missing'],
    ['/simulator/calls', { voiceUrl: 'nowhere' }, 'is not a URL'],
    ['/simulator/calls', { voiceUrl: 'http://127.0.0.1:1', caller: '/none.wav' }, 'There is no WAV file /none.wav'],
    ['/simulator/calls', { voiceUrl: 'http://127.0.0.1:1', talkMs: 'long' }, 'talkMs must be a number'],
    ['/simulator/calls', { voiceUrl: 'http://127.0.0.1:1', fast: true }, 'fast is unknown; there are voiceUrl'],
    ['/simulator/recordings', {}, 'callSid and wav are needed'],
    ['/simulator/refusals', { status: 404 }, 'status must be 429, 500 or 503'],
    ['/simulator/nothing', {}, 'is none of /simulator/calls'],
    ['/simulator/calls', [], 'voiceUrl is missing'],
  ])('%s refuses %j: %s', async (path, body, message) => {
    const response = await control(path, body);
    expect([response.status, (await bodyOf(response)).message]).toEqual([400, expect.stringContaining(message)]);
  });

  test('a web page cannot use them', async () => {
    const response = await control('/simulator/calls', { voiceUrl: `${application.url}/voice` }, 'text/plain');
    expect(response.status).toBe(400);
    expect(application.webhooks).toEqual([]);
  });
});

test('a taken port is named', async () => {
  const port = Number(new URL(server.url).port);
  const options = {
    port,
    dataDirectory: join(directory, 'other'),
    credentials: CREDENTIALS,
    registrationDelay: () => 0,
  };
  await expect(startTwilioServer(options)).rejects.toThrow(`Port ${port} is taken`);
});
