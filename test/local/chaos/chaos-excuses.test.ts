/** What the judge of a run under faults takes for an excuse: a fault that hit that very call, or a service while the call needed it. */
import type { ObservedRequest } from '../../../local/chaos/faults/proxy.ts';
import { createTroubleLog, type Trouble } from '../../../local/chaos/faults/troubles.ts';
import type { CallFacts, Facts } from '../../../local/chaos/judge/facts.ts';
import { judgeFacts } from '../../../local/chaos/judge/judge.ts';
import type { TableRow } from '../../../local/watch/table-rows.ts';

const callSid = (index: number): string => `CA${index.toString(16).padStart(32, '0')}`;
const CALL = callSid(1);
const OTHER = callSid(2);
const ANSWERED = 100_000;
const LENGTH = 30_000;
const END = ANSWERED + LENGTH;

const rowOf = (sid: string): TableRow => ({
  ...{ kind: 'call', callSid: sid, recordingSid: undefined, state: 'unrecordable', waiting: undefined },
  ...{ extra: false, reason: 'call-over', stored: undefined },
});
/** Of half a minute, known to Twilio at once, and never recorded. */
const unrecorded = (sid = CALL, over: Partial<CallFacts> = {}): CallFacts => ({
  ...{ callSid: sid, row: rowOf(sid), twimlFetched: true, startedAt: ANSWERED - 500, answeredAt: ANSWERED },
  ...{ streamStartedAt: ANSWERED + 200, heardAt: ANSWERED + 5000, streamClosedAt: ANSWERED + 5100, length: LENGTH },
  ...{ registrationDelay: 300, recordings: [], explainedExtras: 0 },
  ...over,
});
const trouble = (over: Partial<Trouble>): Trouble => ({
  ...{ of: 'dynamodb', what: 'PutItem late', from: ANSWERED + 1000, until: ANSWERED + 9000, callSids: [CALL] },
  ...over,
});

function judged(calls: readonly CallFacts[], troubles: readonly Trouble[] = []) {
  const rows = calls.flatMap(({ row }) => row ?? []);
  const facts: Facts = { calls, rows, troubles, recordings: [], objectKeys: [], deadLetters: new Map() };
  return judgeFacts(facts, { keepAtTwilioMilliseconds: 1000, now: END + 60_000 }).violations;
}
const isExcused = (call: CallFacts, ...troubles: Trouble[]) => judged([call], troubles).unrecorded.length === 0;

describe('calls without a recording', () => {
  const all = Array.from({ length: 20 }, (_, index) => unrecorded(callSid(index)));

  test('that nothing has hit are all found', () => {
    expect(judged(all).unrecorded).toHaveLength(20);
    expect(judged(all).unrecorded[0]).toMatch(/^CA0+ has no audio: not recorded for 29\.7 s though Twilio knew it/);
  });

  test('are found where a single one is not explained', () => {
    const troubles = all.slice(1).map((call) => trouble({ callSids: [call.callSid] }));
    expect(judged(all, troubles).unrecorded).toEqual([expect.stringMatching(/^CA0{32} /)]);
  });

  test.each<[string, Trouble, boolean]>([
    ['a fault that named it', trouble({}), true],
    ['a fault that named another', trouble({ callSids: [OTHER] }), false],
    ['a fault before it began', trouble({ from: 1000, until: 2000 }), false],
    ['a fault after its end', trouble({ from: END + 1, until: END + 9000 }), false],
    ['a request that was only held up', trouble({ what: 'PutItem delayed', until: ANSWERED + 3000 }), false],
    [
      'an outage for most of it',
      trouble({ of: 'twilio', what: 'outage, silent', until: END, callSids: undefined }),
      true,
    ],
    ['an outage of a second', trouble({ of: 'twilio', until: ANSWERED + 2000, callSids: undefined }), false],
    ['an outage of what it does not need', trouble({ of: 's3', until: END, callSids: undefined }), false],
    ['the death of its start', trouble({ of: 'environment of recording-start', what: 'killed' }), true],
    ['the death of another step', trouble({ of: 'environment of recording-copy', what: 'killed' }), false],
  ])('are excused, or not, by %s', (_, one, excused) => {
    expect(isExcused(unrecorded(), one)).toBe(excused);
  });

  test('are excused where they were over soon after Twilio knew them', () => {
    expect(isExcused(unrecorded(CALL, { registrationDelay: LENGTH - 4000 }))).toBe(true);
    expect(isExcused(unrecorded(CALL, { registrationDelay: LENGTH + 1 }))).toBe(true);
    expect(isExcused(unrecorded(CALL, { registrationDelay: LENGTH - 12_000 }))).toBe(false);
  });

  test.each<[string, Partial<CallFacts>, Partial<Trouble>]>([
    ['never answered', { twimlFetched: false, streamStartedAt: undefined }, { of: 'environment of incoming-call' }],
    ['never streamed', { streamStartedAt: undefined }, { of: 'environment of stream-connect' }],
    ['never noted', { row: undefined }, { of: 'environment of stream-connect' }],
  ])('and %s, need a fault of the step that should have done that', (_, over, by) => {
    const call = unrecorded(CALL, over);
    const then = { from: ANSWERED, until: ANSWERED + 300, callSids: undefined };
    expect(isExcused(call)).toBe(false);
    expect(isExcused(call, trouble({ ...then, of: 'twilio' }))).toBe(false);
    expect(isExcused(call, trouble({ ...then, ...by }))).toBe(true);
    expect(isExcused(call, trouble({ ...then, ...by, from: END + 60_000, until: END + 60_000 }))).toBe(false);
  });
});

describe('callers who wait in silence', () => {
  const silentOnes = (call: Partial<CallFacts>, ...troubles: Trouble[]) =>
    judged([unrecorded(CALL, call)], troubles).silent.length;
  const died = (from: number) =>
    trouble({ of: 'environment of stream-connect', what: 'killed', from, until: from, callSids: undefined });

  test.each<[string, Partial<CallFacts>, number]>([
    ['heard it, and went on', {}, 0],
    ['hung up soon', { heardAt: undefined, streamClosedAt: undefined, length: 9000 }, 0],
    ['had no stream', { heardAt: undefined, streamStartedAt: undefined, streamClosedAt: undefined }, 0],
    ['never heard the disclaimer', { heardAt: undefined, streamClosedAt: undefined }, 1],
    ['heard it, and then nothing', { streamClosedAt: END }, 1],
  ])('one who %s', (_, call, silent) => {
    expect(silentOnes(call)).toBe(silent);
  });

  test('are all found where nothing died', () => {
    const calls = Array.from({ length: 20 }, (_, index) => unrecorded(callSid(index), { heardAt: undefined }));
    expect(judged(calls).silent).toHaveLength(20);
  });

  test('are excused by a death when they were to be served, and by no other', () => {
    const unheard = { heardAt: undefined, streamClosedAt: undefined };
    expect(silentOnes(unheard, died(ANSWERED + 300))).toBe(0);
    expect(silentOnes(unheard, died(END - 1000))).toBe(1);
    expect(silentOnes(unheard, trouble({ of: 'sqs' }))).toBe(1);
    expect(silentOnes({ streamClosedAt: END }, died(ANSWERED + 5100))).toBe(0);
  });
});

describe('the log of troubles', () => {
  const request = (over: Partial<ObservedRequest>): ObservedRequest => ({
    ...{ backend: 'dynamodb', operation: 'PutItem', n: 1, path: '/', arrivedAt: 10, endedAt: 20, callSids: [CALL] },
    ...{ fault: 'error-500', effect: undefined, delivered: false },
    ...over,
  });

  test('keeps faults by the calls that they named', () => {
    const log = createTroubleLog();
    log.request(request({}));
    log.request(request({ fault: undefined }));
    log.request(request({ fault: 'outage-silent' }));
    log.request(request({ operation: 'Query', callSids: [] }));
    log.request(request({ backend: 'secretsmanager', operation: 'GetSecretValue', callSids: [] }));
    expect(log.troubles()).toEqual([
      { of: 'dynamodb', what: 'PutItem error-500', from: 10, until: 20, callSids: [CALL] },
      { of: 'secretsmanager', what: 'GetSecretValue error-500', from: 10, until: 20, callSids: undefined },
    ]);
  });

  test('keeps outages, crashes and deaths with their times', () => {
    let now = 100;
    const log = createTroubleLog(() => now);
    log.outage('sqs', { kind: 'silent', after: 0, milliseconds: 50 });
    log.crash('s3');
    now = 170;
    log.back('s3');
    log.kill('stream-connect', { body: JSON.stringify({ start: { callSid: CALL } }) });
    log.kill('sweep', {});
    expect(log.troubles().map(({ of, from, until, callSids }) => [of, from, until, callSids])).toEqual([
      ['sqs', 100, 150, undefined],
      ['s3', 100, 170, undefined],
      ['environment of stream-connect', 170, 170, [CALL]],
      ['environment of sweep', 170, 170, undefined],
    ]);
  });
});
