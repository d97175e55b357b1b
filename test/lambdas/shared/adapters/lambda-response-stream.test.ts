/** Replies on a stream as Lambda's runtime hands it out: head first, piece by piece, and broken off where the body is. */
import { setImmediate as turn } from 'node:timers/promises';
import { sendReply } from '../../../../lambdas/shared/adapters/aws/lambda-response-stream.ts';
import type { EnvironmentMessage } from '../../../../local/lambda/protocol.ts';
import { AWSLAMBDA, HEAD_CONTENT_TYPE, HEAD_END, ResponseStream } from '../../../../local/lambda/response-stream.ts';

const HEAD = { statusCode: 200, headers: { 'content-type': 'audio/x-wav' } };

/** The stream, and what it has sent; `hear('more')` makes room for the next piece. */
function stream() {
  const sent: EnvironmentMessage[] = [];
  const response = new ResponseStream((message) => sent.push(message));
  const text = () =>
    Buffer.concat(sent.map((message) => (message.type === 'piece' ? message.bytes : Buffer.alloc(0)))).toString();
  /** Makes room until all is sent. */
  const drain = async () => {
    for (let turns = 0; turns < 1000 && !response.closed; turns++) {
      response.hear('more');
      await turn();
    }
  };
  return { response, sent, text, drain };
}
const send = (response: ResponseStream, body: string | AsyncIterable<Uint8Array>) =>
  sendReply(AWSLAMBDA as Parameters<typeof sendReply>[0], response as never, { ...HEAD, body });
const whole = (body: string) => JSON.stringify(HEAD) + HEAD_END + body;

test('a text goes out behind its head', async () => {
  const { response, sent, text, drain } = stream();
  await Promise.all([send(response, '{"error":"x"}'), drain()]);
  expect(text()).toBe(whole('{"error":"x"}'));
  expect(sent[0]).toMatchObject({ type: 'piece', contentType: HEAD_CONTENT_TYPE });
  await response.whole();
});

test.each([[['one', 'two', 'three']], [[]]])(
  'pieces go out in order, and the head even before none: %j',
  async (given) => {
    const { response, text, drain } = stream();
    const body = (async function* () {
      for (const piece of given) yield Buffer.from(piece);
    })();
    await Promise.all([send(response, body), drain()]);
    expect(text()).toBe(whole(given.join('')));
    await response.whole();
  },
);

test('no more is read than there is room for', async () => {
  const { response, drain } = stream();
  let [read, most, taken] = [0, 0, 0];
  const body = (async function* () {
    for (; read < 500; read++) {
      most = Math.max(most, read - taken);
      yield Buffer.alloc(65_536);
    }
  })();
  const sending = send(response, body);
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(read).toBeLessThan(3);
  response.on('drain', () => {
    taken = read;
  });
  await Promise.all([sending, drain()]);
  expect([read, most]).toEqual([500, expect.any(Number)]);
  expect(most).toBeLessThan(4);
});

test('a body that breaks off breaks the response off', async () => {
  const { response, drain } = stream();
  const body = (async function* () {
    yield Buffer.from('half');
    throw new Error('source broke');
  })();
  const sending = send(response, body);
  const [failed] = await Promise.allSettled([sending, drain()]);
  // Lambda's runtime logs what is thrown: nothing of what others say.
  expect(failed).toMatchObject({
    status: 'rejected',
    reason: { name: 'BodyBrokeOff', message: 'The body broke off.' },
  });
  // Lambda's runtime, which gets what is thrown, tells of it: a stream that is destroyed would end the process.
  expect([response.destroyed, response.writableEnded]).toEqual([false, false]);
  await expect(response.whole()).rejects.toMatchObject({ name: 'Runtime.InvalidStreamingOperation' });
});

test('a client that leaves ends it, in the middle of a piece, and the body is left', async () => {
  const { response } = stream();
  let [left, read] = [false, 0];
  const body = (async function* () {
    try {
      for (; read < 1000; read++) yield Buffer.alloc(65_536);
    } finally {
      left = true;
    }
  })();
  const sending = send(response, body);
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(left).toBe(false);
  response.hear('left');
  await sending;
  expect([left, read < 1000]).toEqual([true, true]);
  await response.whole();
});

test('a handler that does not end its response has failed', async () => {
  const { response } = stream();
  await expect(response.whole()).rejects.toMatchObject({ name: 'Runtime.InvalidStreamingOperation' });
});

test('the head comes too late once the body has begun', async () => {
  const { response } = stream();
  response.write('x');
  await turn();
  expect(() => response.setContentType('text/html')).toThrow('too late');
});
