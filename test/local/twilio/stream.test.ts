/** Media Streams: who ends them, what they refuse, what they buffer. */
import { closeAll, lastEvent, run, stage } from './stage.ts';

afterEach(closeAll);

describe('a stream', () => {
  test('of <Start> runs beside the verbs, with the tracks asked for, and stops with the call', async () => {
    const { application, server, events, client } = await stage({
      twiml: (_, { streamUrl }) =>
        `<Response><Start><Stream url="${streamUrl}" track="both_tracks"/></Start><Say>Hello</Say><Pause length="3600"/></Response>`,
      onMessage: (socket, { event }) => event === 'start' && socket.send('{"event":"clear"}'),
    });
    const tracks = () =>
      application.messages.flatMap(({ event, media }) => (event === 'media' ? [trackOf(media)] : []));
    const { callSid, ended } = await server.placeCall({ voiceUrl: `${application.url}/voice` });
    const verbs = () => events.flatMap((event) => (event.kind === 'verb' ? [event.verb] : []));
    while (new Set(tracks()).size < 2 || !verbs().includes('Pause') || !lastEvent(events, 'warning')) {
      await new Promise(setImmediate);
    }
    await client.calls(callSid).update({ status: 'completed' });
    await ended;
    while (!application.messages.some(({ event }) => event === 'stop')) await new Promise(setImmediate);
    expect(verbs()).toEqual(['Start', 'Say', 'Pause']);
    expect(new Set(tracks())).toEqual(new Set(['inbound', 'outbound']));
    expect(application.messages.at(-1)).toMatchObject({ event: 'stop' });
    const numbers = application.messages.slice(1).map(({ sequenceNumber }) => Number(sequenceNumber));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    // A message without the streamSid, which a stream of <Start> would not take anyway.
    expect(events.flatMap((event) => (event.kind === 'warning' ? [event.code] : []))).toEqual([31_951]);
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
    // The mark came back before the 5,000 frames that were queued could have been heard.
    expect(application.messages.filter(({ event }) => event === 'media').length).toBeLessThan(5000);
  });
});

function trackOf(media: unknown): unknown {
  return typeof media === 'object' && media !== null && 'track' in media ? media.track : undefined;
}
