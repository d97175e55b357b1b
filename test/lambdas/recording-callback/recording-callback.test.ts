import { recordingCallback } from '../../../lambdas/recording-callback/recording-callback.ts';
import type { RecordingState } from '../../../lambdas/shared/rules/table/row-parts.ts';
import { markedCallbackUrl } from '../../../lambdas/shared/rules/webhook/callback-mark.ts';
import { probeMark } from '../../../lambdas/shared/rules/webhook/probe.ts';
import { breakPort, killedEverywhere, killer, withAround } from '../support/faults.ts';
import {
  CALL,
  CREDENTIALS,
  callRow,
  callSid,
  OTHER_ACCOUNT,
  PUBLIC_URL,
  RECORDING,
  recordingRow,
  recordingSid,
  TOKEN,
  twilioUrl,
} from '../support/fixtures.ts';
import { fc } from '../support/properties.ts';
import { NOON } from '../support/time.ts';
import { callbackForm, type Form, type WebhookOptions, webhook } from '../support/webhook.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});

/** As Twilio calls back to the URL that our own request has named. */
const MARKED = markedCallbackUrl('', TOKEN, CALL).slice(1);
const requestOf = (over: Form = {}, options: WebhookOptions = {}) =>
  webhook('/recording-callback', callbackForm(over), { query: MARKED, ...options });
const post = (over: Form = {}, options?: WebhookOptions) => recordingCallback(world, requestOf(over, options));
const postStatus = (RecordingStatus: string) => post({ RecordingStatus });

async function expectNoStateChange(): Promise<void> {
  expect(world.table.rows()).toEqual([]);
  expect(world.copyQueue.size).toBe(0);
}

describe('whose the recording is', () => {
  test.each<[string, WebhookOptions, string]>([
    ['a mark of ours', {}, 'recorder'],
    ['no mark', { query: '' }, 'other'],
    ['a mark that was made for another call', { query: MARKED.replace(CALL, callSid('9')) }, 'other'],
    ['a mark by another token', { query: markedCallbackUrl('', 'another-token', CALL).slice(1) }, 'other'],
  ])('%s', async (_what, options, madeBy) => {
    expect((await post({}, options)).statusCode).toBe(204);
    expect((await world.recording()).madeBy).toBe(madeBy);
  });

  test.each(['DialVerb', 'Trunking', 'StartCallRecordingAPI'])('%s without a mark is not ours', async (source) => {
    await post({ RecordingSource: source }, { query: '' });
    const row = await world.recording();
    expect(row).toMatchObject({ madeBy: 'other', source });
    expect(row.proof).toBeUndefined();
  });
});

describe('completed', () => {
  test('is kept with the way to the audio, then the copy is queued, then answered', async () => {
    const order: string[] = [];
    const reply = await recordingCallback(
      withAround(world, async (name, request) => {
        const answer = await request();
        order.push(name);
        return answer;
      }),
      requestOf(),
    );
    expect(reply).toEqual({ statusCode: 204 });
    expect(order.indexOf('table.write')).toBeGreaterThan(-1);
    expect(order.indexOf('copyQueue.send')).toBeGreaterThan(order.indexOf('table.write'));
    expect(await world.recording()).toMatchObject({
      state: 'completed',
      twilioUrl: twilioUrl(RECORDING),
      madeBy: 'recorder',
      durationSeconds: 12,
      channels: 2,
      source: 'StartCallRecordingAPI',
      completedAt: NOON,
      waiting: { next: 'copy', due: NOON + 60_000 },
    });
    expect(world.copyQueue.contents()).toEqual([
      { message: { callSid: CALL, recordingSid: RECORDING }, visibleAt: NOON },
    ]);
  });

  test('is logged in the stable words', async () => {
    await post();
    expect(world.log.line('recording_sid_captured')).toMatchObject({
      level: 'info',
      message: 'Recording SID captured',
      callSid: CALL,
      recordingSid: RECORDING,
    });
    expect(world.log.counts).toEqual({ RecordingCompleted: 1 });
  });

  test('before the start’s reply is stored makes the row all the same', async () => {
    await world.given(callRow({ state: 'posting' }));
    expect(await post()).toEqual({ statusCode: 204 });
    expect((await world.recording()).state).toBe('completed');
  });

  test('twice, or ten times, is one copy', async () => {
    for (let time = 0; time < 10; time++) expect(await post()).toEqual({ statusCode: 204 });
    expect(world.copyQueue.size).toBe(1);
    expect(world.log.counts).toEqual({ RecordingCompleted: 1 });
    expect((await world.recording()).version).toBe(1);
  });

  test('replayed long after the deletion changes nothing', async () => {
    const deleted = recordingRow({ state: 'deleted', deletedAt: NOON });
    await world.given(deleted);
    expect(await post()).toEqual({ statusCode: 204 });
    expect(await world.recording()).toEqual(deleted);
    expect(world.copyQueue.size).toBe(0);
  });

  test('of a second recording of the call flags that, and copies both', async () => {
    await world.given(callRow({ state: 'recording', recordingSid: RECORDING }));
    await post();
    await post({ RecordingSid: recordingSid('2') });
    expect(await world.recording()).not.toHaveProperty('extra');
    expect((await world.recording(recordingSid('2'))).extra).toBe(true);
    expect(world.copyQueue.size).toBe(2);
    expect(world.log.counts).toMatchObject({ ExtraRecording: 1 });
  });
});

describe('other states', () => {
  test('in-progress is noted; its end is awaited', async () => {
    expect(await postStatus('in-progress')).toEqual({ statusCode: 204 });
    expect(await world.recording()).toMatchObject({ state: 'in-progress' });
    expect((await world.recording()).waiting?.next).toBe('report');
    expect(world.copyQueue.size).toBe(0);
  });

  test.each([
    ['absent', 'RecordingAbsent', 'recording_absent'],
    ['failed', 'RecordingFailed', 'recording_failed'],
  ])('%s is noted with its code and counted', async (RecordingStatus, metric, event) => {
    await post({ RecordingStatus, ErrorCode: '16101' });
    expect(await world.recording()).toMatchObject({ state: RecordingStatus, errorCode: 16_101 });
    expect(world.log.counts).toEqual({ [metric]: 1 });
    expect(world.log.line(event)).toMatchObject({ level: 'warn', code: 16_101 });
    expect(world.copyQueue.size).toBe(0);
  });

  test.each<[string[], RecordingState]>([
    [['completed', 'in-progress'], 'completed'],
    [['completed', 'absent'], 'completed'],
    [['completed', 'failed', 'absent', 'in-progress'], 'completed'],
    [['absent', 'completed'], 'completed'],
    [['in-progress', 'absent', 'in-progress'], 'absent'],
  ])('%j ends in %s', async (statuses, state) => {
    for (const status of statuses) await postStatus(status);
    expect((await world.recording()).state).toBe(state);
    expect(world.copyQueue.size).toBe(state === 'completed' ? 1 : 0);
  });

  test('any order and number of callbacks leads to the same: a copy if one of them says completed', async () => {
    const statuses = fc.array(fc.constantFrom('in-progress', 'completed', 'absent', 'failed'), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(statuses, async (all) => {
        world = makeWorld();
        for (const status of all) expect(await postStatus(status)).toEqual({ statusCode: 204 });
        const completed = all.includes('completed');
        expect(world.copyQueue.size).toBe(completed ? 1 : 0);
        expect((await world.recording()).state === 'completed').toBe(completed);
      }),
      { numRuns: 50 },
    );
  });

  test('several at once, however they interleave, are one copy', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const one = makeWorld();
        const interleaved = withAround(one, async (name, request) => {
          await scheduler.schedule(Promise.resolve(name));
          return request();
        });
        const statuses = ['completed', 'in-progress', 'completed', 'absent'];
        const replies = Promise.all(
          statuses.map((RecordingStatus) => recordingCallback(interleaved, requestOf({ RecordingStatus }))),
        );
        expect((await scheduler.waitFor(replies)).map(({ statusCode }) => statusCode)).toEqual([204, 204, 204, 204]);
        expect((await one.recording()).state).toBe('completed');
        expect(one.copyQueue.size).toBe(1);
      }),
    );
  });
});

describe('refused without any change is', () => {
  test.each<[string, Form, WebhookOptions | undefined, number]>([
    ['a forged request', {}, { token: 'forged' }, 403],
    ['an unsigned request', {}, { signature: '' }, 403],
    ['an oversize request', { Padding: 'x'.repeat(270_000) }, undefined, 413],
    ['a request with duplicate keys', {}, { body: 'CallSid=a&CallSid=b' }, 400],
    ['a request of another account', { AccountSid: OTHER_ACCOUNT }, undefined, 400],
    ['a recording with a path', { RecordingSid: 'RE../../../../evil' }, undefined, 400],
    ['a call with a path', { CallSid: `${CALL}/../../evil` }, undefined, 400],
    ['a status that is none', { RecordingStatus: '__proto__' }, undefined, 400],
  ])('%s', async (_what, over, options, status) => {
    const reply = await post(over, options);
    expect(reply.statusCode).toBe(status);
    expect(JSON.parse(reply.body ?? '').message).toMatch(/\.$|\?$/);
    await expectNoStateChange();
  });

  test('a duplicate __proto__', async () => {
    expect((await post({}, { body: '__proto__=1&__proto__=2' })).statusCode).toBe(400);
    await expectNoStateChange();
  });
});

test('__proto__ as a parameter is ignored', async () => {
  const form = JSON.parse('{"__proto__":"polluted"}');
  expect(await post(form)).toEqual({ statusCode: 204 });
  expect(Object.prototype).not.toHaveProperty('polluted');
});

test.each([
  'https://evil.test/Recordings/x',
  `https://api.twilio.test.evil.test/Recordings/${RECORDING}`,
  'file:///etc/passwd',
  '',
])('RecordingUrl %j is not followed: ours is built from the configuration', async (RecordingUrl) => {
  await post({ RecordingUrl });
  expect((await world.recording()).twilioUrl).toBe(twilioUrl(RECORDING));
});

describe('where', () => {
  test.each(['read', 'write'] as const)('the table cannot %s: no 2xx, so that Twilio calls again', async (method) => {
    const mend = breakPort(world.table, method);
    await expect(post()).rejects.toThrow();
    expect(world.copyQueue.size).toBe(0);
    mend();
    expect(await post()).toEqual({ statusCode: 204 });
    expect(world.copyQueue.size).toBe(1);
  });

  test('the queue fails: 2xx all the same, and the row is due for the sweep', async () => {
    breakPort(world.copyQueue, 'send');
    expect(await post()).toEqual({ statusCode: 204 });
    expect(await world.recording()).toMatchObject({
      state: 'completed',
      waiting: { next: 'copy', due: NOON + 60_000 },
    });
    expect(world.log.line('copy_not_queued').level).toBe('warn');
  });

  test('of a recording that has only begun, the call is not looked through', async () => {
    breakPort(world.table, 'readCall');
    expect(await post({ RecordingStatus: 'in-progress' })).toEqual({ statusCode: 204 });
    expect(await world.recording()).toMatchObject({ state: 'in-progress' });
    expect(world.log.lines).toEqual([]);
  });

  test('extra recordings cannot be looked for: 2xx all the same', async () => {
    breakPort(world.table, 'readCall');
    expect(await post()).toEqual({ statusCode: 204 });
    expect(world.log.line('extra_not_checked').level).toBe('warn');
  });

  test('the environment is killed at any of its requests: Twilio calls again, or the sweep has what is due', async () => {
    const histories = await killedEverywhere(async (kill) => {
      const one = makeWorld();
      const { around, killed } = killer(kill);
      await recordingCallback(withAround(one, around), requestOf()).catch(() => undefined);
      await recordingCallback(one, requestOf());
      expect(await one.recording()).toMatchObject({ state: 'completed', waiting: { next: 'copy' } });
      return killed();
    });
    expect(histories).toBeGreaterThan(8);
  });
});

test('log lines say nothing of credentials, bodies or numbers', async () => {
  await post({ From: '+4930123456', Private: 'custom-value' });
  await post({ RecordingStatus: 'custom-value', From: '+4930123456' });
  await post({}, { token: 'forged' });
  const said = JSON.stringify(world.log.lines);
  for (const secret of [TOKEN, CREDENTIALS.rest.password, '+49', 'custom-value']) expect(said).not.toContain(secret);
});

test('a signed request without a recording that is marked as meant to be refused is refused, and not counted', async () => {
  const request = webhook('/recording-callback', {});
  const mark = probeMark(TOKEN, `${PUBLIC_URL}/recording-callback`);
  const reply = await recordingCallback(world, {
    ...request,
    headers: { ...request.headers, 'X-Call-Recorder-Probe': mark },
  });
  expect(reply.statusCode).toBe(400);
  expect(world.log.counts).toEqual({});
  expect(world.log.events()).toEqual(['probe_refused']);

  await recordingCallback(world, request);
  expect(world.log.counts).toEqual({ RequestRefused: 1 });
});
