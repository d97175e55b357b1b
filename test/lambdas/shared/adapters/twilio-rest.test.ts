import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { WaveFile } from 'wavefile';
import { twilioRest } from '../../../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import type { Credentials, TwilioRest } from '../../../../lambdas/shared/ports/twilio.ts';
import { checkedAudio } from '../../../../lambdas/shared/rules/audio/audio-check.ts';
import { STARTED_OVER_REST } from '../../../../lambdas/shared/rules/recording/twilio-recording.ts';
import { markedCallbackUrl } from '../../../../lambdas/shared/rules/webhook/callback-mark.ts';
import { startTwilioServer, type TwilioServer } from '../../../../local/twilio/server/server.ts';
import { temporaryDirectory, until } from '../../../local/support.ts';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const TOKEN = 'an auth token';
const UNKNOWN_RECORDING = `RE${'0'.repeat(32)}`;
const sidOfCall = (digit: string) => `CA${digit.repeat(32)}`;

function credentialsOf(password = TOKEN): Credentials {
  const known = { accountSid: ACCOUNT, authTokens: [TOKEN] as const, rest: { username: ACCOUNT, password } };
  return { current: async () => known, refresh: async () => false };
}

describe('against the Twilio server', () => {
  let server: TwilioServer;
  let rest: TwilioRest;
  let wav: string;

  beforeAll(async () => {
    const directory = temporaryDirectory();
    wav = join(directory, 'two-seconds.wav');
    const audio = new WaveFile();
    audio.fromScratch(2, 8000, '16', [new Int16Array(16_000).fill(5), new Int16Array(16_000).fill(7)]);
    writeFileSync(wav, audio.toBuffer());
    server = await startTwilioServer({
      port: 0,
      dataDirectory: join(directory, 'twilio'),
      credentials: { accountSid: ACCOUNT, authToken: TOKEN },
      registrationDelay: () => 0,
    });
    rest = twilioRest({
      apiUrl: server.url,
      callbackUrl: 'https://recorder.example/recording-callback',
      credentials: credentialsOf(),
    });
  });
  afterAll(() => server.close());

  const imported = (digit: string) => server.importRecording({ callSid: sidOfCall(digit), wav });

  test('a call that Twilio does not know is not found, in every question', async () => {
    const callSid = sidOfCall('9');
    expect(await rest.startRecording(callSid)).toEqual({
      kind: 'not-found',
      status: 404,
      code: 20404,
      reason: 'status 404 code 20404',
    });
    expect(await rest.callProgress(callSid)).toMatchObject({ kind: 'not-found' });
    expect(await rest.recording(UNKNOWN_RECORDING)).toMatchObject({ kind: 'not-found' });
    expect(await rest.openAudio(UNKNOWN_RECORDING, 2, 'wav')).toMatchObject({ kind: 'not-found', status: 404 });
    expect(await rest.deleteRecording(UNKNOWN_RECORDING)).toMatchObject({ kind: 'not-found' });
  });

  test('a call that is over is not eligible, and its status says so', async () => {
    await imported('1');
    expect(await rest.startRecording(sidOfCall('1'))).toMatchObject({ kind: 'not-eligible', status: 400, code: 21220 });
    expect(await rest.callProgress(sidOfCall('1'))).toEqual({ kind: 'over', durationSeconds: 2 });
  });

  test('a recording is read, listed, heard and deleted', async () => {
    const recordingSid = await imported('2');
    const expected = {
      recordingSid,
      callSid: sidOfCall('2'),
      status: 'completed',
      source: STARTED_OVER_REST,
      channels: 2,
      durationSeconds: 2,
      createdAt: expect.any(Number),
      startTime: expect.any(Number),
    };
    expect(await rest.recording(recordingSid)).toEqual({ kind: 'found', recording: expected });
    expect(await rest.recordingsOfCall(sidOfCall('2'))).toEqual({ kind: 'found', recordings: [expected] });

    const audio = await rest.openAudio(recordingSid, 2, 'wav');
    if (audio.kind !== 'opened') throw new Error(audio.reason);
    const chunks: Uint8Array[] = [];
    for await (const chunk of audio.bytes) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(readFileSync(wav))).toBe(true);
    expect(audio).toMatchObject({ contentType: 'audio/x-wav', contentLength: readFileSync(wav).length });

    const mp3 = await rest.openAudio(recordingSid, 2, 'mp3');
    if (mp3.kind !== 'opened') throw new Error(mp3.reason);
    expect(mp3).toMatchObject({ contentType: 'audio/mpeg', endIsMarked: true });
    const kept = { format: 'mp3', endIsMarked: true, channels: 2, durationSeconds: 2, encrypted: false } as const;
    const served = await buffer(server.openAudio(recordingSid, 'mp3') ?? Readable.from([]));
    expect((await buffer(checkedAudio(mp3.bytes, kept))).equals(served)).toBe(true);

    expect(await rest.deleteRecording(recordingSid)).toEqual({ kind: 'deleted' });
    expect(await rest.deleteRecording(recordingSid)).toMatchObject({ kind: 'not-found' });
    expect(rest.urlOf(ACCOUNT, recordingSid)).toBe(
      `${server.url}/2010-04-01/Accounts/${ACCOUNT}/Recordings/${recordingSid}`,
    );
  });

  test("the account's recordings are listed page by page", async () => {
    const sids = new Set<string>();
    for (let n = 0; n < 3; n++) sids.add(await imported('3'));
    const small = { ...rest };
    const found = new Set<string>();
    let page: string | undefined;
    do {
      const reply = await small.recordingsSince(Date.now() - 60_000, page);
      if (reply.kind !== 'page') throw new Error(reply.reason);
      for (const { recordingSid } of reply.recordings) found.add(recordingSid);
      page = reply.next;
    } while (page !== undefined);
    expect([...sids].every((sid) => found.has(sid))).toBe(true);
    const later = await rest.recordingsSince(Date.now() + 2 * 86_400_000);
    expect(later).toEqual({ kind: 'page', recordings: [], unreadable: 0 });
  });

  test('wrong credentials are refused', async () => {
    const wrong = twilioRest({ apiUrl: server.url, credentials: credentialsOf('wrong') });
    expect(await wrong.startRecording(sidOfCall('4'))).toMatchObject({ kind: 'refused', status: 401, code: 20003 });
    expect(await wrong.openAudio(UNKNOWN_RECORDING, 2, 'wav')).toMatchObject({ kind: 'refused', status: 401 });
  });

  test('too many requests are for later', async () => {
    server.refuse(429, 1);
    expect(await rest.startRecording(sidOfCall('4'))).toMatchObject({ kind: 'later', status: 429, code: 20429 });
  });

  test('a malformed SID never leaves', async () => {
    await expect(rest.startRecording('CA/../..')).rejects.toThrow('malformed SID');
    await expect(rest.openAudio('../secret', 2, 'wav')).rejects.toThrow('malformed SID');
  });
});

describe('against a server that misbehaves', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse) => void;
  let server: Server;
  let answer: Answer = (_, response) => response.end();
  const requests: { method: string | undefined; url: string | undefined; body: string }[] = [];
  let rest: TwilioRest;
  let url: string;
  const PATIENCE = 300_000;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      requests.push({ method: request.method, url: request.url, body });
      answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    rest = restTo(url);
  });
  beforeEach(() => requests.splice(0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** The client gives up only where a test is about that: a busy machine is slow to answer. */
  const restTo = (apiUrl: string, timeouts = { reply: PATIENCE, idle: PATIENCE }) =>
    twilioRest({
      apiUrl,
      callbackUrl: 'https://recorder.example/recording-callback',
      credentials: credentialsOf(),
      timeouts,
    });
  const replies = (status: number, body: string, headers: { [name: string]: string } = {}): Answer => {
    return (_, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

  test('a start asks for two untrimmed channels and for callbacks that are repeated', async () => {
    answer = replies(500, '');
    await rest.startRecording(sidOfCall('5'));
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: `/2010-04-01/Accounts/${ACCOUNT}/Calls/${sidOfCall('5')}/Recordings.json`,
    });
    expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toEqual({
      RecordingChannels: 'dual',
      Trim: 'do-not-trim',
      RecordingTrack: 'both',
      RecordingStatusCallback: `${markedCallbackUrl('https://recorder.example/recording-callback', TOKEN, sidOfCall('5'))}#rc=5&rp=all`,
      RecordingStatusCallbackMethod: 'POST',
      RecordingStatusCallbackEvent: 'in-progress completed absent',
    });
  });

  test.each([
    ['an error of the server', replies(503, '{"code":20503,"message":"down","status":503}'), 'status 503 code 20503'],
    ['an error without a body', replies(502, '<html>'), 'status 502'],
    ['a success that cannot be read', replies(201, 'not json'), 'SyntaxError'],
    [
      'a success with a malformed SID',
      replies(201, '{"sid":"RE1","call_sid":"CA1","status":"in-progress"}'),
      'UnreadableReply',
    ],
    ['a redirect', replies(307, '', { location: 'http://169.254.169.254/' }), 'status 307'],
    ['a connection that breaks', (request: IncomingMessage) => request.socket.destroy(), 'ECONNRESET'],
  ] as [string, Answer, string][])('%s leaves in doubt whether a recording was started', async (_, given, reason) => {
    answer = given;
    expect(await rest.startRecording(sidOfCall('5'))).toMatchObject({ kind: 'doubtful', reason });
    // The request is never repeated by the client itself.
    expect(requests).toHaveLength(1);
  });

  test('a reply that never comes leaves it in doubt too', async () => {
    answer = () => undefined;
    const hasty = restTo(url, { reply: 1000, idle: PATIENCE });
    expect(await hasty.startRecording(sidOfCall('5'))).toMatchObject({ kind: 'doubtful', reason: 'ReplyTimeout' });
    await until(() => requests.length > 0, 'the request has come');
    expect(requests).toHaveLength(1);
  });

  test('a host that cannot be reached has certainly done nothing', async () => {
    expect(await restTo('http://127.0.0.1:1').startRecording(sidOfCall('5'))).toEqual({
      kind: 'later',
      reason: 'unreachable ECONNREFUSED',
    });
  });

  test('16114 is for later, 21220 not eligible', async () => {
    answer = replies(400, '{"code":16114,"message":"","status":400}');
    expect(await rest.startRecording(sidOfCall('5'))).toMatchObject({ kind: 'later', code: 16114 });
    answer = replies(400, '{"code":21220,"message":"","status":400}');
    expect(await rest.startRecording(sidOfCall('5'))).toMatchObject({ kind: 'not-eligible', code: 21220 });
  });

  test('audio that stops moving breaks off', async () => {
    answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': '100' }).write('RIFF');
    const audio = await restTo(url, { reply: PATIENCE, idle: 100 }).openAudio(UNKNOWN_RECORDING, 2, 'wav');
    if (audio.kind !== 'opened') throw new Error(audio.reason);
    const read = async () => {
      for await (const _ of audio.bytes);
    };
    await expect(read()).rejects.toThrow('IdleTimeout');
  });

  /** Reads audio that is sent like this. */
  async function readAudio(given: Answer) {
    answer = given;
    const audio = await rest.openAudio(UNKNOWN_RECORDING, 2, 'mp3');
    if (audio.kind !== 'opened') throw new Error(audio.reason);
    return { audio, bytes: buffer(audio.bytes) };
  }
  /** Two pieces, and then the connection is gone. */
  const breaks =
    (headers: { [name: string]: string }): Answer =>
    (request, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg', ...headers }).write('first ');
      setTimeout(() => response.write('second', () => setTimeout(() => request.socket.destroy(), 10)), 10);
    };

  test('audio in chunks marks its end, and one that breaks off before is an error', async () => {
    const whole = await readAudio((_, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg' }).write('first ');
      response.end('second');
    });
    expect(whole.audio).toMatchObject({ contentType: 'audio/mpeg', endIsMarked: true });
    expect(whole.audio).not.toHaveProperty('contentLength');
    expect((await whole.bytes).toString()).toBe('first second');

    const broken = await readAudio(breaks({}));
    expect(broken.audio).toMatchObject({ endIsMarked: true });
    await expect(broken.bytes).rejects.toThrow('aborted');
  });

  test('audio of a length that breaks off before is an error, though its end is not marked', async () => {
    const { audio, bytes } = await readAudio(breaks({ 'content-length': '100' }));
    expect(audio).toMatchObject({ contentLength: 100 });
    expect(audio).not.toHaveProperty('endIsMarked');
    await expect(bytes).rejects.toThrow('aborted');
  });

  test('audio with neither ends as if it were whole when its connection does, and says that it may', async () => {
    const { audio, bytes } = await readAudio((_, response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\nconnection: close\r\n\r\nfirst ');
    });
    expect(audio).toMatchObject({ contentType: 'audio/mpeg' });
    expect(audio).not.toHaveProperty('contentLength');
    expect(audio).not.toHaveProperty('endIsMarked');
    expect((await bytes).toString()).toBe('first ');
  });

  describe('a part of audio', () => {
    const headersAsked: { readonly [name: string]: unknown }[] = [];
    const from = (given: Answer, etag?: string) => {
      answer = (request, response) => {
        headersAsked.push(request.headers);
        return given(request, response);
      };
      return rest.openAudio(UNKNOWN_RECORDING, 2, 'wav', { bytes: 5, etag });
    };
    const part =
      (headers: { [name: string]: string }): Answer =>
      (_, response) =>
        response.writeHead(206, { 'content-type': 'audio/x-wav', ...headers }).end('6789');
    const last = () => headersAsked.at(-1) ?? {};

    test('is asked for by its first byte, and says where it begins and how long all of it is', async () => {
      const audio = await from(part({ 'content-range': 'bytes 5-8/9', etag: '"one"' }), '"one"');
      expect(audio).toMatchObject({ kind: 'opened', from: 5, contentLength: 9, etag: '"one"' });
      expect(last()).toMatchObject({ range: 'bytes=5-', 'if-range': '"one"' });
      if (audio.kind === 'opened') expect((await buffer(audio.bytes)).toString()).toBe('6789');
    });

    test('of a length that nobody says has none', async () => {
      expect(await from(part({ 'content-range': 'bytes 5-8/*', 'content-length': '4' }))).not.toHaveProperty(
        'contentLength',
      );
      expect(last()).not.toHaveProperty('if-range');
    });

    test('is not bound to a weak ETag, which proves nothing of bytes', async () => {
      await from(part({ 'content-range': 'bytes 5-8/9' }), 'W/"one"');
      expect(last()).not.toHaveProperty('if-range');
    });

    test('is refused where it does not say which it is', async () => {
      expect(await from(part({}))).toMatchObject({ kind: 'refused', status: 206 });
    });

    test('may come as all of it, or not at all', async () => {
      const whole = await from((_, response) =>
        response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': '9' }).end('123456789'),
      );
      expect(whole).toMatchObject({ kind: 'opened', contentLength: 9 });
      expect(whole).not.toHaveProperty('from');
      if (whole.kind === 'opened') whole.close();
      expect(await from(replies(416, ''))).toMatchObject({ status: 416 });
    });

    test('that nobody asked for is no audio', async () => {
      answer = part({ 'content-range': 'bytes 5-8/9' });
      expect(await rest.openAudio(UNKNOWN_RECORDING, 2, 'wav')).toMatchObject({ kind: 'doubtful', status: 206 });
    });
  });

  test('audio without two channels is asked for as it is', async () => {
    answer = (request, response) => {
      const refused = request.url?.includes('RequestedChannels=2');
      response.writeHead(refused ? 400 : 200, { 'content-type': 'audio/x-wav' }).end('RIFF');
    };
    const audio = await rest.openAudio(UNKNOWN_RECORDING, 2, 'wav');
    expect(audio.kind).toBe('opened');
    expect(requests.map(({ url }) => url?.split('?')[1])).toEqual(['RequestedChannels=2', undefined]);
    if (audio.kind === 'opened') audio.close();
  });

  test('audio that nobody wants is let go', async () => {
    const closed = new Promise((resolve) => {
      answer = (request, response) => {
        request.socket.once('close', resolve);
        response.writeHead(200, { 'content-type': 'text/html', 'content-length': '100' }).write('<html>');
      };
    });
    const audio = await rest.openAudio(UNKNOWN_RECORDING, 2, 'wav');
    if (audio.kind !== 'opened') throw new Error(audio.reason);
    audio.close();
    await closed;
  });

  test('the next page is asked for at the configured host, wherever the reply points', async () => {
    answer = replies(
      200,
      JSON.stringify({ recordings: [], next_page_uri: 'http://169.254.169.254/latest?Page=1&PageToken=PT%20x' }),
    );
    const first = await rest.recordingsSince(0);
    expect(first).toEqual({ kind: 'page', recordings: [], unreadable: 0, next: '1 PT x' });
    await rest.recordingsSince(0, '1 PT x');
    expect(requests[1]?.url).toMatch(
      new RegExp(`^/2010-04-01/Accounts/${ACCOUNT}/Recordings.json\\?.*Page=1&PageToken=PT\\+x`),
    );
  });

  test("a call's recordings are listed to the last page", async () => {
    const one = { sid: UNKNOWN_RECORDING, call_sid: sidOfCall('5'), status: 'completed' };
    const next = 'https://host/2010-04-01/Accounts/AC/Calls/CA/Recordings.json?Page=1&PageToken=PT';
    const pages = [next, null].map((uri) => replies(200, JSON.stringify({ recordings: [one], next_page_uri: uri })));
    answer = (request, response) => pages[requests.length - 1]?.(request, response);
    const listed = await rest.recordingsOfCall(sidOfCall('5'));
    expect(listed).toMatchObject({ kind: 'found', recordings: [{}, {}] });
    expect(requests[1]?.url).toContain('Page=1&PageToken=PT');
  });

  test.each([
    'https://api.twilio.com/2010-04-01/Recordings.json?Page=1',
    '/2010-04-01/Recordings.json?PageToken=x',
    '/2010-04-01/Recordings.json?Page=one&PageToken=x',
    '/elsewhere',
  ])('a list that goes on at %s says that it is cut, rather than end there', async (next_page_uri) => {
    answer = replies(200, JSON.stringify({ recordings: [], calls: [], incoming_phone_numbers: [], next_page_uri }));
    const cut = { kind: 'page', unreadable: 0, isCut: true };
    expect(await rest.recordingsSince(0)).toEqual({ ...cut, recordings: [] });
    expect(await rest.callsSince(0)).toEqual({ ...cut, calls: [] });
    expect(await rest.numbers()).toEqual({ ...cut, numbers: [] });
  });

  test('calls are read as they are listed, and those that cannot be read are named', async () => {
    const call = {
      ...{ sid: sidOfCall('5'), status: 'completed', direction: 'inbound', parent_call_sid: null, duration: '61' },
      ...{ from: '+15005550001', to: '+15005550006' },
      ...{ date_created: 'Sat, 04 Jul 2026 12:00:00 +0000', start_time: 'Sat, 04 Jul 2026 12:00:01 +0000' },
    };
    const child = { ...call, sid: sidOfCall('6'), parent_call_sid: sidOfCall('5'), start_time: null, duration: null };
    const strange = { ...call, sid: sidOfCall('7'), status: 'levitating' };
    const calls = [call, child, strange, { ...call, sid: 'CA' }, null];
    answer = replies(200, JSON.stringify({ calls, next_page_uri: '/x?Page=1&PageToken=PA5' }));
    const createdAt = Date.UTC(2026, 6, 4, 12);
    const common = {
      status: 'completed',
      progress: 'over',
      direction: 'inbound',
      from: call.from,
      to: call.to,
      createdAt,
    };
    const read = { ...common, callSid: call.sid, isChild: false, startedAt: createdAt + 1000, durationSeconds: 61 };
    expect(await rest.callsSince(0)).toEqual({
      ...{ kind: 'page', unreadable: 3, passedOver: [strange.sid], next: '1 PA5' },
      calls: [read, { ...common, callSid: child.sid, isChild: true }],
    });
    await rest.callsSince(0, '1 PA5');
    expect(requests[1]?.url).toContain('&Page=1&PageToken=PA5');

    answer = replies(200, JSON.stringify(call));
    expect(await rest.call(call.sid)).toEqual({ kind: 'found', call: read });
    answer = replies(200, JSON.stringify(strange));
    expect(await rest.call(call.sid)).toEqual({ kind: 'doubtful', reason: 'UnreadableReply' });
  });

  test('numbers are read with the voice URL that counts', async () => {
    const number = {
      ...{ phone_number: '+15005550006', voice_url: 'https://recorder.example/voice' },
      ...{ voice_application_sid: null, trunk_sid: null, date_updated: 'Sat, 04 Jul 2026 12:00:00 +0000' },
    };
    const others = [
      { ...number, voice_application_sid: 'AP1' },
      { ...number, trunk_sid: 'TK1' },
      { ...number, voice_url: '' },
    ];
    answer = replies(200, JSON.stringify({ incoming_phone_numbers: [number, ...others, {}] }));
    const read = { phoneNumber: number.phone_number, updatedAt: Date.UTC(2026, 6, 4, 12) };
    expect(await rest.numbers()).toEqual({
      ...{ kind: 'page', unreadable: 1 },
      numbers: [{ ...read, voiceUrl: number.voice_url }, read, read, read],
    });
  });

  test('a list that is none is in doubt', async () => {
    answer = replies(200, '{"calls":null}');
    expect(await rest.callsSince(0)).toEqual({ kind: 'doubtful', reason: 'UnreadableReply' });
  });

  test('lists are asked for by whole days, with one more on both sides: a time of day may count or not', async () => {
    answer = replies(200, JSON.stringify({ recordings: [], next_page_uri: null }));
    await rest.recordingsSince(Date.UTC(2026, 0, 1, 7, 30), undefined, Date.UTC(2026, 1, 1, 23, 59));
    const query = new URL(requests[0]?.url ?? '', 'http://host').searchParams;
    expect([query.get('DateCreated>'), query.get('DateCreated<')]).toEqual([
      '2025-12-31T00:00:00Z',
      '2026-02-03T00:00:00Z',
    ]);
    answer = replies(200, JSON.stringify({ calls: [] }));
    await rest.callsSince(Date.UTC(2026, 0, 1, 7, 30));
    const ofCalls = new URL(requests[1]?.url ?? '', 'http://host').searchParams;
    expect([...ofCalls]).toEqual([
      ['StartTime>', '2025-12-31T00:00:00Z'],
      ['PageSize', '1000'],
    ]);
    await rest.callsSince(Date.UTC(2026, 0, 1, 7, 30), undefined, Date.UTC(2026, 1, 1, 23, 59));
    const upTo = new URL(requests[2]?.url ?? '', 'http://host').searchParams;
    expect([upTo.get('StartTime>'), upTo.get('StartTime<')]).toEqual(['2025-12-31T00:00:00Z', '2026-02-03T00:00:00Z']);
  });

  test('an entry of the list that cannot be read keeps no other out', async () => {
    const ours = { sid: UNKNOWN_RECORDING, call_sid: sidOfCall('5'), status: 'completed', duration: '3' };
    const withoutCall = { ...ours, call_sid: null };
    const strange = { ...ours, encryption_details: { public_key_sid: 'CR1' } };
    answer = replies(200, JSON.stringify({ recordings: [withoutCall, ours, strange], next_page_uri: null }));
    expect(await rest.recordingsSince(0)).toMatchObject({
      kind: 'page',
      recordings: [{ recordingSid: UNKNOWN_RECORDING }],
      unreadable: 2,
      passedOver: [
        { recordingSid: UNKNOWN_RECORDING, why: 'no-call' },
        { recordingSid: UNKNOWN_RECORDING, why: 'unreadable' },
      ],
    });
  });

  test('the key of an encrypted recording is kept', async () => {
    const details = { public_key_sid: 'CR1', encrypted_cek: 'cek', iv: 'iv' };
    const body = {
      sid: UNKNOWN_RECORDING,
      call_sid: sidOfCall('5'),
      status: 'completed',
      duration: '3',
      encryption_details: details,
    };
    answer = replies(200, JSON.stringify(body));
    expect(await rest.recording(UNKNOWN_RECORDING)).toMatchObject({
      recording: { encryption: { publicKeySid: 'CR1', encryptedCek: 'cek', iv: 'iv' } },
    });
    answer = replies(200, JSON.stringify({ ...body, encryption_details: { public_key_sid: 'CR1' } }));
    expect(await rest.recording(UNKNOWN_RECORDING)).toMatchObject({ kind: 'doubtful' });
  });
});
