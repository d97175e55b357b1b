import type { Context } from 'aws-lambda';
import { powertoolsLog } from '../../../../lambdas/shared/adapters/aws/powertools-log.ts';
import { CALL, TOKEN } from '../../support/fixtures.ts';

const CONTEXT = { functionName: 'sweep', awsRequestId: 'request-1', memoryLimitInMB: '128' } as Context;

/** What is written to the standard streams meanwhile, line by line. */
async function written(act: () => Promise<unknown>): Promise<{ readonly [name: string]: unknown }[]> {
  const chunks: string[] = [];
  const keep = (chunk: unknown) => {
    chunks.push(String(chunk));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(keep));
  try {
    await act();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return chunks
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** An error as clients throw them: with the request, and its credentials, in its message. */
const quoting = () =>
  Object.assign(new Error(`GET https://AC:${TOKEN}@x failed\nfor +4930123456`), { code: 'ECONNRESET' });

test('a line says what its fields say, and leaves out what is not known', async () => {
  const log = powertoolsLog('blue');
  const [line] = await written(async () =>
    log.info('Call answered', { event: 'call_answered', callSid: CALL, code: undefined }),
  );
  expect(line).toMatchObject({ level: 'INFO', message: 'Call answered', event: 'call_answered', callSid: CALL });
  expect(line).not.toHaveProperty('code');
});

test.each(['warn', 'error'] as const)(
  'of an error, %s tells the name and where it was thrown, never its message',
  async (level) => {
    const log = powertoolsLog('blue');
    const [line] = await written(async () =>
      log[level]('The copy broke off', { event: 'copy_error', error: quoting() }),
    );
    expect(line).toMatchObject({ level: level.toUpperCase(), error: { name: 'ECONNRESET' } });
    expect(JSON.stringify(line)).toContain('powertools-log.test');
    for (const secret of [TOKEN, 'https://', '+49', 'failed']) expect(JSON.stringify(line)).not.toContain(secret);
  },
);

test.each([
  ['a text', 'text'],
  ['nothing', null],
  ['an object', { message: TOKEN }],
])('what is no error is told by no more: %s', async (_what, error) => {
  const log = powertoolsLog('blue');
  const [line] = await written(async () => log.error('The step failed', { event: 'step_failed', error }));
  expect(line?.error).toEqual({ name: 'unknown' });
});

test('an invocation that fails says so, in the same way, and writes its metrics all the same', async () => {
  const log = powertoolsLog('blue');
  const lines = await written(async () => {
    const invocation = log.during(CONTEXT, async () => {
      log.count('Swept', 3);
      throw quoting();
    });
    await expect(invocation).rejects.toThrow('failed');
  });
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'invocation_failed', function_request_id: 'request-1' }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ Swept: 3 }));
  expect(JSON.stringify(lines)).not.toContain(TOKEN);
});

test('what is measured is written in its unit, each value of an invocation by itself', async () => {
  const log = powertoolsLog('blue');
  const lines = await written(() =>
    log.during(CONTEXT, async () => {
      log.measure('SecondsToRecording', 1.25);
      log.measure('SecondsToRecording', 2.5);
      log.measure('CopiesOutstanding', 3);
    }),
  );
  const [line] = lines;
  expect(lines).toHaveLength(1);
  expect(line).toMatchObject({ SecondsToRecording: [1.25, 2.5], CopiesOutstanding: 3 });
  expect(JSON.stringify(line?._aws)).toContain('"Name":"SecondsToRecording","Unit":"Seconds"');
  expect(JSON.stringify(line?._aws)).toContain('"Name":"CopiesOutstanding","Unit":"Count"');
});

test('all metrics carry the step and the stage in one set of dimensions, in every invocation', async () => {
  process.env.POWERTOOLS_SERVICE_NAME = 'sweep';
  const log = powertoolsLog('blue');
  delete process.env.POWERTOOLS_SERVICE_NAME;
  const lines = await written(async () => {
    for (const swept of [1, 2]) await log.during(CONTEXT, async () => log.count('Swept', swept));
  });
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatchObject({
      service: 'sweep',
      stage: 'blue',
      _aws: { CloudWatchMetrics: [{ Dimensions: [['service', 'stage']] }] },
    });
  }
});

test('an invocation that counts nothing writes no metrics', async () => {
  const lines = await written(() => powertoolsLog('blue').during(CONTEXT, async () => 'done'));
  expect(lines).toEqual([]);
});
