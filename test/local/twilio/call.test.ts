/** Whole calls: TwiML, stream, recording and callbacks, between the server and a small application. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import { WaveFile } from 'wavefile';
import type { TwilioServerEvent } from '../../../local/twilio/events.ts';
import { encodeMulaw } from '../../../local/twilio/mulaw.ts';
import { type PlaceCallOptions, startTwilioServer, type TwilioServer } from '../../../local/twilio/server.ts';
import { type Application, type Behavior, startApplication } from './application.ts';

const CREDENTIALS = { accountSid: `AC${'a'.repeat(32)}`, authToken: 'the-auth-token' };
const SPEED = 8;

interface Stage {
  readonly application: Application;
  readonly server: TwilioServer;
  readonly events: TwilioServerEvent[];
  readonly client: ReturnType<typeof twilio>;
}

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function stage(behavior: Omit<Behavior, 'authToken'>, speed = SPEED): Promise<Stage> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'twilio-'));
  const application = await startApplication({ authToken: CREDENTIALS.authToken, ...behavior });
  const events: TwilioServerEvent[] = [];
  const server = await startTwilioServer({
    ...{ port: 0, dataDirectory, credentials: CREDENTIALS, speed },
    registrationDelay: () => 0,
    onEvent: (event) => events.push(event),
  });
  closers.push(
    () => rmSync(dataDirectory, { recursive: true }),
    () => application.close(),
    () => server.close(),
  );
  const client = twilio(CREDENTIALS.accountSid, CREDENTIALS.authToken);
  client.api.baseUrl = server.url;
  return { application, server, events, client };
}

/** The channels of a WAV file as 16-bit samples. */
function channelsOf(path: string): ArrayLike<number>[] {
  const wav = new WaveFile(readFileSync(path));
  expect(wav.fmt).toMatchObject({ sampleRate: 8000, bitsPerSample: 16, audioFormat: 1 });
  const samples: ArrayLike<number> | ArrayLike<number>[] = wav.getSamples(false, Int16Array);
  return Array.isArray(samples) ? samples : [samples];
}

function loudness(samples: ArrayLike<number> | undefined): number {
  const squares = Array.from(samples ?? [], (sample) => sample * sample);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length));
}

const TONE = Int16Array.from({ length: 8000 }, (_, index) => Math.round(8000 * Math.sin(index / 3)));

test('a call is streamed, recorded in two channels by REST, dialled on, and reported', async () => {
  const { application, server, events, client } = await stage({
    twiml: (_, { streamUrl }) => `<Response>
        <Connect><Stream url="${streamUrl}"><Parameter name="key" value="a &amp; b"/></Stream></Connect>
        <Dial>+15005550009</Dial>
      </Response>`,
    status: ({ parameters }, earlier) => (parameters.RecordingStatus === 'completed' && earlier < 2 ? 503 : 204),
    onMessage(socket, { event, streamSid }) {
      if (event === 'start') {
        const payload = encodeMulaw(TONE).toString('base64');
        socket.send(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
        socket.send(JSON.stringify({ event: 'mark', streamSid, mark: { name: 'heard' } }));
      }
      if (event === 'mark') socket.close();
    },
  });
  const { callSid, ended } = await server.placeCall({ voiceUrl: `${application.url}/voice`, talkMs: 4000 });
  await application.webhook(({ path }) => path === '/voice');
  // The stream's start is on its way; the recording begins while the tone plays.
  while (!application.messages.some(({ event }) => event === 'start')) await new Promise(setImmediate);
  const created = await client.calls(callSid).recordings.create({
    recordingChannels: 'dual',
    recordingStatusCallback: `${application.url}/recorded#rc=5&rp=all`,
    recordingStatusCallbackEvent: ['in-progress', 'completed', 'absent'],
  });
  expect(created).toMatchObject({ callSid, status: 'in-progress', channels: 2, source: 'StartCallRecordingAPI' });
  await ended;
  const completed = await application.webhook(({ parameters }) => parameters.RecordingStatus === 'completed');

  expect(application.handshakes).toEqual([true]);
  expect(application.webhooks.every(({ signed }) => signed)).toBe(true);
  const [connected, start] = application.messages;
  expect(connected).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  expect(start).toMatchObject({
    event: 'start',
    sequenceNumber: '1',
    start: {
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { key: 'a & b' },
    },
  });
  const media = application.messages.filter(({ event }) => event === 'media');
  // A second of tone is heard for a second, in frames of 20 ms, before its mark returns.
  expect(media.length).toBeGreaterThanOrEqual(49);
  expect(media.length).toBeLessThan(80);
  expect(media[1]).toMatchObject({ media: { track: 'inbound', chunk: '2', timestamp: '20' }, sequenceNumber: '3' });

  const recordingSid = created.sid;
  const seconds = Number(completed.parameters.RecordingDuration);
  expect(seconds).toBeGreaterThanOrEqual(4);
  expect(completed.parameters).toMatchObject({
    CallSid: callSid,
    RecordingSid: recordingSid,
    RecordingUrl: `${server.url}/2010-04-01/Accounts/${CREDENTIALS.accountSid}/Recordings/${recordingSid}`,
    RecordingChannels: '2',
    RecordingSource: 'StartCallRecordingAPI',
    RecordingTrack: 'both',
    ErrorCode: '0',
  });
  const [caller, heard] = channelsOf(server.media(recordingSid) ?? '');
  expect(caller?.length).toBe(heard?.length);
  expect(Math.abs((caller?.length ?? 0) / 8000 - seconds)).toBeLessThanOrEqual(0.5);
  expect(loudness(caller)).toBeGreaterThan(300);
  expect(loudness(heard)).toBeGreaterThan(300);

  // Refused once with 503, and `rp=all` asked for retries.
  while (!events.some((event) => event.kind === 'callback-sent' && event.event === 'completed')) {
    await new Promise(setImmediate);
  }
  const reported = events.find((event) => event.kind === 'callback-sent' && event.event === 'completed');
  expect(reported).toMatchObject({ status: 204, attempts: 2 });
  const tokens = application.webhooks
    .filter(({ parameters }) => parameters.RecordingStatus === 'completed')
    .map(({ idempotencyToken }) => idempotencyToken);
  expect(new Set(tokens).size).toBe(1);
  expect(events.filter(({ kind }) => kind === 'warning')).toEqual([]);
  const children = await client.calls.list({ parentCallSid: callSid });
  expect(children).toMatchObject([{ to: '+15005550009', status: 'completed', direction: 'outbound-dial' }]);
});

/** Runs a call through this TwiML to its end; `/voice/NAME` answers the other documents. */
async function run(
  twiml: string,
  options: { documents?: Record<string, string>; call?: Partial<PlaceCallOptions>; behavior?: Partial<Behavior> } = {},
): Promise<Stage & { callSid: string; verbs: string[]; warnings: number[] }> {
  const { documents = {}, call = {}, behavior = {} } = options;
  const here = await stage({
    twiml: ({ path }, { url, streamUrl }) => {
      const document = documents[path.slice('/voice/'.length).replace(/\?.*/, '')] ?? twiml;
      return document.replaceAll('APP', url).replaceAll('STREAM', streamUrl);
    },
    ...behavior,
  });
  const { callSid, ended } = await here.server.placeCall({ voiceUrl: `${here.application.url}/voice`, ...call });
  await ended;
  const verbs = here.events.flatMap((event) => (event.kind === 'verb' ? [event.verb] : []));
  const warnings = here.events.flatMap((event) => (event.kind === 'warning' ? [event.code] : []));
  return { ...here, callSid, verbs, warnings };
}

function lastEvent<Kind extends TwilioServerEvent['kind']>(events: TwilioServerEvent[], kind: Kind) {
  return events.findLast((event): event is TwilioServerEvent & { kind: Kind } => event.kind === kind);
}

describe('the stream', () => {
  test('of <Start> runs beside the verbs, with the tracks asked for, and stops with the call', async () => {
    const { application, verbs, warnings } = await run(
      '<Response><Start><Stream url="STREAM" track="both_tracks"/></Start><Say>Hello there</Say></Response>',
      { behavior: { onMessage: (socket, { event }) => event === 'start' && socket.send('{"event":"clear"}') } },
    );
    expect(verbs).toEqual(['Start', 'Say']);
    while (!application.messages.some(({ event }) => event === 'stop')) await new Promise(setImmediate);
    const tracks = application.messages.flatMap(({ event, media }) => (event === 'media' ? [trackOf(media)] : []));
    expect(new Set(tracks)).toEqual(new Set(['inbound', 'outbound']));
    expect(application.messages.at(-1)).toMatchObject({ event: 'stop' });
    const numbers = application.messages.slice(1).map(({ sequenceNumber }) => Number(sequenceNumber));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    // A message without the streamSid, which a stream of <Start> would not take anyway.
    expect(warnings).toEqual([31_951]);
  });

  test('ends with the call when the caller hangs up, and what follows is not run', async () => {
    const { application, verbs, events } = await run(
      '<Response><Connect><Stream url="STREAM"/></Connect><Say>Never</Say></Response>',
      { call: { hangUpAfterMs: 400 } },
    );
    expect(verbs).toEqual(['Connect']);
    while (!lastEvent(events, 'stream-closed')) await new Promise(setImmediate);
    expect(lastEvent(events, 'stream-closed')?.by).toBe('twilio');
    expect(application.messages.at(-1)?.event).toBe('stop');
  });

  test.each([
    ['a query string', 'STREAM?key=1', 31_920],
    ['no socket behind its URL', 'ws://127.0.0.1:1/', 31_920],
    ['plain ws to another machine', 'ws://app.example/', 31_920],
  ])('with %s is a warning, and the next verb runs', async (_, url, code) => {
    const { verbs, warnings } = await run(
      `<Response><Connect><Stream url="${url}"/></Connect><Say>Sorry</Say></Response>`,
    );
    expect(verbs).toEqual(['Connect', 'Say']);
    expect(warnings).toEqual([code]);
  });

  test('warns of messages that are none', async () => {
    const wrong = ['{"message":"Forbidden"}', 'hello', '{"event":"media","streamSid":"SID","media":{"payload":"?"}}'];
    const { warnings } = await run('<Response><Connect><Stream url="STREAM"/></Connect></Response>', {
      behavior: {
        onMessage(socket, { event, streamSid }) {
          if (event !== 'start') return;
          for (const text of wrong) socket.send(text.replace('SID', streamSid ?? ''));
          socket.send(Buffer.from('binary'));
          socket.send(JSON.stringify({ event: 'mark', streamSid, mark: {} }));
          socket.close();
        },
      },
    });
    expect(warnings).toEqual([31_951, 31_951, 31_951, 31_950, 31_951]);
  });

  test('clear throws away what is queued and returns its marks', async () => {
    const { application, events } = await run('<Response><Connect><Stream url="STREAM"/></Connect></Response>', {
      behavior: {
        onMessage(socket, { event, streamSid }) {
          const send = (message: object) => socket.send(JSON.stringify({ ...message, streamSid }));
          if (event === 'start') {
            send({ event: 'media', media: { payload: Buffer.alloc(800_000).toString('base64') } });
            send({ event: 'mark', mark: { name: 'cut short' } });
            send({ event: 'clear' });
          }
          if (event === 'mark') socket.close();
        },
      },
    });
    expect(lastEvent(events, 'mark-returned')?.name).toBe('cut short');
    expect(application.messages.filter(({ event }) => event === 'media').length).toBeLessThan(100);
  });
});

function trackOf(media: unknown): unknown {
  return typeof media === 'object' && media !== null && 'track' in media ? media.track : undefined;
}

describe('instructions', () => {
  test('a redirect is fetched signed, relative to the document, and the old one is left', async () => {
    const { application, verbs } = await run(
      '<Response><Pause/><Redirect>voice/second?a=1#rc=0</Redirect><Say>Never</Say></Response>',
      {
        documents: {
          second: '<Response><Redirect method="GET">/voice/third</Redirect></Response>',
          third: '<Response/>',
        },
      },
    );
    expect(verbs).toEqual(['Pause', 'Redirect', 'Redirect']);
    const [first, second, third] = application.webhooks;
    expect(application.webhooks.map(({ signed }) => signed)).toEqual([true, true, true]);
    expect(first?.parameters).toMatchObject({ CallStatus: 'ringing', Direction: 'inbound', ApiVersion: '2010-04-01' });
    expect(second).toMatchObject({ path: '/voice/second?a=1', parameters: { CallStatus: 'in-progress' } });
    expect(third?.path).toMatch(/^\/voice\/third\?.*CallSid=CA/);
  });

  test('after <Dial action> the result is reported, and the answer is what comes next', async () => {
    const { application, verbs, server } = await run(
      `<Response><Dial action="/voice/after" record="record-from-answer-dual" recordingStatusCallback="APP/recorded">
         <Number>+15005550009</Number></Dial><Say>Never</Say></Response>`,
      { documents: { after: '<Response><Hangup/></Response>' }, call: { talkMs: 2000 } },
    );
    expect(verbs).toEqual(['Dial', 'Hangup']);
    const after = application.webhooks.find(({ path }) => path === '/voice/after');
    expect(after?.parameters).toMatchObject({
      DialCallStatus: 'completed',
      DialCallDuration: '2',
      DialBridged: 'true',
    });
    const { parameters } = await application.webhook(({ path }) => path === '/recorded');
    expect(parameters).toMatchObject({ RecordingSource: 'DialVerb', RecordingDuration: '2', RecordingChannels: '2' });
    const [caller, heard] = channelsOf(server.media(parameters.RecordingSid ?? '') ?? '');
    expect(loudness(caller)).toBeGreaterThan(300);
    expect(loudness(heard)).toBeGreaterThan(300);
  });

  test('a recording by <Start> has begun before the next verb, and needs no REST', async () => {
    const { application, server } = await run(
      `<Response><Start><Recording channels="dual" trim="do-not-trim" recordingStatusCallback="APP/recorded"/></Start>
         <Say>Hello, this is quite a long sentence.</Say></Response>`,
    );
    const { parameters } = await application.webhook(({ path }) => path === '/recorded');
    expect(parameters).toMatchObject({ RecordingSource: 'StartCallRecordingTwiML', RecordingStatus: 'completed' });
    const [, heard] = channelsOf(server.media(parameters.RecordingSid ?? '') ?? '');
    expect(loudness(heard)).toBeGreaterThan(300);
  });

  test('sound is played for its length, and what cannot be played is a warning', async () => {
    const wav = readFileSync(join(import.meta.dirname, '../../../local/audio/callee.wav'));
    const sounds = createServer((request, response) => {
      if (request.url === '/a.wav') response.writeHead(200).end(wav);
      else if (request.url === '/a.mp3') response.writeHead(200).end('ID3');
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => sounds.listen(0, '127.0.0.1', done));
    closers.push(() => new Promise((done) => void sounds.close(() => done())));
    const base = `http://127.0.0.1:${(sounds.address() as AddressInfo).port}`;
    const plays = ['a.wav', 'a.mp3', 'none.wav'].map((name) => `<Play>${base}/${name}</Play>`);
    const { events, warnings } = await run(`<Response>${plays.join('')}</Response>`);
    expect(warnings).toEqual([12_300, 11_200]);
    const length = (wav.length - 44) / 16;
    expect(Math.abs((lastEvent(events, 'call-ended')?.milliseconds ?? 0) - length)).toBeLessThan(1000);
  });

  test('<Gather> hears its prompt out and goes on when nobody presses anything', async () => {
    const { verbs, events } = await run('<Response><Gather timeout="1"><Say>Press</Say></Gather><Hangup/></Response>');
    expect(verbs).toEqual(['Gather', 'Hangup']);
    expect(lastEvent(events, 'call-ended')?.milliseconds).toBeGreaterThanOrEqual(1400);
  });

  test('a rejected call is never answered', async () => {
    const { events, callSid, client } = await run('<Response><Reject reason="busy"/></Response>');
    expect(lastEvent(events, 'call-ended')).toMatchObject({ callSid, status: 'busy' });
    expect((await client.calls(callSid).fetch()).startTime).toBeNull();
  });

  test('an unknown verb is named and passed over', async () => {
    const { verbs, events } = await run('<Response><Conference>room</Conference><Say>Hello</Say></Response>');
    expect(verbs).toEqual(['Conference', 'Say']);
    expect(lastEvent(events, 'warning')).toMatchObject({
      code: 12_200,
      message: expect.stringContaining('<Conference>'),
    });
  });

  test.each([
    ['no TwiML', '<Response><Say></Response>', 12_100],
    ['an application that is not there', 'http://127.0.0.1:1/voice', 11_200],
    ['an application that answers 500', 'APP/elsewhere', 11_200],
  ])('%s ends the call with a warning', async (_, twimlOrUrl, code) => {
    const redirect = `<Response><Redirect>${twimlOrUrl}</Redirect></Response>`;
    const { warnings, events } = await run(twimlOrUrl.startsWith('<') ? twimlOrUrl : redirect, {
      behavior: { status: () => 500 },
    });
    expect(warnings).toEqual([code]);
    expect(lastEvent(events, 'call-ended')?.status).toBe('completed');
  });
});
