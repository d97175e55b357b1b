/** A whole call: TwiML, stream, recording and callbacks, between the server and a small application. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMulaw } from '../../../local/twilio/audio/voice.ts';
import { wavHeader } from '../../../local/twilio/audio/wav.ts';
import { temporaryDirectory } from '../support.ts';
import { CREDENTIALS, channelsOf, closeAll, loudness, stage } from './stage.ts';

afterEach(closeAll);

const TONE = Int16Array.from({ length: 8000 }, (_, index) => Math.round(8000 * Math.sin(index / 3)));

/** Plays a tone over the stream, dials on, and refuses the first callback of a completed recording. */
const stageWithTone = () =>
  stage({
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

/** A caller who does not fall silent before the recording has begun, however slow the machine. */
function talker(): string {
  const file = join(temporaryDirectory(), 'talker.wav');
  const minutes = Buffer.concat(Array.from({ length: 300 }, () => Buffer.from(TONE.buffer)));
  writeFileSync(file, Buffer.concat([wavHeader(1, minutes.length), minutes]));
  return file;
}

test('a call is streamed, recorded in two channels by REST, dialled on, and reported', async () => {
  const { application, server, events, client } = await stageWithTone();
  const { callSid, ended } = await server.placeCall({
    voiceUrl: `${application.url}/voice`,
    caller: talker(),
    talkMs: 4000,
  });
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
