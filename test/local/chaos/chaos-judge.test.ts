/** The judge of a run under faults, and what it knows: each loss must be noticed, each innocent one left alone. */

import { createDraws } from '../../../local/chaos/faults/draws.ts';
import {
  DEFAULT_RATES,
  faultOf,
  killOf,
  type Outage,
  outageOf,
  type Rates,
} from '../../../local/chaos/faults/fault-schedule.ts';
import { createKiller } from '../../../local/chaos/faults/kills.ts';
import type { ObservedRequest } from '../../../local/chaos/faults/proxy.ts';
import { createRequestLog } from '../../../local/chaos/faults/request-log.ts';
import type { CallFacts, Facts, RecordingFacts } from '../../../local/chaos/judge/facts.ts';
import { judgeFacts, type Violations } from '../../../local/chaos/judge/judge.ts';
import { describeRun, failuresOf, type Run } from '../../../local/chaos/judge/report.ts';
import { describePending, pendingOf } from '../../../local/chaos/settle.ts';
import { planCalls } from '../../../local/chaos/workload.ts';
import { parseOptions } from '../../../local/options.ts';
import type { Backend } from '../../../local/system/backends.ts';
import { LOCAL_RECORDER } from '../../../local/twilio/server/server.ts';
import type { TableRow } from '../../../local/watch/table-rows.ts';
import { until } from '../support.ts';

const CALL = `CA${'1'.repeat(32)}`;
const RECORDING = `RE${'2'.repeat(32)}`;
const OTHER = `RE${'3'.repeat(32)}`;
const KEY = `recordings/${CALL}/${RECORDING}.wav`;
const NOW = 1_000_000;
const KEEP = 5000;

describe('the schedule', () => {
  const schedule = (seed: number) => {
    const draws = createDraws(seed);
    const numbers = Array.from({ length: 300 }, (_, index) => index + 1);
    return {
      faults: numbers.map((n) => faultOf(draws, DEFAULT_RATES, 'twilio', 'Media', n)),
      outages: numbers.map((n) => outageOf(draws, DEFAULT_RATES, 's3', n)),
      kills: numbers.map((n) => killOf(draws, DEFAULT_RATES, 'recording-start', n)),
      calls: planCalls(draws, 50, 20),
    };
  };

  test('is the same for the same seed, and another for another', () => {
    expect(schedule(7)).toEqual(schedule(7));
    expect(schedule(7)).not.toEqual(schedule(8));
  });

  test('does not depend on what was drawn before', () => {
    const draws = createDraws(7);
    const alone = faultOf(createDraws(7), DEFAULT_RATES, 's3', 'PutObject', 3);
    for (let n = 1; n < 50; n += 1) faultOf(draws, DEFAULT_RATES, 'dynamodb', 'Query', n);
    expect(faultOf(draws, DEFAULT_RATES, 's3', 'PutObject', 3)).toEqual(alone);
  });

  test('holds every kind, and no more of them than the rates allow', () => {
    const draws = createDraws(1);
    const count = (backend: Backend, operation: string) => {
      const kinds = new Map<string, number>();
      for (let n = 1; n <= 2000; n += 1) {
        const kind = faultOf(draws, DEFAULT_RATES, backend, operation, n)?.kind;
        if (kind !== undefined) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
      return kinds;
    };
    const ofMedia = count('twilio', 'Media');
    const ofStarts = count('twilio', 'Start');
    expect([...ofMedia.keys()].sort()).toEqual([...ofStarts.keys(), 'error-page', 'not-there-yet', 'shortened'].sort());
    expect(ofStarts.size).toBe(9);
    const total = [...ofStarts.values()].reduce((sum, one) => sum + one, 0);
    expect(total / 2000).toBeCloseTo(DEFAULT_RATES.faults.twilio, 1);
  });

  test('has outages of seconds to half a minute, of each kind', () => {
    const outages: Outage[] = schedule(3).outages;
    expect(new Set(outages.map(({ kind }) => kind)).size).toBe(3);
    expect(Math.min(...outages.map(({ milliseconds }) => milliseconds))).toBeGreaterThanOrEqual(300);
    expect(Math.max(...outages.map(({ milliseconds }) => milliseconds))).toBeLessThanOrEqual(30_000);
  });

  test('has calls of all sorts', () => {
    const { calls } = schedule(5);
    const delays = calls.map(({ registrationDelay }) => registrationDelay);
    expect(Math.min(...delays)).toBeLessThan(1000);
    expect(Math.max(...delays)).toBeGreaterThan(10_000);
    expect(calls.every(({ talk }) => talk >= 3000 && talk <= 30_000)).toBe(true);
    expect(new Set(calls.flatMap(({ unwanted }) => unwanted.map(({ kind }) => kind))).size).toBe(8);
    expect(new Set(calls.map(({ earlyRefusal }) => earlyRefusal)).size).toBe(2);
  });
});

test('an environment is killed while it works, and only then', async () => {
  const always: Rates = { ...DEFAULT_RATES, kills: 1 };
  const killer = createKiller(createDraws(1), always);
  let killed = 0;
  const kill = () => {
    killed += 1;
  };
  killer.onInvoke('sweep', kill)?.();
  killer.onInvoke('sweep', kill);
  await until(() => killed === 1, 'the second invocation is killed');
  killer.calm();
  expect(killer.onInvoke('sweep', kill)).toBeUndefined();
  expect([...killer.counts()]).toEqual([['sweep', 1]]);
});

describe('the requestLog', () => {
  const path = `/2010-04-01/Accounts/AC/Calls/${CALL}/Recordings.json`;
  const request = (operation: string, over: Partial<ObservedRequest>): ObservedRequest => ({
    ...{ backend: 'twilio', operation, n: 1, path, arrivedAt: 0, fault: undefined, delivered: true },
    ...{ endedAt: 0, callSids: [CALL] },
    effect: undefined,
    ...over,
  });
  const start = (arrivedAt: number, at: number, delivered: boolean) =>
    request('Start', { arrivedAt, delivered, effect: { at, status: 201 } });
  const list = (arrivedAt: number, at: number, delivered = true) =>
    request('RecordingsOfCall', { arrivedAt, delivered, effect: { at, status: 200 } });

  test.each<[string, ObservedRequest[], number]>([
    ['one start', [start(0, 1, true)], 0],
    [
      'a start that came late, asked for before it came',
      [start(0, 9000, false), list(6000, 6001), start(6002, 6003, true)],
      1,
    ],
    ['the same, seen in another order', [start(6002, 6003, true), list(6000, 6001), start(0, 9000, false)], 1],
    [
      'a start that was lost, and seen when asked for',
      [start(0, 10, false), list(6000, 6001), start(6002, 6003, true)],
      0,
    ],
    ['a second start without asking', [start(0, 9000, false), start(6002, 6003, true)], 0],
    [
      'asked, but nobody heard the answer',
      [start(0, 9000, false), list(6000, 6001, false), start(6002, 6003, true)],
      0,
    ],
    ['asked before the first start only', [list(0, 1), start(2, 9000, false), start(6002, 6003, true)], 0],
    ['a start that was refused', [request('Start', { effect: { at: 1, status: 404 } }), start(2, 3, true)], 0],
  ])('explains an extra recording: %s', (_, requests, explained) => {
    const requestLog = createRequestLog();
    for (const one of requests) requestLog.add(one);
    expect(requestLog.explainedExtras(CALL)).toBe(explained);
    expect(requestLog.explainedExtras(`CA${'9'.repeat(32)}`)).toBe(0);
  });

  const ofS3 = (operation: string, at: number, status: number) =>
    request(operation, { backend: 's3', path: `/bucket/${KEY}`, effect: { at, status }, delivered: false });

  test('knows since when S3 has had the audio, also where the reply was lost', () => {
    const requestLog = createRequestLog();
    requestLog.add(ofS3('PutObject', 10, 503));
    requestLog.add(ofS3('HeadObject', 11, 404));
    requestLog.add(ofS3('UploadPart', 12, 200));
    expect(requestLog.storedAt(RECORDING)).toBeUndefined();
    requestLog.add(ofS3('PutObject', 30, 200));
    requestLog.add(ofS3('PutObject', 40, 412));
    expect(requestLog.storedAt(RECORDING)).toBe(30);
  });

  test.each([
    ['PutObject', 412],
    ['HeadObject', 200],
    ['CompleteMultipartUpload', 200],
  ])('takes %s with %d for a sign that the audio is there', (operation, status) => {
    const requestLog = createRequestLog();
    requestLog.add(ofS3(operation, 5, status));
    expect(requestLog.storedAt(RECORDING)).toBe(5);
  });

  test('counts faults by backend and kind, and requests until it is calm', () => {
    const requestLog = createRequestLog();
    requestLog.add(request('Start', { fault: 'throttled' }));
    requestLog.add(request('Start', {}));
    requestLog.calm();
    requestLog.add(request('Start', {}));
    expect(requestLog.requests('twilio')).toBe(2);
    expect(requestLog.faults().get('twilio')).toEqual(new Map([['throttled', 1]]));
  });
});

const row = (over: Partial<TableRow> = {}): TableRow => ({
  ...{ kind: 'recording', callSid: CALL, recordingSid: RECORDING, state: 'deleted', waiting: undefined },
  ...{ extra: false, reason: undefined, stored: { bucket: 'b', key: KEY } },
  ...over,
});
const recording = (over: Partial<RecordingFacts> = {}): RecordingFacts => ({
  ...{ sid: RECORDING, callSid: CALL, status: 'deleted', actor: LOCAL_RECORDER, row: row() },
  ...{ sha256AtTwilio: 'aa', sha256InS3: 'aa', statuses: [404, 404] },
  ...{ startedAt: 2000, storedAt: 10_000, deletedAt: 10_000 + KEEP },
  ...over,
});
const CALL_ROW: TableRow = { ...row(), kind: 'call', recordingSid: undefined, state: 'recording', stored: undefined };
const UNRECORDABLE: TableRow = { ...CALL_ROW, state: 'unrecordable' };

/** What is found after a healthy call; each test spoils one thing. */
function factsOf(
  recordings: readonly RecordingFacts[],
  call: Partial<CallFacts> = {},
  more: Partial<Facts> = {},
): Facts {
  const facts: CallFacts = {
    ...{
      callSid: CALL,
      row: CALL_ROW,
      twimlFetched: true,
      ...{ startedAt: 500, answeredAt: 900, streamStartedAt: 1000, heardAt: 3000, streamClosedAt: 3100 },
      length: 5000,
      registrationDelay: 500,
    },
    ...{ recordings, explainedExtras: 0 },
    ...call,
  };
  const rows = [facts.row, ...recordings.map((one) => one.row)].filter((one) => one !== undefined);
  return {
    calls: [facts],
    recordings,
    rows,
    troubles: [],
    objectKeys: recordings.length > 0 ? [KEY] : [],
    deadLetters: new Map(),
    ...more,
  };
}
const judged = (facts: Facts) => judgeFacts(facts, { keepAtTwilioMilliseconds: KEEP, now: NOW });
const found = (facts: Facts) =>
  Object.entries(judged(facts).violations).flatMap(([name, texts]) => (texts.length > 0 ? [name] : []));
type Kind = keyof Violations;

describe('the judge', () => {
  test('finds nothing wrong with a healthy call', () => {
    const verdict = judged(factsOf([recording()]));
    expect(found(factsOf([recording()]))).toEqual([]);
    expect(verdict).toMatchObject({ storedIdentical: 1, deletedAtTwilio: 1, waitingForDeletion: 0 });
    expect(verdict.secondsToRecording).toEqual([1]);
    expect([...verdict.unrecorded]).toEqual([]);
  });

  const waiting = (due: number) => row({ state: 'stored', waiting: { next: 'delete', due } });
  const kept = { status: 'completed', statuses: [200, 200], deletedAt: undefined } as const;

  test.each<[string, Facts, Kind[]]>([
    ['nothing in S3, deleted at Twilio', factsOf([recording({ sha256InS3: undefined })]), ['lost']],
    ['other bytes in S3, deleted at Twilio', factsOf([recording({ sha256InS3: 'bb' })]), ['lost']],
    ['nothing in S3, and no row', factsOf([recording({ ...kept, sha256InS3: undefined, row: undefined })]), ['lost']],
    [
      'still at Twilio only',
      factsOf([recording({ ...kept, sha256InS3: undefined, row: row({ state: 'fallback', stored: undefined }) })]),
      ['unsettled'],
    ],
    ['deleted a millisecond too early', factsOf([recording({ deletedAt: 10_000 + KEEP - 1 })]), ['deletedEarly']],
    ['deleted, and never seen on its way to S3', factsOf([recording({ storedAt: undefined })]), ['deletedEarly']],
    ['kept in its time', factsOf([recording({ ...kept, row: waiting(NOW + 1) })]), []],
    ['kept for too long', factsOf([recording({ ...kept, row: waiting(NOW - 121_000) })]), ['unsettled']],
    ['kept, and waiting for nothing', factsOf([recording({ ...kept, row: row({ state: 'stored' }) })]), ['unsettled']],
    ['a row that says deleted, and Twilio denies it', factsOf([recording({ statuses: [404, 200] })]), ['unsettled']],
    [
      'in S3, and the row does not know',
      factsOf([recording({ ...kept, row: row({ state: 'completed' }) })]),
      ['unsettled'],
    ],
    ['no audio', factsOf([recording({ status: 'absent', row: row({ state: 'absent' }), deletedAt: undefined })]), []],
    [
      'a call that is over and still to be started',
      factsOf([], { row: { ...CALL_ROW, state: 'posting' } }),
      ['unsettled'],
    ],
    ['a call that goes on', factsOf([recording()], { length: undefined }), ['unsettled']],
    [
      'a row of a call that never was',
      factsOf([recording()], {}, { rows: [{ ...CALL_ROW, callSid: 'CA9' }] }),
      ['strays'],
    ],
    [
      'a row of a recording that never was',
      factsOf([recording()], {}, { rows: [row({ recordingSid: OTHER })] }),
      ['strays'],
    ],
    ['an object that nobody knows', factsOf([recording()], {}, { objectKeys: [`x/${OTHER}.wav`] }), ['strays']],
  ])('%s', (_, facts, expected) => {
    expect(found(facts)).toEqual(expected);
  });

  const told = (detailType: string, detail: { callSid: string; recordingSid?: string } = { callSid: CALL }) => ({
    ...{ id: 'x', bus: 'default', source: 'call-recorder', time: '', detailType, detail },
  });
  const ofRecording = { callSid: CALL, recordingSid: RECORDING };
  const all = ['Recording Started', 'Recording Stored', 'Recording Deleted At Twilio'].map((type) =>
    told(type, ofRecording),
  );

  test.each<[string, Facts, RegExp | undefined]>([
    ['all that happened, some of it twice', factsOf([recording()], {}, { events: [...all, ...all] }), undefined],
    ['nothing', factsOf([recording()], {}, { events: [] }), /is deleted, and nobody was told "Recording Started"/],
    ['all but the last', factsOf([recording()], {}, { events: all.slice(0, 2) }), /nobody was told "Recording Deleted/],
    [
      'a deletion before it happened',
      factsOf([recording({ ...kept, row: waiting(NOW + 1) })], {}, { events: all }),
      /is stored, and somebody was told "Recording Deleted At Twilio"/,
    ],
    [
      'that a recorded call is none',
      factsOf([recording()], {}, { events: [...all, told('Call Not Recordable')] }),
      /somebody was told "Call Not Recordable"/,
    ],
    [
      'of a recording that nobody knows',
      factsOf(
        [recording()],
        {},
        { events: [...all, told('Recording Started', { callSid: CALL, recordingSid: OTHER })] },
      ),
      /something was told of RE.*, which has no row/,
    ],
    [
      'nothing of a call that was not recordable',
      factsOf([], { row: UNRECORDABLE }, { events: [] }),
      /Call Not Recordable/,
    ],
  ])('the bus was told %s', (_, facts, expected) => {
    const { misannounced } = judged(facts).violations;
    if (expected) expect(misannounced).toContainEqual(expect.stringMatching(expected));
    else expect(misannounced).toEqual([]);
    expect(found(facts)).toEqual(expected ? ['misannounced'] : []);
  });

  const extra = (flagged: boolean) =>
    recording({ sid: OTHER, row: row({ recordingSid: OTHER, extra: flagged }), startedAt: 9000 });

  test.each<[string, Facts, Kind[]]>([
    ['explained and flagged', factsOf([recording(), extra(true)], { explainedExtras: 1 }), []],
    ['unexplained', factsOf([recording(), extra(true)]), ['unexplainedExtras']],
    ['not flagged', factsOf([recording(), extra(false)], { explainedExtras: 1 }), ['unflaggedExtras']],
  ])('an extra recording: %s', (_, facts, expected) => {
    expect(found(facts)).toEqual(expected);
    expect(judged(facts).explainedExtras).toBe(expected.includes('unexplainedExtras') ? 0 : 1);
  });

  test.each<[string, Partial<CallFacts>]>([
    ['the call was never answered with TwiML', { twimlFetched: false, row: undefined }],
    ['its stream did not come about', { streamStartedAt: undefined, row: undefined }],
    ['its stream started, but could be noted nowhere', { row: undefined }],
    ['over before Twilio knew it', { row: UNRECORDABLE, registrationDelay: 5001 }],
    ['over within 5 s of being known to Twilio', { row: UNRECORDABLE }],
    ['over before it was recorded', { row: UNRECORDABLE, length: 5501 }],
  ])('a call without a recording: %s', (reason, call) => {
    expect([...judged(factsOf([], call)).unrecorded]).toEqual([[reason, 1]]);
  });
});

describe('what is waited for', () => {
  const ofRecorder = { source: 's', actor: LOCAL_RECORDER } as const;
  const known = {
    ...ofRecorder,
    sid: RECORDING,
    callSid: CALL,
    status: 'completed',
    channels: 2,
    startedAt: 0,
  } as const;
  const recordings = [{ ...known, milliseconds: 1 }];

  test('is nothing once all rows are final', () => {
    expect(pendingOf([CALL_ROW, row()], recordings)).toEqual([]);
  });

  test('is named, with its time', () => {
    const rows = [
      { ...CALL_ROW, state: 'posting', waiting: { next: 'start', due: NOW - 5 } },
      row({ state: 'completed', recordingSid: OTHER, waiting: { next: 'copy', due: NOW + 61_000 } }),
      row({ state: 'in-progress', recordingSid: `RE${'4'.repeat(32)}` }),
    ];
    expect(describePending(pendingOf(rows, recordings), NOW)).toBe(
      '1 × start of a recording, 1 × copy to S3 (the last one due in 61 s), 1 × news of a recording, 1 × row of a recording',
    );
  });
});

describe('the report', () => {
  const run = (facts: Facts, over: Partial<Run> = {}): Run => ({
    ...{ seed: 7, calls: 1, workloadMilliseconds: 61_000, settleMilliseconds: 900, requestLog: createRequestLog() },
    ...{
      outages: [],
      kills: new Map([['sweep', 2]]),
      crashes: new Map([['s3', 1]]),
      sentRequests: [],
      deadLetters: new Map([['start-dead-letters', 1]]),
    },
    verdict: judged(facts),
    ...over,
  });

  test('says what there was', () => {
    const text = describeRun(run(factsOf([recording()])));
    expect(text).toContain('Seed 7: 1 calls in 1 min 1 s, settled in 1 s.');
    expect(text).toMatch(/environments killed +2: sweep 2/);
    expect(text).toMatch(/dead letters +1: start-dead-letters 1/);
    expect(text).toMatch(/stream to recording +median 1\.0 s, longest 1\.0 s/);
    expect(text).toMatch(/Nothing was lost\.\n$/);
  });

  test('names each failure', () => {
    const lost = run(factsOf([recording({ sha256InS3: undefined })]));
    expect(failuresOf(lost)).toEqual([`LOST: ${RECORDING} is not in S3, and deleted at Twilio`]);
    expect(describeRun(lost)).toMatch(/lost +1\n(.|\n)*FAILED: 1 findings\./);
    const sentRequests = [
      { unwanted: 'forged-voice', reception: 'accepted' },
      { unwanted: 'forged-start', reception: 'refused' },
      { unwanted: 'repeated-voice', reception: 'accepted' },
    ] as const;
    expect(failuresOf(run(factsOf([recording()]), { sentRequests }))).toEqual([
      'BELIEVED A STRANGER: forged-voice was accepted',
    ]);
  });
});

describe('the command line', () => {
  const parse = (text: string, environment = {}) => parseOptions(text.split(' '), environment);
  const problems = (text: string, environment = {}) => {
    const parsed = parse(text, environment);
    return parsed.kind === 'wrong' ? parsed.problems.join('\n') : parsed.kind;
  };

  test('has defaults', () => {
    expect(parse('--chaos 7')).toMatchObject({
      options: { keepAtTwilioSeconds: 5, chaos: { seed: 7, calls: 20, callsPerMinute: 10, settleSeconds: 1200 } },
    });
    expect(parse('--chaos 0 --calls 3 --calls-per-minute 2.5 --settle 90s --keep-at-twilio 9s')).toMatchObject({
      options: { keepAtTwilioSeconds: 9, chaos: { seed: 0, calls: 3, callsPerMinute: 2.5, settleSeconds: 90 } },
    });
  });

  test.each([
    ['--chaos x', /--chaos x: a seed is a whole number/],
    ['--chaos 1 --calls 0', /--calls 0: a whole number from 1/],
    ['--chaos 1 --calls-per-minute -1', /--calls-per-minute/],
    ['--chaos 1 --calls-per-minute=0', /--calls-per-minute 0: a number above 0/],
    ['--chaos 1 --settle soon', /--settle soon: a time such as/],
    ['--chaos 1 --once', /--once and --chaos are two different runs/],
    ['--calls 3', /--calls: these go with --chaos SEED/],
    ['--chaos 1 --aws-endpoint http://127.0.0.1:4566', /--chaos needs the simulated Twilio and the emulators/],
  ])('%s', (text, message) => {
    expect(problems(text)).toMatch(message);
  });
});
