/** The saved queries, run over the lines that the real steps write by the real log. */
import type { Context } from 'aws-lambda';
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import { type InvocationLog, powertoolsLog } from '../../../lambdas/shared/adapters/aws/powertools-log.ts';
import { STEPS, type Step } from '../../../lambdas/shared/contract/steps.ts';
import type { Refusal } from '../../../lambdas/shared/ports/twilio.ts';
import { STREAM_TOKEN_PARAMETER, streamToken } from '../../../lambdas/shared/rules/call/stream-token.ts';
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { startStream } from '../../../lambdas/stream-connect/stream-connect.ts';
import { CALL_SID_PLACEHOLDER, LOG_QUERIES } from '../../../lib/watch/log-queries.ts';
import { breakPort, nth } from '../../lambdas/support/faults.ts';
import {
  ACCOUNT,
  callSid,
  recordingRow,
  recordingSid,
  TOKEN,
  twilioRecording,
} from '../../lambdas/support/fixtures.ts';
import { audioOf, NOT_ELIGIBLE, NOT_FOUND } from '../../lambdas/support/scripted-twilio.ts';
import { CONNECTION, startMessage } from '../../lambdas/support/stream.ts';
import { wavFile } from '../../lambdas/support/wav.ts';
import { makeWorld } from '../../lambdas/support/world.ts';
import { synthesize } from '../synthesized.ts';
import { type Line, runQuery } from './insights.ts';

const FILE = wavFile();
const QUICK = callSid('1');
const SLOW = callSid('2');

const world = makeWorld();
const lines: Line[] = [];

/** Runs one invocation of a step with a log of its own, as its environment has one, and keeps the lines. */
async function invoke(step: Step, run: (log: InvocationLog) => Promise<unknown>): Promise<void> {
  const written: string[] = [];
  const keep = (chunk: unknown) => {
    written.push(String(chunk));
    return true;
  };
  process.env.POWERTOOLS_SERVICE_NAME = step;
  const log = powertoolsLog('prod');
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(keep));
  const context = { functionName: step, awsRequestId: `request ${lines.length}`, memoryLimitInMB: '512' } as Context;
  try {
    await log.during(context, () => run(log)).catch(() => undefined);
  } finally {
    for (const spy of spies) spy.mockRestore();
    delete process.env.POWERTOOLS_SERVICE_NAME;
  }
  const text = written.join('').split('\n');
  lines.push(...text.filter((line) => line.startsWith('{')).map((line): Line => JSON.parse(line)));
}

/** A call whose stream starts, whose start message comes late, and which Twilio refuses to record so many times. */
async function record(sid: string, digit: string, lateMs: number, ...refusals: Refusal[]): Promise<void> {
  const startedAt = world.clock.now();
  const body = startMessage({
    callSid: sid,
    accountSid: ACCOUNT,
    customParameters: { [STREAM_TOKEN_PARAMETER]: streamToken(TOKEN, sid, startedAt) },
  });
  const deps = { ...world, foreignStreams: 'refuse' as const, disclaimer: Buffer.alloc(10) };
  await invoke('stream-connect', (log) => startStream({ ...deps, log }, CONNECTION, body));
  const recording = twilioRecording({ callSid: sid, recordingSid: recordingSid(digit), status: 'in-progress' });
  world.clock.advance(lateMs);
  world.twilio.answer('callProgress', { kind: 'early' });
  world.twilio.answer('startRecording', ...refusals, () => ({ kind: 'started', recording }));
  await invoke('recording-start', (log) => recordingStart({ ...world, log }, { callSid: sid, startedAt }, 1));
}

/** The recording is complete, and is copied at once or after so many failures. */
async function copy(sid: string, digit: string, waitMs: number, ...failures: Refusal[]): Promise<void> {
  const message = { callSid: sid, recordingSid: recordingSid(digit) };
  await world.table.write(recordingRow({ ...message, version: 2, completedAt: world.clock.now() }), 1);
  const found = { kind: 'found', recording: twilioRecording(message) } as const;
  world.twilio.answer('recording', found);
  world.twilio.answer('openAudio', ...failures, () => audioOf(FILE));
  for (let attempt = 0; attempt <= failures.length; attempt++) {
    await invoke('recording-copy', (log) => recordingCopy({ ...world, log }, message, attempt + 1, 'message'));
    world.clock.advance(waitMs);
  }
}

beforeAll(async () => {
  await record(QUICK, '1', 0);
  await copy(QUICK, '1', 0);
  await record(SLOW, '2', 5 * SECOND, ...Array(7).fill(NOT_FOUND), NOT_ELIGIBLE);
  await copy(SLOW, '2', 2 * MINUTE, NOT_FOUND, NOT_FOUND);
  breakPort(world.store, 'head', nth(1));
  await record(callSid('3'), '3', 0);
  await copy(callSid('3'), '3', SECOND);
});

const resultOf = (name: string, change: (query: string) => string = (query) => query) => {
  const query = LOG_QUERIES.find((one) => one.name === name);
  if (!query) throw new Error(`There is no query "${name}".`);
  return runQuery(change(query.query.join('\n')), lines);
};

test('one call: its story, in order, and nothing of another call', () => {
  const story = (sid: string) => resultOf('one call', (query) => query.replace(CALL_SID_PLACEHOLDER, sid)).rows;
  expect(story(CALL_SID_PLACEHOLDER)).toEqual([]);
  expect(story(QUICK).map(({ service, event }) => [service, event])).toEqual([
    ['stream-connect', 'stream_started'],
    ['recording-start', 'recording_starting'],
    ['recording-start', 'recording_success'],
    ['recording-copy', 'recording_stored'],
  ]);
  const slow = story(SLOW);
  expect(slow.filter(({ event }) => event === 'recording_start_error')).toHaveLength(8);
  expect(slow.at(-1)).toMatchObject({ event: 'recording_stored', level: 'INFO', message: 'Recording stored in S3' });
  expect(slow.map((row) => row['@timestamp'])).toEqual(slow.map((row) => row['@timestamp']).sort());
});

test('start errors by code: as often as Twilio said so', () => {
  expect(resultOf('start errors by code').rows).toEqual([
    { status: 404, code: 20404, willRetry: 1, errors: 7, attempts: 7 },
    { status: 400, code: 21220, willRetry: 1, errors: 1, attempts: 8 },
  ]);
});

test('seconds to start: from the first second to the slowest call', () => {
  const [row, ...others] = resultOf('seconds to start').rows;
  expect(others).toEqual([]);
  // Eight refusals, a quarter of a second apart, after five seconds.
  expect(row).toEqual({
    how: 'started',
    recordings: 3,
    fastest: 1,
    slowest: 7,
    average: 3,
    nineOfTen: 7,
    attempts: 9,
  });
});

test('slow starts: the one that was', () => {
  expect(resultOf('slow starts').rows).toMatchObject([{ callSid: SLOW, attempt: 9, secondsSinceStreamStart: 7 }]);
});

test('fallbacks: which, how often, and why', () => {
  expect(resultOf('fallbacks').rows).toEqual([
    {
      callSid: SLOW,
      recordingSid: recordingSid('2'),
      reason: 'audio: status 404 code 20404',
      failures: 2,
      attempts: 2,
      longestPause: 15,
    },
    expect.objectContaining({ callSid: callSid('3'), reason: 'error: Outage', failures: 1 }),
  ]);
});

test('slow copies: only those that took more than a minute', () => {
  expect(resultOf('slow copies').rows).toMatchObject([
    { callSid: SLOW, recordingSid: recordingSid('2'), bytes: FILE.length, seconds: 0, secondsSinceCompletion: 240 },
  ]);
});

test('errors: the kinds of what went wrong, most frequent first', () => {
  const { rows } = resultOf('errors');
  expect(rows[0]).toMatchObject({
    service: 'recording-start',
    level: 'WARN',
    event: 'recording_start_error',
    lines: 7,
  });
  expect(rows).toContainEqual(
    expect.objectContaining({ service: 'recording-copy', event: 'copy_error', 'error.name': 'Outage', lines: 1 }),
  );
});

test.each(LOG_QUERIES)('$name: each field that it names is a field that the log has', ({ query }) => {
  const { fields } = runQuery(query.join('\n'), lines);
  expect(fields.length).toBeGreaterThan(1);
  for (const field of fields) {
    const has = runQuery(`fields ${field}`, lines).rows.some((row) => row[field] !== undefined);
    expect([field, has]).toEqual([field, true]);
  }
});

test('all of them are deployed, over the logs of all steps, in a folder of the deployment', async () => {
  const stack = await synthesize();
  const deployed = Object.values(stack.all('AWS::Logs::QueryDefinition')).map(({ Properties }) => Properties);
  expect(deployed.map(({ Name }) => Name).sort()).toEqual(
    LOG_QUERIES.map(({ name }) => `call-recorder-prod/${name}`).sort(),
  );
  for (const { name, query } of LOG_QUERIES) {
    const own = deployed.find(({ Name }) => Name === `call-recorder-prod/${name}`);
    expect(own?.QueryString).toBe(query.join('\n'));
    expect(own?.LogGroupNames).toHaveLength(STEPS.length);
  }
});
