/** An alarm must stay believed: in a healthy month nobody is woken. */
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { ACCOUNT_SID, PUBLIC_URL } from '../world/deployment.ts';
import type { World } from '../world/world.ts';
import { type Kind, simulateMonth } from './month.ts';

const A_MILLION = 1_000_000;

const post =
  (path: string, parameters: { readonly [name: string]: string }, signature = '') =>
  (world: World): void =>
    void world.webhook({ url: PUBLIC_URL + path, parameters, signature }, true);
const handshake = (world: World): void =>
  void world.streamEvent({ requestContext: { routeKey: '$connect', connectionId: 'a stranger' }, headers: {} }, true);

/** Callers as they are, and Twilio and AWS on good days. */
const CALLERS: readonly Kind[] = [
  { what: 'a call', share: 0.8874, call: { talkMs: 3 * MINUTE } },
  { what: 'a call that Twilio registers late', share: 0.01, call: { registrationMs: 4 * SECOND, talkMs: 3 * MINUTE } },
  { what: 'one that it registers very late', share: 0.001, call: { registrationMs: 20 * SECOND, talkMs: 3 * MINUTE } },
  { what: 'a caller who hangs up at once', share: 0.05, call: { talkMs: 20 } },
  { what: 'a caller who hangs up before the recording', share: 0.02, call: { talkMs: 600 } },
  { what: 'a short call', share: 0.02, call: { talkMs: 2500 } },
  {
    what: 'a call that is over as it is registered',
    share: 1e-5,
    call: { registrationMs: 9 * SECOND, talkMs: 8 * SECOND },
  },
  { what: 'a stream that does not open', share: 1e-5, call: { handshakeFails: true, afterFailedHandshake: 'hang-up' } },
  { what: 'a start that Twilio answers 429', share: 1e-3, fault: ['recording-start twilio.start', 'status-429'] },
  {
    what: 'a start that Twilio answers 503',
    share: 1e-4,
    fault: ['recording-start twilio.start', 'status-503-before'],
  },
  { what: 'a start whose table is slow', share: 1e-4, fault: ['recording-start dynamodb.write', 'error-before'] },
  { what: 'a start that is killed', share: 1e-5, fault: ['recording-start dynamodb.write', 'crash-before'] },
  { what: 'audio that is not there yet', share: 0.01, fault: ['recording-copy twilio.audio', 'not-there-yet'] },
  { what: 'a copy that S3 refuses', share: 1e-4, fault: ['recording-copy s3.put', 'error-before'] },
  { what: 'a deletion that Twilio refuses', share: 1e-4, fault: ['recording-delete twilio.delete', 'status-429'] },
];

/** Somebody who looks for open doors. */
const STRANGERS: readonly Kind[] = [
  { what: 'a request to the voice URL', anHour: 20, act: post(HTTP_PATHS.voice, {}) },
  { what: 'one that bears a signature', anHour: 2, act: post(HTTP_PATHS.voice, { AccountSid: 'AC0' }, 'c2lnbmVk') },
  { what: 'a request to the callback URL', anHour: 5, act: post(HTTP_PATHS.recordingCallback, {}) },
  { what: 'a request to the status URL', anHour: 5, act: post(HTTP_PATHS.streamStatus, {}) },
  { what: 'a handshake', anHour: 10, act: handshake },
];

const month = (...more: readonly Kind[]) =>
  simulateMonth({ calls: A_MILLION, kinds: [...CALLERS, ...STRANGERS, ...more], seed: 1 });

test('a healthy month of a million calls, internet noise included, pages nobody', async () => {
  const { counts, pages } = await month();
  expect(pages).toEqual([]);
  const calls = CALLERS.reduce((sum, { what }) => sum + (counts.get(what) ?? 0), 0);
  expect(Math.abs(calls / A_MILLION - 1)).toBeLessThan(0.01);
  for (const { what } of [...CALLERS, ...STRANGERS]) expect([what, counts.get(what)]).not.toEqual([what, 0]);
});

/** Nobody would call these a healthy month. */
const TROUBLES: readonly (Kind & { readonly page: string })[] = [
  {
    ...{ what: 'every fifth stream does not open', share: 0.2, page: 'streams-failed' },
    call: { handshakeFails: true, afterFailedHandshake: 'hang-up' },
  },
  {
    ...{ what: 'every fifth call is over as it is registered', share: 0.2, page: 'calls-unrecordable' },
    call: { registrationMs: 9 * SECOND, talkMs: 8 * SECOND },
  },
  {
    ...{ what: 'somebody who knows the account forges a call a minute', anHour: 60, page: 'calls-refused' },
    act: post(HTTP_PATHS.voice, { AccountSid: ACCOUNT_SID }, 'c2lnbmVk'),
  },
  {
    ...{
      what: 'one call in a thousand is never registered',
      share: 1e-3,
      page: 'OldestUnrecordedSeconds-recording-start',
    },
    call: { registrationMs: Number.POSITIVE_INFINITY, talkMs: 10 * MINUTE },
  },
  {
    ...{ what: 'one function in a thousand dies', share: 1e-3, page: 'incoming-call-errors' },
    fault: ['incoming-call secret.read', 'crash-before'],
  },
];

test.each(TROUBLES)('$what: it is told by $page', async ({ page, ...kind }) => {
  const { pages } = await simulateMonth({ calls: A_MILLION, kinds: [...CALLERS.slice(0, 1), kind], seed: 1 });
  expect(pages.map(({ name }) => name)).toContain(page);
});
