/** TwiML verbs: what is done, what is fetched next, what is reported. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { channelsOf, closeAll, closeLater, lastEvent, loudness, run } from './stage.ts';

afterEach(closeAll);

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
      DialBridged: 'true',
    });
    expect(Number(after?.parameters.DialCallDuration)).toBeGreaterThanOrEqual(2);
    const { parameters } = await application.webhook(({ path }) => path === '/recorded');
    expect(parameters).toMatchObject({ RecordingSource: 'DialVerb', RecordingChannels: '2' });
    const [caller, heard] = channelsOf(server.media(parameters.RecordingSid ?? '') ?? '');
    expect(parameters.RecordingDuration).toBe(String(Math.round((caller?.length ?? 0) / 8000)));
    expect(Number(parameters.RecordingDuration)).toBeGreaterThanOrEqual(2);
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
    const wav = readFileSync(join(import.meta.dirname, '..', '..', '..', 'local', 'twilio', 'audio', 'callee.wav'));
    const sounds = createServer((request, response) => {
      if (request.url === '/a.wav') response.writeHead(200).end(wav);
      else if (request.url === '/a.mp3') response.writeHead(200).end('ID3');
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => sounds.listen(0, '127.0.0.1', done));
    closeLater(() => new Promise((done) => void sounds.close(() => done())));
    const base = `http://127.0.0.1:${(sounds.address() as AddressInfo).port}`;
    const plays = ['a.wav', 'a.mp3', 'none.wav'].map((name) => `<Play>${base}/${name}</Play>`);
    const { events, warnings } = await run(`<Response>${plays.join('')}</Response>`);
    expect(warnings).toEqual([12_300, 11_200]);
    const length = (wav.length - 44) / 16;
    expect(lastEvent(events, 'call-ended')?.milliseconds).toBeGreaterThanOrEqual(length);
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
