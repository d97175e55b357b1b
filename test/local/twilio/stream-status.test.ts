/** What Twilio tells of a stream, and what becomes of a call whose stream cannot be opened: its documentation leaves that open. */
import { closeAll, run } from './stage.ts';

afterEach(closeAll);

const connect = (url: string, attributes = 'statusCallback="APP/status" statusCallbackMethod="POST"') =>
  `<Response><Connect><Stream url="${url}" ${attributes}/></Connect><Say>Next</Say></Response>`;

test('a stream that opens and is closed: its start and its stop are told, signed', async () => {
  const { application, callSid } = await run(connect('STREAM'), {
    behavior: { onMessage: (socket, { event }) => event === 'start' && socket.close() },
  });
  const stopped = await application.webhook(({ parameters }) => parameters.StreamEvent === 'stream-stopped');
  const started = await application.webhook(({ parameters }) => parameters.StreamEvent === 'stream-started');
  for (const { path, signed, parameters } of [started, stopped]) {
    expect([path, signed]).toEqual(['/status', true]);
    expect(parameters).toMatchObject({ CallSid: callSid, AccountSid: expect.stringMatching(/^AC/) });
    expect(parameters.StreamSid).toMatch(/^MZ[0-9a-f]{32}$/);
    expect(Date.parse(parameters.Timestamp ?? '')).not.toBeNaN();
  }
});

test.each([
  ['next-verb', ['Connect', 'Say']],
  ['hang-up', ['Connect']],
] as const)(
  'a stream that does not open: its error is told, and %s follows',
  async (afterFailedHandshake, expected) => {
    const { application, verbs, callSid } = await run(connect('ws://127.0.0.1:1/'), {
      server: { afterFailedHandshake },
    });
    const { parameters, signed } = await application.webhook(({ path }) => path === '/status');
    expect(signed).toBe(true);
    expect(parameters).toMatchObject({ StreamEvent: 'stream-error', CallSid: callSid });
    expect(parameters.StreamError).toContain('31920');
    expect(verbs).toEqual(expected);
  },
);

test('without a status callback nobody is told', async () => {
  const { application } = await run(connect('ws://127.0.0.1:1/', ''));
  expect(application.webhooks.map(({ path }) => path)).toEqual(['/voice']);
});
