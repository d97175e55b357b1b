import { join } from 'node:path';
import type { InvocationResult, LogLine, ResponseSink } from '../../../local/lambda/environment.ts';
import { createFunctions, type Functions } from '../../../local/lambda/functions.ts';
import type { FunctionModel } from '../../../local/template/model.ts';
import { FIXTURE_ASSEMBLY, until } from '../support.ts';

const PUPPET: FunctionModel = {
  logicalId: 'Puppet',
  name: 'fixture-puppet',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:fixture-puppet',
  directory: join(FIXTURE_ASSEMBLY, 'asset.puppet'),
  handler: 'index.handler',
  timeoutSeconds: 900,
  memoryMegabytes: 256,
  environment: { TABLE_NAME: 'calls' },
  reservedConcurrency: undefined,
};
/** Long enough for an event that does nothing, on a machine that does much else. */
const BRIEF = { ...PUPPET, logicalId: 'Brief', timeoutSeconds: 2 };
const BROKEN = { ...PUPPET, logicalId: 'Broken', handler: 'index.nothing' };
const MISSING = { ...PUPPET, logicalId: 'Missing', handler: 'elsewhere.handler' };
const STREAM = { ...PUPPET, logicalId: 'Stream', handler: 'index.stream' };
const NARROW = { ...PUPPET, logicalId: 'Narrow', reservedConcurrency: 1 };

/** Longer than any test: what sleeps so long is ended by what the test does. */
const FOR_EVER = 3_600_000;

const lines: LogLine[] = [];
let requestId = 0;
let functions: Functions;

beforeAll(() => {
  process.env.SECRET_OF_THIS_MACHINE = 'must not leak';
  functions = createFunctions({
    functions: [PUPPET, BRIEF, BROKEN, MISSING, NARROW, STREAM],
    region: 'us-east-1',
    variablesOf: () => ({ AWS_ACCESS_KEY_ID: 'KEY' }),
    onLog: (line) => lines.push(line),
    newRequestId: () => `request-${++requestId}`,
  });
});
afterAll(() => functions.close());

function payload(result: InvocationResult): Record<string, unknown> {
  if (!result.ok) throw new Error(result.error.errorMessage);
  return result.payload as Record<string, unknown>;
}

test('a function has the variables of the template and of Lambda, and no other', async () => {
  const environment = payload(await functions.invoke('Puppet', { environment: true }));
  expect(environment).toMatchObject({
    TABLE_NAME: 'calls',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'KEY',
    AWS_LAMBDA_FUNCTION_NAME: 'fixture-puppet',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    LAMBDA_TASK_ROOT: PUPPET.directory,
    TZ: ':UTC',
  });
  expect(environment).not.toHaveProperty('SECRET_OF_THIS_MACHINE');
  expect(environment).not.toHaveProperty('HOME');
});

test('a function gets a context, and an environment is used again', async () => {
  const first = payload(await functions.invoke('Puppet', { context: true }));
  expect(first).toMatchObject({
    functionName: 'fixture-puppet',
    invokedFunctionArn: PUPPET.arn,
    memoryLimitInMB: '256',
    awsRequestId: `request-${requestId}`,
    logGroupName: '/aws/lambda/fixture-puppet',
  });
  expect(first.remaining).toBeGreaterThan(600_000);
  expect(first.remaining).toBeLessThanOrEqual(900_000);
  const second = payload(await functions.invoke('Puppet', { context: true }));
  expect(second.invocations).toBe(Number(first.invocations) + 1);
  expect(functions.processIds('Puppet')).toHaveLength(1);
});

test('an environment runs one event at a time: a second event gets a second environment', async () => {
  const own = createFunctions({ functions: [PUPPET], region: 'us-east-1', variablesOf: () => ({}) });
  const running = [1, 2].map(() => own.invoke('Puppet', { sleepMilliseconds: FOR_EVER }));
  await until(() => own.processIds('Puppet').length === 2, 'both have an environment');
  await own.close();
  expect(await Promise.all(running)).toMatchObject([{ ok: false }, { ok: false }]);
});

test('at its concurrency limit a function makes events wait', async () => {
  const results = await Promise.all([1, 2, 3].map(() => functions.invoke('Narrow', { context: true })));
  expect(results.map((result) => payload(result).invocations)).toEqual([1, 2, 3]);
  expect(functions.processIds('Narrow')).toHaveLength(1);
});

test('only so many environments start at a time; an event takes the first that is free', async () => {
  const crowded = createFunctions({
    functions: [PUPPET],
    region: 'us-east-1',
    variablesOf: () => ({}),
    maximumStarts: 1,
  });
  const results = Promise.all(Array.from({ length: 10 }, () => crowded.invoke('Puppet', { context: true })));
  expect(crowded.processIds('Puppet')).toHaveLength(1);
  const invocations = (await results).map((result) => Number(payload(result).invocations));
  expect(Math.max(...invocations)).toBeGreaterThan(1);
  expect(crowded.processIds('Puppet').length).toBeLessThan(10);
  await crowded.close();
});

test('an event waits for a busy environment before it gets one of its own, but not for ever', async () => {
  const patient = createFunctions({
    functions: [PUPPET],
    region: 'us-east-1',
    // Each event is done sooner than another environment could be started.
    variablesOf: () => ({ START_MILLISECONDS: '3000' }),
  });
  await patient.invoke('Puppet', {});
  for (let index = 0; index < 5; index += 1) {
    await Promise.all([1, 2].map(() => patient.invoke('Puppet', {})));
  }
  expect(patient.processIds('Puppet')).toHaveLength(1);

  const long = patient.invoke('Puppet', { sleepMilliseconds: FOR_EVER });
  expect(payload(await patient.invoke('Puppet', { context: true }))).toMatchObject({ invocations: 1 });
  expect(patient.processIds('Puppet')).toHaveLength(2);
  await patient.close();
  await long;
});

test('an error keeps its type, its message and its trace', async () => {
  expect(await functions.invoke('Puppet', { throw: 'no such thing' })).toEqual({
    ok: false,
    error: {
      errorType: 'RangeError',
      errorMessage: 'no such thing',
      trace: expect.arrayContaining(['RangeError: no such thing']),
    },
  });
});

test('a function that takes too long is stopped in the middle', async () => {
  const result = await functions.invoke('Brief', { sleepMilliseconds: FOR_EVER });
  expect(result).toEqual({
    ok: false,
    error: {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: request-${requestId} Error: Task timed out after 2.00 seconds`,
    },
  });
  await until(() => functions.processIds('Brief').length === 0, 'its process is gone');
  expect(await functions.invoke('Brief', { return: 'next' })).toEqual({ ok: true, payload: 'next' });
});

test('a process that ends is an error, and the next event gets a new one', async () => {
  expect(await functions.invoke('Narrow', { exit: 3 })).toEqual({
    ok: false,
    error: {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: request-${requestId} Error: Runtime exited with error: exit status 3`,
    },
  });
  expect(payload(await functions.invoke('Narrow', { context: true })).invocations).toBe(1);
});

test('an environment can be killed from outside', async () => {
  const running = functions.invoke('Narrow', { print: 'working', sleepMilliseconds: FOR_EVER });
  await until(() => lines.some(({ line }) => line === 'working'), 'the function works');
  functions.kill('Narrow');
  expect(await running).toMatchObject({ ok: false, error: { errorType: 'Runtime.ExitError' } });
});

test.each([
  ['Broken', 'Runtime.HandlerNotFound'],
  ['Missing', 'Runtime.ImportModuleError'],
])('%s: what cannot be loaded is an error', async (functionId, errorType) => {
  expect(await functions.invoke(functionId, {})).toMatchObject({ ok: false, error: { errorType } });
});

test('log lines are handed on, as objects where they are some', async () => {
  lines.length = 0;
  await functions.invoke('Puppet', { log: { level: 'INFO', message: 'hello' }, print: '{not json' });
  await until(() => lines.length === 2, 'both lines have come');
  expect(lines).toEqual([
    { functionId: 'Puppet', line: '{"level":"INFO","message":"hello"}', record: { level: 'INFO', message: 'hello' } },
    { functionId: 'Puppet', line: '{not json', record: undefined },
  ]);
});

test('invocations are counted by function', async () => {
  const before = functions.counts();
  await functions.invoke('Puppet', {});
  await functions.invoke('Brief', {});
  const after = functions.counts();
  expect(after.Puppet).toBe((before.Puppet ?? 0) + 1);
  expect(after.Brief).toBe((before.Brief ?? 0) + 1);
  expect(after.Missing).toBe(before.Missing);
});

test('idle environments are closed', async () => {
  const shortlived = createFunctions({
    functions: [PUPPET],
    region: 'us-east-1',
    variablesOf: () => ({}),
    idleMilliseconds: 20,
  });
  await shortlived.invoke('Puppet', {});
  await until(() => shortlived.processIds('Puppet').length === 0, 'its process is gone');
  await shortlived.close();
});

test('closed, they run nothing any more', async () => {
  const closed = createFunctions({
    functions: [PUPPET],
    region: 'us-east-1',
    variablesOf: () => ({}),
    maximumConcurrency: 1,
  });
  const running = closed.invoke('Puppet', { sleepMilliseconds: FOR_EVER });
  const waiting = closed.invoke('Puppet', {});
  await until(() => closed.processIds('Puppet').length === 1, 'it runs');
  await closed.close();
  expect(await running).toMatchObject({ ok: false });
  expect(await waiting).toMatchObject({ ok: false });
  expect(await closed.invoke('Puppet', {})).toMatchObject({ ok: false });
  expect(closed.processIds('Puppet')).toEqual([]);
});

describe('a response that is streamed', () => {
  /** Takes everything at once, unless it is told to wait. */
  function sink(wait: () => Promise<void> = async () => undefined) {
    const taken: { readonly text: string; readonly contentType: string }[] = [];
    const leaving = new AbortController();
    const given: ResponseSink = {
      take: async (bytes, contentType) => {
        taken.push({ text: Buffer.from(bytes).toString(), contentType });
        await wait();
      },
      left: leaving.signal,
    };
    return { given, taken, leave: () => leaving.abort(), text: () => taken.map(({ text }) => text).join('') };
  }
  const stream = (order: object, to: ResponseSink) => functions.invoke('Stream', order, to);
  const OK = { ok: true, payload: null };

  test('comes piece by piece, behind its head', async () => {
    const { given, text, taken } = sink();
    const head = { statusCode: 201, headers: { a: 'b' } };
    expect(await stream({ head, pieces: 3, bytes: 2 }, given)).toEqual(OK);
    expect(text()).toBe(`${JSON.stringify(head)}${'\0'.repeat(8)}001122`);
    expect(taken[0]?.contentType).toBe('application/vnd.awslambda.http-integration-response');
    // The next one has nothing of the last.
    const plain = sink();
    expect(await stream({ pieces: 1 }, plain.given)).toEqual(OK);
    expect(plain.taken).toEqual([{ text: '0', contentType: 'application/octet-stream' }]);
  });

  test('waits for its reader, in constant memory', async () => {
    lines.length = 0;
    let [bytes, isStalled] = [0, true];
    const stalled = Promise.withResolvers<void>();
    const { given, taken } = sink(async () => {
      if (isStalled) await stalled.promise;
      bytes += taken.pop()?.text.length ?? 0;
    });
    const running = stream({ pieces: 300, bytes: 1_000_000, tell: true, memory: true }, given);
    await until(() => taken.length === 1, 'the first piece has come');
    await new Promise((done) => setTimeout(done, 300));
    expect(lines.map(({ line }) => line)).toEqual(['wrote 0']);
    isStalled = false;
    stalled.resolve();
    expect(await running).toEqual(OK);
    await until(() => lines.some(({ record }) => record?.rss !== undefined), 'its memory is told');
    expect(bytes).toBe(300_000_000);
    expect(Number(lines.find(({ record }) => record?.rss !== undefined)?.record?.rss)).toBeLessThan(200_000_000);
  });

  test.each([
    ['throws', { throw: 'no such thing' }, { errorType: 'RangeError' }],
    ['breaks it off', { break: true }, { errorType: 'Runtime.TruncatedResponse' }],
    ['does not end it', { open: true }, { errorType: 'Runtime.InvalidStreamingOperation' }],
    ['ends itself', { exit: 3 }, { errorType: 'Runtime.ExitError' }],
  ])('is an error where the function %s, though pieces have come', async (_, order, error) => {
    const { given, taken } = sink();
    expect(await stream({ pieces: 2, bytes: 100_000, ...order }, given)).toMatchObject({ ok: false, error });
    expect(taken).toHaveLength(2);
  });

  test('ends when the client has left, and the environment serves the next', async () => {
    lines.length = 0;
    const { given, taken, leave } = sink(() => new Promise<void>((done) => setTimeout(done, 5)));
    const running = stream({ pieces: 1_000_000, tell: true }, given);
    await until(() => taken.length > 3, 'some pieces have come');
    const [before] = functions.processIds('Stream');
    leave();
    expect(await running).toEqual(OK);
    await until(() => lines.some(({ line }) => line === 'closed'), 'the function knows');
    const next = sink();
    expect(await stream({ pieces: 2 }, next.given)).toEqual(OK);
    expect([next.text(), functions.processIds('Stream')]).toEqual(['01', [before]]);
  });

  test('goes nowhere where nobody takes it, and what is not streamed comes as ever', async () => {
    expect(await functions.invoke('Stream', { pieces: 100, bytes: 1000 })).toEqual(OK);
    const { given, taken } = sink();
    expect(await functions.invoke('Puppet', { return: 'whole' }, given)).toEqual({ ok: true, payload: 'whole' });
    expect(taken).toEqual([]);
  });

  test('breaks off with its environment', async () => {
    const { given, taken } = sink(() => new Promise<void>((done) => setTimeout(done, 5)));
    const running = stream({ pieces: 1_000_000 }, given);
    await until(() => taken.length > 3, 'some pieces have come');
    functions.kill('Stream');
    expect(await running).toMatchObject({ ok: false, error: { errorType: 'Runtime.ExitError' } });
  });
});
