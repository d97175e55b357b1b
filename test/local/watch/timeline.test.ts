import type { SystemEvent } from '../../../local/system/system.ts';
import { createTimeline } from '../../../local/watch/timeline.ts';

const CALL = `CA${'1'.repeat(32)}`;
const OTHER_CALL = `CA${'2'.repeat(32)}`;
const RECORDING = `RE${'3'.repeat(32)}`;

function timeline(colours = false) {
  let now = 1_000_000;
  let text = '';
  const show = createTimeline({
    colours,
    now: () => now,
    write: (more) => {
      text += more;
    },
  });
  return {
    at(milliseconds: number, event: SystemEvent) {
      now = 1_000_000 + milliseconds;
      show(event);
    },
    text: () => text,
  };
}

const log = (step: string, record: { readonly [name: string]: unknown } | undefined, line = ''): SystemEvent => ({
  kind: 'log',
  step,
  line: { functionId: 'F', line, record },
});
const started = (callSid: string): SystemEvent => ({
  kind: 'twilio',
  event: { kind: 'call-started', callSid, from: '+1', to: '+2', at: 0 },
});

test('a call is told with the seconds since it came in', () => {
  const { at, text } = timeline();
  at(0, started(CALL));
  at(
    1320,
    log('recording-start', { level: 'INFO', message: 'Starting call recording (after 1s delay)', callSid: CALL }),
  );
  const path = `/2010-04-01/Accounts/AC${'0'.repeat(32)}/Calls/${CALL}/Recordings.json`;
  at(1330, { kind: 'twilio', event: { kind: 'rest-request', method: 'POST', path, status: 404, code: 20404, at: 0 } });
  at(
    1340,
    log('recording-start', {
      level: 'WARN',
      message: 'Failed to start call recording',
      callSid: CALL,
      status: 404,
      code: 20404,
      willRetry: true,
    }),
  );
  at(2000, { kind: 'twilio', event: { kind: 'recording-started', callSid: CALL, recordingSid: RECORDING, at: 0 } });
  expect(text()).toBe(`
Call 1  ${CALL}
    0.00 s  Twilio             call from +1 to +2
    1.32 s  recording-start    Starting call recording (after 1s delay)
    1.33 s  Twilio REST        POST /Calls/CA1111…/Recordings.json → 404 (code 20404)
    1.34 s  recording-start    Failed to start call recording (status 404, code 20404, will be retried)
    2.00 s  Twilio             recording ${RECORDING} started
`);
});

test('what names a recording only is told with its call, and calls are numbered', () => {
  const { at, text } = timeline();
  at(0, started(CALL));
  at(10, { kind: 'twilio', event: { kind: 'recording-started', callSid: CALL, recordingSid: RECORDING, at: 0 } });
  at(500, started(OTHER_CALL));
  at(1000, log('recording-delete', { level: 'INFO', message: "Twilio's copy deleted", recordingSid: RECORDING }));
  expect(text()).toContain("  #1    1.00 s  recording-delete   Twilio's copy deleted\n");
  expect(text()).toContain('  #2    0.00 s  Twilio             call from');
});

test('what the event bus has accepted is told with its call', () => {
  const { at, text } = timeline();
  const detail = { callSid: CALL, recordingSid: RECORDING };
  const event = { id: 'x', bus: 'default', source: 'call-recorder', detailType: 'Recording Stored', time: '', detail };
  at(0, started(CALL));
  at(2500, { kind: 'announced', event });
  expect(text()).toContain('    2.50 s  bus default        event: Recording Stored\n');
});

test('without a call, only warnings and worse are told; lines that are no log lines are not', () => {
  const { at, text } = timeline();
  at(0, log('sweep', { level: 'INFO', message: 'Due work put on its queue' }));
  at(0, log('sweep', { _aws: {}, Swept: 1 }));
  at(0, log('sweep', undefined, 'plain text'));
  expect(text()).toBe('');
  at(0, log('reconcile', { level: 'ERROR', message: 'It is broken' }));
  at(0, { kind: 'problem', message: 'sqs is away' });
  expect(text()).toMatch(/reconcile +It is broken\n +problem +sqs is away\n/);
});

test('colours are for terminals only', () => {
  const plain = timeline(false);
  const coloured = timeline(true);
  for (const { at } of [plain, coloured]) at(0, started(CALL));
  expect(plain.text()).not.toContain('\x1b');
  expect(coloured.text()).toContain('\x1b[36m');
});

test('what comes of an earlier start is no new call, and is named by its SID', () => {
  const { at, text } = timeline();
  const deleted = { level: 'INFO', message: "Twilio's copy deleted", callSid: CALL, recordingSid: RECORDING };
  at(0, log('recording-delete', deleted));
  at(10, { kind: 'twilio', event: { kind: 'recording-deleted', callSid: CALL, recordingSid: RECORDING, at: 0 } });
  const detail = { callSid: CALL, recordingSid: RECORDING };
  const event = { id: 'x', bus: 'default', source: 'call-recorder', detailType: 'Recording Stored', time: '', detail };
  at(20, { kind: 'announced', event });
  expect(text()).toBe(`   CA1111…  recording-delete   Twilio's copy deleted
   CA1111…  Twilio             recording deleted
   CA1111…  bus default        event: Recording Stored
`);
  at(1000, started(OTHER_CALL));
  expect(text()).toContain(`\nCall 1  ${OTHER_CALL}\n    0.00 s  Twilio             call from`);
});

test('a call to a real number begins with its first step, one that REST has placed with its TwiML', () => {
  const { at, text } = timeline();
  at(0, log('incoming-call', { level: 'INFO', message: 'Call answered', callSid: CALL }));
  at(500, {
    kind: 'twilio',
    event: { kind: 'twiml-fetched', callSid: OTHER_CALL, url: 'http://a/voice', status: 200, at: 0 },
  });
  expect(text()).toContain(`Call 1  ${CALL}\n    0.00 s  incoming-call      Call answered\n`);
  expect(text()).toContain(`Call 2  ${OTHER_CALL}\n`);
});

test('problems may go elsewhere', () => {
  const [told, problems]: [string[], string[]] = [[], []];
  const show = createTimeline({
    colours: false,
    now: () => 0,
    write: (text) => told.push(text),
    writeProblem: (text) => problems.push(text),
  });
  show(started(CALL));
  show({ kind: 'problem', message: 'sqs is away' });
  expect(problems).toEqual([expect.stringMatching(/problem +sqs is away\n/)]);
  expect(told.join('')).not.toContain('sqs is away');
});
