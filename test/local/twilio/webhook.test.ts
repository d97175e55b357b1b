/** Webhooks: signature, and the retries and limits that a URL's fragment asks for. */
import { connectionOverrides, sendWebhook } from '../../../local/twilio/server/webhook.ts';
import { type Application, startApplication } from './application.ts';

const PARAMETERS = { CallSid: 'CA1', Digits: 'a b&c' };
const REQUEST = { method: 'POST', parameters: PARAMETERS, authToken: 'token', idempotencyToken: 'same' } as const;

let application: Application;

afterEach(() => application?.close());

/** An application that answers its requests one after the other with these statuses, then with the last of them. */
async function answering(...statuses: number[]): Promise<string> {
  application = await startApplication({
    authToken: 'token',
    status: (_, earlier) => statuses[Math.min(earlier, statuses.length - 1)] ?? 500,
  });
  return application.url;
}

test.each([
  ['', 503, 1],
  ['#rp=5xx', 503, 2],
  ['#rc=3&rp=5xx', 503, 4],
  ['#rc=3&rp=4xx', 503, 1],
  ['#rc=2&rp=4xx,5xx', 404, 3],
  ['#rc=5&rp=all', 500, 6],
  ['#rc=9&rp=all', 500, 2],
  ['#rc=0&rp=all', 500, 1],
])('%p after %d makes %d attempts', async (fragment, status, attempts) => {
  const url = await answering(status);
  const result = await sendWebhook({ ...REQUEST, url: `${url}/hook${fragment}` });
  expect(result).toMatchObject({ kind: 'reply', status, attempts });
  expect(application.webhooks).toHaveLength(attempts);
  // The fragment is neither sent nor signed.
  expect(application.webhooks.every(({ path, signed }) => path === '/hook' && signed)).toBe(true);
  expect(new Set(application.webhooks.map(({ idempotencyToken }) => idempotencyToken))).toEqual(new Set(['same']));
});

test('a success ends the retries', async () => {
  const url = await answering(500, 502, 204, 500);
  const result = await sendWebhook({ ...REQUEST, url: `${url}/hook#rc=5&rp=all` });
  expect(result).toMatchObject({ kind: 'reply', status: 204, attempts: 3 });
});

test('by GET the parameters are in the query, which is what is signed', async () => {
  const url = await answering(204);
  await sendWebhook({ ...REQUEST, method: 'GET', url: `${url}/hook?a=1` });
  expect(application.webhooks).toMatchObject([
    { path: '/hook?a=1&CallSid=CA1&Digits=a+b%26c', parameters: {}, signed: true },
  ]);
});

test.each([
  ['', 2],
  ['#rc=0', 1],
  ['#rp=5xx', 1],
])('a refused connection with %p makes %d attempts', async (fragment, attempts) => {
  const url = await answering(204);
  await application.close();
  const result = await sendWebhook({ ...REQUEST, url: `${url}/hook${fragment}` });
  expect(result).toMatchObject({ kind: 'failure', reason: 'ct', attempts });
});

test('no answer in time is a failure that only rt or all retries', async () => {
  application = await startApplication({ authToken: 'token', silent: true });
  const send = (fragment: string) => sendWebhook({ ...REQUEST, url: `${application.url}/hook#rt=100${fragment}` });
  expect(await send('')).toMatchObject({ kind: 'failure', reason: 'rt', attempts: 1 });
  expect(await send('&rp=rt&rc=1')).toMatchObject({ kind: 'failure', reason: 'rt', attempts: 2 });
  // The total time ends even what would be retried: six attempts would take 600 ms.
  const ended = await send('&rp=all&rc=5&tt=150');
  expect(ended.kind).toBe('failure');
  expect(ended.attempts).toBeLessThan(6);
});

test('an aborted request says so', async () => {
  application = await startApplication({ authToken: 'token', silent: true });
  const controller = new AbortController();
  const sent = sendWebhook({ ...REQUEST, url: `${application.url}/hook`, signal: controller.signal });
  await application.webhook(() => true);
  controller.abort();
  expect(await sent).toMatchObject({ kind: 'failure', reason: 'aborted' });
});

test('what the fragment says wrong is as if it had not been said', () => {
  expect(connectionOverrides('https://a/b#rc=x&ct=1&rt=99999&tt=')).toEqual(connectionOverrides('https://a/b'));
  expect(connectionOverrides('https://a/b')).toEqual({
    ...{ retries: 1, retryOn: new Set(['ct']) },
    ...{ connectMilliseconds: 5000, readMilliseconds: 15_000, totalMilliseconds: 15_000 },
  });
});
