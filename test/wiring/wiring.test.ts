/**
 * Each function as it is deployed, its bundle and the template's own environment, is given one event of each kind. What it then does at the
 * stand-ins shows that `index.ts`, the environment and the role of each step are right.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { WebSocket } from 'ws';
import { handshake, postForm, signature } from '../../cli/doctor/probe.ts';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { AUDIT_ROUTE, LOOK_UP_ROUTES } from '../../lambdas/shared/contract/http.ts';
import { METRICS_NAMESPACE } from '../../lambdas/shared/contract/metrics.ts';
import { STEPS, type Step } from '../../lambdas/shared/contract/steps.ts';
import type { RecordingRow, Row } from '../../lambdas/shared/rules/table/rows.ts';
import { HOUR, MINUTE } from '../../lambdas/shared/rules/values/instant.ts';
import type { CallRecorderConfiguration } from '../../lib/configuration/options.ts';
import { DEFAULT_DISCLAIMER, playableFile, readDisclaimer } from '../../lib/steps/disclaimer.ts';
import { webSocketUrl } from '../../local/template/local-urls.ts';
import {
  callRow,
  recordingRow,
  callSid as sidOfCall,
  recordingSid as sidOfRecording,
} from '../lambdas/support/fixtures.ts';
import { wavFile } from '../lambdas/support/wav.ts';
import { sharedAssembly } from '../lib/synthesized.ts';
import { ask, signedHeaders } from '../local/signed.ts';
import { hangUp, UNTIL_HUNG_UP } from '../local/steady-calls.ts';
import { beforeRemoval, temporaryDirectory, until } from '../local/support.ts';
import { alarmChanged, messageEvent, SCHEDULED, stackChanged, webhookEvent } from './events.ts';
import { covers, type Right, readRights } from './rights.ts';
import { type Run, startRun } from './run.ts';
import { CREDENTIALS, SECRET_ACCESS_KEY, type StandIns, startStandIns } from './stand-ins.ts';

const NUMBER = '+14155550142';
const KEPT_HOURS = 30;
const STAGE = 'wiring';
const BUS = 'bus-of-the-owner';
/** What callers of the number are to hear instead of the stack's own disclaimer. */
const NAMED = join(import.meta.dirname, '..', '..', 'local', 'twilio', 'audio', 'callee.wav');
/** None is what would be there without a configuration. */
const CONFIGURATION: Partial<CallRecorderConfiguration> = {
  stage: STAGE,
  audioFormat: 'mp3',
  keepAtTwilioHours: KEPT_HOURS,
  eventBusName: BUS,
  foreignStreams: 'record-only',
  withoutStream: 'record',
  disclaimers: { named: NAMED },
  afterDisclaimer: { kind: 'dial', number: NUMBER },
  canary: { from: '+15005550006', to: '+15005550010', everyMinutes: 60 },
};
const { accountSid, authToken } = CREDENTIALS;

const directory = temporaryDirectory();
let standIns: StandIns;
let run: Run;
/** With what else an owner may configure: no events, WAV, nothing kept at Twilio. */
let otherwise: Run;
/** Deletions are paused. */
let paused: Run;
let callSid = '';
let recorded: RecordingRow;
/** Known from its callback, and made by somebody else. */
let elsewhere: { readonly callSid: string; readonly recordingSid: string };

beforeAll(async () => {
  standIns = await startStandIns(directory, await sharedAssembly(CONFIGURATION));
  run = await startRun(standIns);
  otherwise = await startRun(standIns, { EVENTS: 'off', AUDIO_FORMAT: 'wav', KEEP_AT_TWILIO_SECONDS: '0' });
  paused = await startRun(standIns, { DELETIONS: 'paused', KEEP_AT_TWILIO_SECONDS: '0' });
  const { http, webSocket, functionUrls } = standIns.deployment;
  const domainName = new URL(publicUrl()).host;
  standIns.gateway.serve({ http, webSocket, functionUrls, domainName, invoke: run.invoke });
});
beforeRemoval(() => standIns.startup.stop());

const publicUrl = () => standIns.gateway.url;
const streamUrl = () => webSocketUrl(publicUrl());
const table = () => dynamoDbTable(standIns.clients.dynamodb, standIns.deployment.tableName);
const write = async (row: Row) => expect(await table().write(row, undefined)).toBe('written');
const rowOf = (ofCall: string, recordingSid: string) =>
  table().read({ kind: 'recording', callSid: ofCall, recordingSid });
const queueArn = (step: Step) => run.queueOf(step).arn.split(':').at(-1);

/** A recording that somebody else has made, of a call that is over. */
async function recordedElsewhere(digit: string): Promise<{ callSid: string; recordingSid: string }> {
  const wav = join(directory, 'elsewhere.wav');
  writeFileSync(wav, wavFile({ seconds: 3, channels: 2 }));
  return {
    callSid: sidOfCall(digit),
    recordingSid: await standIns.twilio.importRecording({ callSid: sidOfCall(digit), wav }),
  };
}

/** A call that another application has placed, and that goes on. */
async function outboundCall(): Promise<{ sid: string }> {
  const reply = await fetch(`${standIns.twilio.url}/2010-04-01/Accounts/${accountSid}/Calls.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
    body: new URLSearchParams({
      From: '+15005550006',
      To: '+14155550123',
      Twiml: '<Response><Pause length="3600"/></Response>',
    }),
  });
  return (await reply.json()) as { sid: string };
}

/** A call to a number of this recorder, of which it is told nothing: Twilio asks somebody else, who has no answer. */
async function unnotedCall(): Promise<string> {
  await fetch(
    `${standIns.twilio.url}/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/PN${'1'.repeat(32)}.json`,
    {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
      body: new URLSearchParams({ VoiceUrl: `${publicUrl()}/voice` }),
    },
  );
  const { callSid, ended } = await standIns.twilio.placeCall({ voiceUrl: `${publicUrl()}/nowhere` });
  await ended;
  return callSid;
}

/** Messages that a step has sent since, by queue. */
const sentBy = (ofRun: Run, step: Step, since: number) =>
  ofRun
    .requests(step)
    .slice(since)
    .filter(({ action }) => action === 'sqs:SendMessage')
    .flatMap(({ resource, body }) => {
      const entries = (body.Entries ?? [body]) as { MessageBody: string; DelaySeconds?: number }[];
      const queue = resource.split(':').at(-1);
      return entries.map(({ MessageBody, DelaySeconds }) => ({
        queue,
        delay: DelaySeconds,
        ...JSON.parse(MessageBody),
      }));
    });

const message = (step: Step, body: object) => messageEvent(run.queueOf(step).arn, body);
const send = (step: Step, MessageBody: string) =>
  standIns.clients.sqs.send(new SendMessageCommand({ QueueUrl: run.queueOf(step).url, MessageBody }));
/** What lies on a worker's queue and names this. */
const received = async (step: Step, text: string) =>
  (await run.receive(step)).filter((record) => JSON.stringify(record).includes(text));

/** The secret cannot be read: every step that needs it must tell of that, which it can only with a log. */
async function withoutSecret(ofRun: Run, step: Step, act: () => Promise<unknown>): Promise<void> {
  standIns.notes.refusing.add('secretsmanager');
  try {
    await act();
  } finally {
    standIns.notes.refusing.delete('secretsmanager');
  }
  expect(ofRun.line(step, 'credentials_unread')).toMatchObject({ service: step, level: 'ERROR' });
  expect(ofRun.metrics(step)).toContainEqual(
    expect.objectContaining({ name: 'CredentialsUnread', dimensions: { service: step, stage: STAGE } }),
  );
}

describe('a call', () => {
  test('what Twilio asks tells when the secret cannot be read', async () => {
    const forged = signature('another-token', publicUrl());
    await withoutSecret(run, 'incoming-call', () => postForm(`${publicUrl()}/voice`, { a: 'b' }, forged));
    await withoutSecret(run, 'recording-callback', () =>
      postForm(`${publicUrl()}/recording-callback`, { a: 'b' }, forged),
    );
    await withoutSecret(run, 'stream-status', () => postForm(`${publicUrl()}/stream-status`, { a: 'b' }, forged));
    await withoutSecret(run, 'stream-connect', () => handshake(streamUrl(), forged));
  });

  test('incoming-call answers with the stream of this deployment, and with what comes then', async () => {
    ({ callSid } = await standIns.twilio.placeCall({
      ...UNTIL_HUNG_UP,
      voiceUrl: `${publicUrl()}/voice?disclaimer=named`,
    }));
    await until(() => run.results('incoming-call').length === 2, 'the call is answered');
    const result = run.results('incoming-call').at(-1);
    expect(result).toMatchObject({ ok: true, payload: { statusCode: 200 } });
    const { body } = (result as { payload: { body: string } }).payload;
    expect(body).toContain(`<Stream url="${streamUrl()}"`);
    expect(body).toContain(`${NUMBER}</Dial>`);
    expect(run.line('incoming-call', 'call_answered')).toMatchObject({ callSid, service: 'incoming-call' });
  });

  test('stream-connect notes the call, queues its start for a second later, plays and closes', async () => {
    const closed = () => standIns.notes.twilio.some((event) => event.kind === 'stream-closed');
    await until(closed, 'the disclaimer was heard, and the stream closed');
    expect(await table().read({ kind: 'call', callSid })).toMatchObject({
      ...{ state: 'noted', waiting: { next: 'start' } },
      policy: { disclaimer: 'named' },
    });
    expect(sentBy(run, 'stream-connect', 0)).toEqual([
      expect.objectContaining({ queue: queueArn('recording-start'), delay: 1, callSid }),
    ]);
    const connections = run.requests('stream-connect').filter(({ backend }) => backend === 'connections');
    const methods = connections.map(({ resource }) => resource.split('/')[2]);
    expect(new Set(methods)).toEqual(new Set(['POST', 'DELETE']));
    const played = connections.flatMap(({ body }) => {
      const { media } = body as { readonly media?: { readonly payload: string } };
      return media ? [Buffer.from(media.payload, 'base64')] : [];
    });
    expect(Buffer.concat(played).equals(readDisclaimer(NAMED))).toBe(true);
    expect(run.metrics('stream-connect')).toContainEqual({
      ...{ name: 'StreamStarted', value: 1, namespace: METRICS_NAMESPACE },
      dimensions: { service: 'stream-connect', stage: STAGE },
    });
  });

  test('stream-connect records the streams of others without a word, as configured', async () => {
    const since = run.requests('stream-connect').length;
    const socket = new WebSocket(streamUrl(), { headers: { 'x-twilio-signature': signature(authToken, streamUrl()) } });
    await once(socket, 'open');
    const streamSid = `MZ${'5'.repeat(32)}`;
    const start = { accountSid, streamSid, callSid: sidOfCall('5'), tracks: ['inbound'], customParameters: {} };
    socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid, start }));
    const starts = run.results('stream-connect').length;
    await until(() => run.results('stream-connect').length > starts, 'the start is through');
    socket.terminate();
    expect(sentBy(run, 'stream-connect', since)).toMatchObject([{ callSid: sidOfCall('5') }]);
    expect(await table().read({ kind: 'call', callSid: sidOfCall('5') })).toMatchObject({ state: 'noted' });
    expect(
      run
        .requests('stream-connect')
        .slice(since)
        .map(({ backend }) => backend),
    ).not.toContain('connections');
  });

  test('record-call has a live call recorded that nobody here has answered', async () => {
    const { sid } = await outboundCall();
    const url = `${publicUrl()}/calls/${sid}/recording`;
    const post = async () => {
      const headers = await signedHeaders(url, { method: 'POST', secretAccessKey: SECRET_ACCESS_KEY });
      return (await ask(url, headers, { method: 'POST' })).status;
    };
    await withoutSecret(run, 'record-call', post);
    expect(await post()).toBe(202);
    expect(await table().read({ kind: 'call', callSid: sid })).toMatchObject({
      state: 'noted',
      requestedBy: expect.stringMatching(/^arn:/),
    });
    const queue = queueArn('recording-start');
    expect(sentBy(run, 'record-call', 0)).toContainEqual(expect.objectContaining({ queue, callSid: sid }));
    expect(run.line('record-call', 'call_requested')).toMatchObject({ callSid: sid, service: 'record-call' });
  });

  test('hold keeps a call as it is, lists it, and lets it go', async () => {
    const call = sidOfCall('8');
    await write(callRow({ callSid: call, state: 'recording' }));
    const request = async (method: 'GET' | 'POST', path: string, body?: string) => {
      const url = publicUrl() + path;
      const headers = await signedHeaders(url, { method, secretAccessKey: SECRET_ACCESS_KEY, ...(body && { body }) });
      return ask(url, headers, { method, ...(body && { body }) });
    };
    const body = JSON.stringify({ reason: 'Case 4711' });
    expect((await request('POST', `/calls/${call}/hold`, body)).status).toBe(200);
    expect(JSON.parse((await request('GET', '/holds')).text)).toMatchObject({ holds: [{ callSid: call }] });
    expect((await request('POST', `/calls/${call}/release`, body)).status).toBe(200);
    expect(await table().read({ kind: 'hold', callSid: call })).toMatchObject({ state: 'released' });
    expect(run.line('hold', 'call_held')).toMatchObject({ callSid: call, service: 'hold' });
  });

  test('what Twilio reports of a stream notes its call, or has it looked up', async () => {
    const form = (digit: string, StreamEvent: string) => ({
      ...{ AccountSid: accountSid, CallSid: sidOfCall(digit), StreamSid: `MZ${digit.repeat(32)}`, StreamEvent },
    });
    const tell = (digit: string, event: string) =>
      run.run('stream-status', webhookEvent(publicUrl(), '/stream-status', form(digit, event), authToken));
    expect(await tell('3', 'stream-started')).toMatchObject({ ok: true, payload: { statusCode: 204 } });
    expect(await table().read({ kind: 'call', callSid: sidOfCall('3') })).toMatchObject({ state: 'answered' });
    expect(await tell('4', 'stream-error')).toMatchObject({ ok: true, payload: { statusCode: 204 } });
    const queue = queueArn('recording-start');
    expect(sentBy(run, 'stream-status', 0)).toContainEqual(expect.objectContaining({ queue, callSid: sidOfCall('4') }));
  });

  test('a number whose calls are recorded by TwiML has no stream, and its disclaimer comes from this deployment', async () => {
    const placed = await standIns.twilio.placeCall({
      ...UNTIL_HUNG_UP,
      voiceUrl: `${publicUrl()}/voice?startBy=twiml&disclaimer=named`,
    });
    const heard = () => standIns.notes.twilio.find((one) => one.kind === 'played' && one.callSid === placed.callSid);
    await until(() => heard() !== undefined, 'the disclaimer was heard');
    const { url } = heard() as { url: string };
    expect(url).toMatch(new RegExp(`^${publicUrl()}/disclaimer/[0-9a-f]{64}\\.wav$`));
    const reply = await fetch(url);
    const bytes = Buffer.from(await reply.arrayBuffer());
    expect(url).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect(bytes.equals(playableFile(readDisclaimer(NAMED)).bytes)).toBe(true);
    expect(reply.headers.get('cache-control')).toContain('immutable');
    const again = await fetch(url, { headers: { 'if-none-match': reply.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
    expect(run.line('disclaimer', 'disclaimer_served')).toMatchObject({ service: 'disclaimer', status: 304 });
    const replaced = await fetch(url.replace(/[0-9a-f]{64}/, '0'.repeat(64)));
    const own = playableFile(readDisclaimer(DEFAULT_DISCLAIMER)).bytes;
    expect(Buffer.from(await replaced.arrayBuffer()).equals(own)).toBe(true);
    const key = { kind: 'call', callSid: placed.callSid } as const;
    await until(async () => (await table().read(key))?.state === 'recording', 'its recording has called back');
    expect(await table().read(key)).toMatchObject({
      startBy: 'twiml',
      policy: { startBy: 'twiml', disclaimer: 'named' },
    });
    expect(run.line('recording-callback', 'recording_success')).toMatchObject({
      how: 'twiml',
      callSid: placed.callSid,
    });
    const opened = standIns.notes.twilio.filter(({ kind }) => kind === 'stream-opened');
    expect(opened).not.toContainEqual(expect.objectContaining({ callSid: placed.callSid }));
    await hangUp({ url: standIns.twilio.url, ...CREDENTIALS }, placed.callSid);
  });

  test('recording-start tells when the secret cannot be read', async () => {
    const unknown = message('recording-start', { callSid: sidOfCall('e'), startedAt: Date.now() });
    await withoutSecret(run, 'recording-start', () => run.run('recording-start', unknown));
  });

  test('recording-start has Twilio record the call, and call back to this deployment', async () => {
    const Records = await received('recording-start', callSid);
    expect(await run.run('recording-start', { Records })).toEqual({ ok: true, payload: { batchItemFailures: [] } });
    const start = standIns.notes.requests.findLast(({ backend, action }) => backend === 'twilio' && action === 'POST');
    expect(start?.resource).toContain(`/Calls/${callSid}/Recordings.json`);
    expect(start?.body).toMatchObject({
      RecordingChannels: 'dual',
      RecordingStatusCallback: expect.stringContaining(`${publicUrl()}/recording-callback?`),
    });
    expect(await table().read({ kind: 'call', callSid })).toMatchObject({ state: 'recording' });
    expect(run.line('recording-start', 'recording_success')).toMatchObject({ callSid, service: 'recording-start' });
  });

  test('recording-start records a live call whose stream has not started', async () => {
    const { sid } = await outboundCall();
    const key = { kind: 'call', callSid: sid } as const;
    // It may still ring.
    await until(async () => {
      await run.run('recording-start', message('recording-start', { callSid: sid, lookUp: true }));
      return (await table().read(key))?.state === 'recording';
    }, 'recorded without its stream');
    expect(await table().read(key)).toMatchObject({ noDisclaimer: true });
  });

  test('recording-start notes no events where they are off', async () => {
    const over = await recordedElsewhere('d');
    await otherwise.run(
      'recording-start',
      message('recording-start', { callSid: over.callSid, startedAt: Date.now() }),
    );
    const row = await table().read({ kind: 'call', callSid: over.callSid });
    expect([row?.state, row?.pendingEvents]).toEqual(['unrecordable', undefined]);
  });

  test('recording-callback notes what is complete, and queues its copy', async () => {
    const { twilio, notes } = standIns;
    expect(notes.twilio.map(({ kind }) => kind)).toContain('recording-started');
    // Shorter ones are `absent`.
    await sleep(1500);
    await hangUp({ url: twilio.url, ...CREDENTIALS }, callSid);
    await until(
      () =>
        notes.twilio.some(
          (one) => one.kind === 'callback-sent' && one.event === 'completed' && one.callSid === callSid,
        ),
      'it was called back',
    );
    const [recording] = twilio.recordings().filter((one) => one.callSid === callSid);
    const row = await rowOf(callSid, recording?.sid ?? '');
    expect(row).toMatchObject({ state: 'completed', proof: expect.anything(), pendingEvents: expect.anything() });
    expect(row?.twilioUrl).toContain(`/2010-04-01/Accounts/${accountSid}/Recordings/${recording?.sid}`);
    const sent = sentBy(run, 'recording-callback', 0).filter((one) => one.callSid === callSid);
    expect(sent).toEqual([{ queue: queueArn('recording-copy'), callSid, recordingSid: recording?.sid }]);
  });

  test('recording-callback notes no events where they are off', async () => {
    elsewhere = await recordedElsewhere('c');
    const form = {
      ...{
        AccountSid: accountSid,
        CallSid: elsewhere.callSid,
        RecordingSid: elsewhere.recordingSid,
        RecordingChannels: '2',
      },
      ...{ RecordingStatus: 'completed', RecordingDuration: '3', RecordingSource: 'StartCallRecordingAPI' },
    };
    const event = webhookEvent(publicUrl(), '/recording-callback', form, authToken);
    expect(await otherwise.run('recording-callback', event)).toMatchObject({ ok: true });
    const row = await rowOf(elsewhere.callSid, elsewhere.recordingSid);
    expect([row?.state, row?.pendingEvents]).toEqual(['completed', undefined]);
  });
});

describe('a recording', () => {
  test('recording-copy tells when the secret cannot be read', async () => {
    const gone = { callSid: sidOfCall('b'), recordingSid: sidOfRecording('b') };
    await write(recordingRow(gone));
    await withoutSecret(run, 'recording-copy', () => run.run('recording-copy', message('recording-copy', gone)));
  });

  test('recording-copy stores it in the format, at the place and for the time that are configured', async () => {
    const result = await run.run('recording-copy', { Records: await received('recording-copy', callSid) });
    expect(result).toEqual({ ok: true, payload: { batchItemFailures: [] } });
    const [{ sid: recordingSid = '' } = {}] = standIns.twilio.recordings().filter((one) => one.callSid === callSid);
    const row = await rowOf(callSid, recordingSid);
    expect(row).toMatchObject({ state: 'stored', waiting: { next: 'delete' } });
    if (row) recorded = row;
    const { bucket, key, storedAt = 0 } = row?.stored ?? {};
    expect([bucket, key]).toEqual([standIns.deployment.bucketName, `recordings/${callSid}/${recordingSid}.mp3`]);
    expect((row?.waiting?.due ?? 0) - storedAt).toBe(KEPT_HOURS * HOUR);
    expect(run.requests('recording-copy').map(({ resource }) => resource)).toContain(`arn:aws:s3:::${bucket}/${key}`);
  });

  test('recording-copy takes what else is configured', async () => {
    await otherwise.run('recording-copy', message('recording-copy', elsewhere));
    expect((await rowOf(elsewhere.callSid, elsewhere.recordingSid))?.peaks).toBe(true);
    const row = await rowOf(elsewhere.callSid, elsewhere.recordingSid);
    expect([row?.stored?.key.slice(-4), row?.pendingEvents]).toEqual(['.wav', undefined]);
  });

  test('recording-delete keeps what has not been kept for long enough', async () => {
    const { recordingSid, version, stored } = recorded;
    const due = Date.now() - MINUTE;
    const early = { ...recorded, version: version + 1, waiting: { next: 'delete', due } } as const;
    expect(await table().write(early, version)).toBe('written');
    await run.run('recording-delete', message('recording-delete', { callSid, recordingSid }));
    const row = await rowOf(callSid, recordingSid);
    expect(row?.state).toBe('stored');
    // S3's own date, in whole seconds, may be a little later than the row's.
    const kept = (row?.waiting?.due ?? 0) - (stored?.storedAt ?? 0);
    expect(Math.abs(kept - KEPT_HOURS * HOUR)).toBeLessThan(MINUTE);
  });

  test('recording-delete deletes nothing while deletions are paused', async () => {
    const key = { callSid, recordingSid: recorded.recordingSid };
    await paused.run('recording-delete', message('recording-delete', key));
    expect(standIns.notes.requests.filter(({ action }) => action === 'DELETE')).toEqual([]);
    expect(await rowOf(callSid, recorded.recordingSid)).toMatchObject({ state: 'stored' });
  });

  test('recording-delete deletes at Twilio what has been kept for long enough, once it can read the secret', async () => {
    const key = { callSid, recordingSid: recorded.recordingSid };
    const event = message('recording-delete', key);
    await withoutSecret(otherwise, 'recording-delete', () => otherwise.run('recording-delete', event));
    await otherwise.run('recording-delete', event);
    const deletions = standIns.notes.requests.filter(({ action }) => action === 'DELETE');
    expect(deletions.map(({ resource }) => resource)).toEqual([
      `/2010-04-01/Accounts/${accountSid}/Recordings/${recorded.recordingSid}.json`,
    ]);
    const row = await rowOf(callSid, recorded.recordingSid);
    expect(row?.state).toBe('deleted');
    expect(row?.pendingEvents?.map(({ kind }) => kind)).not.toContain('recording-deleted');
  });

  test.each(['recording-start', 'recording-copy', 'recording-delete', 'erase', 'reconcile'] as const)(
    '%s puts off a message that it cannot use, on its own queue',
    async (step) => {
      await send(step, 'nothing that is known');
      const Records = await received(step, 'nothing');
      expect(Records).toHaveLength(1);
      const before = run.lines(step).length;
      await run.run(step, { Records });
      const events = run
        .lines(step)
        .slice(before)
        .map(({ event }) => event);
      expect(events).toEqual(['message_unreadable']);
      expect(run.requests(step)).toContainEqual(
        expect.objectContaining({
          action: 'sqs:ChangeMessageVisibility',
          resource: expect.stringContaining(`:${queueArn(step)}`),
        }),
      );
    },
  );
});

describe('an erasure', () => {
  const call = sidOfCall('2');
  const recordingSid = sidOfRecording('2');
  const key = `recordings/${call}/${recordingSid}.wav`;

  test('erase notes what is asked for, and erases it once the queue has it', async () => {
    const { bucketName } = standIns.deployment;
    const { s3 } = standIns.clients;
    await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: 'audio' }));
    await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: `peaks/${call}/${recordingSid}.json`, Body: '{}' }));
    const leading = { kind: 'party', party: 'f'.repeat(64), at: Date.parse('2026-03-01T12:00:00Z'), call } as const;
    await write({ ...leading, version: 1, writer: 'fixture' });
    await write(callRow({ callSid: call, state: 'recording', party: leading.party, startedAt: leading.at }));
    const { waiting: _none, ...row } = recordingRow({ callSid: call, recordingSid, state: 'deleted' });
    const stored = { bucket: bucketName, key, bytes: 5, checksum: 'x', contentType: 'audio/x-wav', storedAt: 0 };
    await write({ ...row, stored, deletedAt: 1 });
    const url = `${publicUrl()}/calls/${call}/erasure`;
    const body = JSON.stringify({ reason: 'Request 12' });
    const headers = await signedHeaders(url, { method: 'POST', secretAccessKey: SECRET_ACCESS_KEY, body });
    const { status, text } = await ask(url, headers, { method: 'POST', body });
    expect(status).toBe(202);
    const { erasure } = JSON.parse(text);
    const Records = await received('erase', call);
    await withoutSecret(run, 'erase', () => run.run('erase', { Records }));
    expect(await run.run('erase', { Records })).toEqual({ ok: true, payload: { batchItemFailures: [] } });
    expect(await table().read({ kind: 'erasure', callSid: call, id: erasure })).toMatchObject({ state: 'erased' });
    expect(await rowOf(call, recordingSid)).toMatchObject({ state: 'erased' });
    expect(await table().read(leading)).toBeUndefined();
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucketName, Prefix: `recordings/${call}` }));
    expect(listed.Contents).toBeUndefined();
    const receipt = new GetObjectCommand({ Bucket: bucketName, Key: `erasures/${call}/${erasure}.json` });
    const kept = await (await s3.send(receipt)).Body?.transformToString();
    expect(JSON.parse(kept ?? '')).toMatchObject({ callSid: call, recordings: [{ recordingSid, sha256: 'x' }] });
  });
});

describe('what runs on a schedule', () => {
  test('sweep puts each kind of overdue work on its own queue', async () => {
    const due = Date.now() - MINUTE;
    const key = { callSid: sidOfCall('9'), recordingSid: sidOfRecording('9') };
    await write(callRow({ callSid: key.callSid, waiting: { next: 'start', due } }));
    await write(recordingRow({ ...key, waiting: { next: 'copy', due } }));
    const deleted = { ...key, recordingSid: sidOfRecording('8') };
    await write(recordingRow({ ...deleted, state: 'stored', waiting: { next: 'delete', due } }));
    const erasure = { kind: 'erasure', callSid: key.callSid, id: 'overdue', state: 'asked', attempts: 0 } as const;
    const asked = { by: 'arn:aws:iam::123456789012:user/privacy', reason: 'Request 12', requestedAt: due };
    await write({ ...erasure, ...asked, waiting: { next: 'erase', due }, version: 1, writer: 'fixture' });

    await paused.run('sweep', SCHEDULED);
    expect(sentBy(run, 'sweep', 0).map(({ queue }) => queue)).not.toContain(queueArn('recording-delete'));
    expect(await run.run('sweep', SCHEDULED)).toMatchObject({ ok: true });
    const sent = sentBy(run, 'sweep', 0);
    expect(sent).toContainEqual(expect.objectContaining({ queue: queueArn('recording-start'), callSid: key.callSid }));
    expect(sent).toContainEqual({ queue: queueArn('recording-copy'), ...key });
    expect(sent).toContainEqual({ queue: queueArn('recording-delete'), ...deleted });
    expect(sent).toContainEqual({ queue: queueArn('erase'), callSid: key.callSid, erasure: 'overdue' });
    expect(run.metrics('sweep')).toContainEqual(
      expect.objectContaining({ name: 'DeletionsDue', dimensions: { service: 'sweep', stage: STAGE } }),
    );
  });

  test('reconcile takes in what Twilio lists, once it can read the secret', async () => {
    await write(callRow({ callSid: sidOfCall('7'), state: 'recording' }));
    const missed = await recordedElsewhere('7');
    const unnoted = await unnotedCall();
    await withoutSecret(run, 'reconcile', () => run.run('reconcile', SCHEDULED));
    expect(await run.run('reconcile', SCHEDULED)).toMatchObject({ ok: true });
    const found = await table().read({ kind: 'call', callSid: unnoted });
    expect(found).toMatchObject({ state: 'unrecordable', party: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await rowOf(missed.callSid, missed.recordingSid)).toMatchObject({
      ...{ state: 'completed', pendingEvents: expect.anything() },
    });
    expect(sentBy(run, 'reconcile', 0)).toContainEqual({ queue: queueArn('recording-copy'), ...missed });
  });

  test('reconcile puts on its own queue a pass that does not come on, and works it off', async () => {
    const pass = { begunAt: 1, knownUntil: 1, reachesBackTo: 1, settledUntil: 1, page: '1 none' };
    const piece = { ...pass, id: 'piece-of-old', kind: 'fresh', touchedAt: 1 } as const;
    const memory = await table().read({ kind: 'reconcile' });
    const recordings = { checkedUntil: 1, pieces: [piece] };
    const version = (memory?.version ?? 0) + 1;
    const row = { kind: 'reconcile', checkedUntil: 1, recordings, version, writer: 'test' } as const;
    expect(await table().write(row, memory?.version)).toBe('written');
    await run.run('reconcile', SCHEDULED);
    const asked = { list: 'recordings', piece: piece.id };
    expect(sentBy(run, 'reconcile', 0)).toContainEqual({ queue: queueArn('reconcile'), ...asked });
    await run.run('reconcile', message('reconcile', asked));
    const left = (await table().read({ kind: 'reconcile' }))?.recordings?.pieces ?? [];
    expect(left.map(({ id }) => id)).not.toContain(piece.id);
  });

  test('reconcile notes no events where they are off', async () => {
    await write(callRow({ callSid: sidOfCall('6'), state: 'recording' }));
    const missed = await recordedElsewhere('6');
    await otherwise.run('reconcile', SCHEDULED);
    const row = await rowOf(missed.callSid, missed.recordingSid);
    expect([row?.state, row?.pendingEvents]).toEqual(['completed', undefined]);
  });

  test('canary places its call, serves its tone, and looks for it in the bucket', async () => {
    await withoutSecret(run, 'canary', () => run.run('canary', SCHEDULED));
    const { clients, deployment } = standIns;
    await clients.s3.send(
      new DeleteObjectCommand({ Bucket: deployment.bucketName, Key: 'recordings/canary/memory.json' }),
    );
    expect(await run.run('canary', SCHEDULED)).toMatchObject({ ok: true });
    const { callSid: placed } = run.line('canary', 'canary_placed') as { callSid: string };
    expect(await table().read({ kind: 'call', callSid: placed })).toMatchObject({ canary: true });
    expect(await run.run('canary', SCHEDULED)).toMatchObject({ ok: true });
    expect(run.metrics('canary')).toContainEqual(
      expect.objectContaining({ name: 'CanarySeconds', dimensions: { service: 'canary', stage: STAGE } }),
    );
    const { status, headers } = await ask(`${publicUrl()}/canary/tone.wav`);
    expect([status, headers['content-type']]).toEqual([200, 'audio/wav']);
    await hangUp({ url: standIns.twilio.url, ...CREDENTIALS }, placed);
  });

  test('announce tells the bus of this deployment, in its name', async () => {
    const key = { callSid, recordingSid: recorded.recordingSid };
    expect(await run.run('announce', SCHEDULED)).toMatchObject({ ok: true });
    expect(standIns.notes.announced).toContainEqual(
      expect.objectContaining({ bus: BUS, detail: expect.objectContaining({ stage: STAGE, ...key }) }),
    );
    expect((await rowOf(key.callSid, key.recordingSid))?.pendingEvents).toBeUndefined();
    expect(run.metrics('announce')).toContainEqual(
      expect.objectContaining({ name: 'EventAnnounced', dimensions: { service: 'announce', stage: STAGE } }),
    );
  });
});

test('watch-log keeps what is told of alarms and of the stack', async () => {
  const name = 'call-recorder-wiring-sweep-silent';
  const at = Date.parse('2026-03-01T11:59:58.765Z');
  expect(await run.run('watch-log', alarmChanged(name, 'ALARM'))).toMatchObject({ ok: true });
  const row = await table().read({ kind: 'watch', at, id: 'alarm-ALARM' });
  expect(row).toMatchObject({ what: 'alarm', name, state: 'ALARM' });
  expect(await run.run('watch-log', stackChanged('stack', 'UPDATE_COMPLETE'))).toMatchObject({ ok: true });
  expect(run.line('watch-log', 'watch_noted')).toMatchObject({ service: 'watch-log' });
});

describe('what is played', () => {
  const lookUp = async (path: string) => {
    const url = `${publicUrl()}${path}`;
    const { status, text } = await ask(url, await signedHeaders(url, { secretAccessKey: SECRET_ACCESS_KEY }));
    return { status, body: JSON.parse(text) };
  };

  test('look-up finds it by its call and by its day, with links to S3 and to recording-play', async () => {
    const found = await lookUp(`/calls/${elsewhere.callSid}`);
    expect(found).toMatchObject({ status: 200, body: { recordings: [{ recordingSid: elsewhere.recordingSid }] } });
    const link = found.body.recordings[0].playback.url;
    expect((await ask(link)).status).toBe(200);
    expect(run.requests('look-up').map(({ action }) => action)).toContain('s3:GetObject');
    const { body } = await lookUp(LOOK_UP_ROUTES.recordings.split(' ')[1] ?? '');
    const listed = body.recordings.map(({ recordingSid }: RecordingRow) => recordingSid);
    expect(listed).toContain(elsewhere.recordingSid);
    expect(run.line('look-up', 'recordings_listed')).toMatchObject({ service: 'look-up' });
    const calls = await lookUp(LOOK_UP_ROUTES.calls.split(' ')[1] ?? '');
    expect(calls.body.calls.map((call: { callSid: string }) => call.callSid)).toContain(elsewhere.callSid);
  });

  test('look-up finds it by the number that called, and no line of a log has that number', async () => {
    const { body } = await lookUp('/calls?party=%2B15005550001');
    const rows = await Promise.all(
      body.calls.map((call: { callSid: string }) => table().read({ kind: 'call', callSid: call.callSid })),
    );
    // What /voice has noted, and what reconcile has found.
    expect(rows.filter((row) => row?.answeredAt !== undefined).length).toBeGreaterThan(0);
    expect(rows.filter((row) => row?.answeredAt === undefined).length).toBeGreaterThan(0);
    expect((await lookUp('/calls?party=%2B15005550099')).body.calls).toEqual([]);
    for (const step of STEPS) expect(JSON.stringify(run.lines(step))).not.toContain('15005550001');
  });

  test('look-up gives one link, and tells who had it', async () => {
    const [, path = ''] = LOOK_UP_ROUTES.link.split(' ');
    const { callSid: ofCall, recordingSid } = elsewhere;
    const url = publicUrl() + path.replace('{callSid}', ofCall).replace('{recordingSid}', recordingSid);
    const request = { method: 'POST', body: JSON.stringify({ for: 'download' }) };
    const { status, text } = await ask(
      url,
      await signedHeaders(url, { secretAccessKey: SECRET_ACCESS_KEY, ...request }),
      request,
    );
    expect([status, (await ask(JSON.parse(text).url)).status]).toEqual([200, 200]);
    const { body } = await lookUp(`${AUDIT_ROUTE.split(' ')[1]}?callSid=${ofCall}`);
    expect(body.entries[0]).toMatchObject({ what: 'link-issued', for: 'download', recordingSid, from: '127.0.0.1' });
    // The role allows to write no other rows.
    const written = run.requests('look-up').filter(({ action }) => action === 'dynamodb:PutItem');
    expect(written.length).toBeGreaterThan(3);
    for (const { body: put } of written) expect(JSON.stringify(put.Item)).toContain('"callSid":{"S":"AUDIT#');
  });

  test('look-up gives the peaks that recording-copy has kept', async () => {
    const [, path = ''] = LOOK_UP_ROUTES.peaks.split(' ');
    const { callSid: ofCall, recordingSid } = elsewhere;
    const { body } = await lookUp(path.replace('{callSid}', ofCall).replace('{recordingSid}', recordingSid));
    expect(body).toMatchObject({ durationSeconds: 3, channels: [expect.any(Array), expect.any(Array)] });
  });

  test('recording-play plays what is at Twilio only, once it can read the secret', async () => {
    const [missed] = standIns.twilio.recordings().filter((one) => one.callSid === sidOfCall('7'));
    const { body } = await lookUp(`/calls/${sidOfCall('7')}`);
    const { url } = body.recordings[0].playback;
    await withoutSecret(run, 'recording-play', () => ask(url));
    const { status, text } = await ask(url);
    expect([status, text.length > 1000]).toEqual([200, true]);
    await until(() => run.line('recording-play', 'recording_played') !== undefined, 'it was played');
    expect(run.line('recording-play', 'recording_played')).toMatchObject({ recordingSid: missed?.sid });
  });
});

describe('what is logged and counted', () => {
  test.each(STEPS)('%s says so in its own name, and in that of this deployment', (step) => {
    const services = run.lines(step).map(({ service }) => service);
    expect(new Set(services)).toEqual(new Set([step]));
    for (const { namespace, dimensions } of run.metrics(step)) {
      expect([namespace, dimensions]).toEqual([METRICS_NAMESPACE, { service: step, stage: STAGE }]);
    }
  });
});

const EVENT_SOURCE = 'The event source of the function asks SQS for it, with the rights of the role.';
/** What a role allows and this run has not needed, and why it is right all the same. */
const UNUSED: readonly (readonly [action: RegExp, why: string])[] = [
  [/^logs:/, 'Lambda itself writes the log, with the rights of the role.'],
  [/^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes|GetQueueUrl)$/, EVENT_SOURCE],
  [/^s3:ListBucket$/, 'Without it S3 answers 403 instead of 404 where an object is missing.'],
  [/^s3:AbortMultipartUpload$/, 'Only an upload of several parts that fails is given up.'],
  [/^s3:GetObjectVersion$/, 'The emulator keeps no versions.'],
  [/^s3:GetObjectRetention$/, 'The emulator has no Object Lock.'],
  [
    /^lambda:InvokeFunction(Url)?$/,
    'Anyone who has a link uses it, with the rights of its signer; the gateway knows no roles.',
  ],
];

describe('the rights of the roles', () => {
  let rights: ReadonlyMap<Step, readonly Right[]>;
  beforeAll(() => {
    rights = readRights(standIns.assembly, standIns.deployment);
  });

  test('are those of every step of the template', () => {
    expect([...rights.keys()].sort()).toEqual([...STEPS].sort());
    for (const step of STEPS) expect([step, run.results(step).length > 0]).toEqual([step, true]);
  });

  test.each(STEPS)('cover whatever %s has asked for', (step) => {
    const asked = run.requests(step).map(({ action, resource }) => ({ action, resource }));
    expect(asked.filter((request) => !rights.get(step)?.some((right) => covers(right, request)))).toEqual([]);
  });

  test.each(STEPS)('of %s are no more than it needs', (step) => {
    const idle = (rights.get(step) ?? []).filter(
      (right) => ![run, otherwise].some((one) => one.requests(step).some((request) => covers(right, request))),
    );
    const unexplained = idle.filter(({ action }) => !UNUSED.some(([explained]) => explained.test(action)));
    expect(unexplained).toEqual([]);
  });
});
