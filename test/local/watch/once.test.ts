/** The whole system in this process: what `npm start -- --once` does. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS_NAMESPACE } from '../../../lambdas/shared/contract/metrics.ts';
import { CALL_SID_PLACEHOLDER, LOG_QUERIES } from '../../../lib/watch/log-queries.ts';
import type { SystemEvent } from '../../../local/system/system.ts';
import { runOnce } from '../../../local/watch/once.ts';
import { eventSchemas } from '../../lambdas/support/event-schemas.ts';
import { runQuery } from '../../lib/watch/insights.ts';
import { DIALLED_ON, hangUpInSystem, UNTIL_HUNG_UP } from '../steady-calls.ts';
import { temporaryDirectory } from '../support.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

const dataDirectory = temporaryDirectory();
/** Ends what hangs. */
const PATIENCE = 5 * 60_000;

test('one call, followed to its very end', async () => {
  const events: SystemEvent[] = [];
  const hangUp = hangUpInSystem(dataDirectory);
  let output = '';
  const seen = await runOnce({
    root: ROOT,
    port: 0,
    dataDirectory,
    keepAtTwilioSeconds: 1,
    call: UNTIL_HUNG_UP,
    environment: DIALLED_ON,
    limitMilliseconds: PATIENCE,
    registrationDelay: () => 1300,
    onEvent: (event) => {
      events.push(event);
      hangUp(event);
    },
    write: (text) => {
      output += text;
    },
  });
  expect(output).toContain('Every step was seen to happen.');
  expect(seen).toBe(true);
  expect(output).toContain("Twilio's copy is kept for 1 s here instead of the 24 h");
  expect(output).toMatch(/: incoming-call 1, stream-connect 3, stream-status 2, recording-start 1/);

  const messages = events.flatMap((event) => (event.kind === 'log' ? [event.line.record?.message] : []));
  const healthy = [
    'WebSocket stream started',
    'Starting call recording (after 1s delay)',
    'Call recording started successfully',
    'Recording SID captured',
  ];
  expect(messages.filter((message) => healthy.includes(String(message)))).toEqual(healthy);
  expect(events.filter(({ kind }) => kind === 'problem')).toEqual([]);

  // The saved queries answer over the lines of the very functions.
  const lines = events.flatMap((event) => (event.kind === 'log' && event.line.record ? [event.line.record] : []));
  const [callSid] = lines.flatMap((line) => (typeof line.callSid === 'string' ? [line.callSid] : []));
  const [story, copies] = ['one call', 'seconds to start'].map((name) => {
    const query = LOG_QUERIES.find((one) => one.name === name)?.query.join('\n') ?? '';
    return runQuery(query.replace(CALL_SID_PLACEHOLDER, String(callSid)), lines).rows;
  });
  expect(story?.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['stream_started', 'recording_success', 'recording_stored', 'recording_deleted']),
  );
  expect(copies).toMatchObject([{ how: 'started', recordings: 1 }]);

  // The functions write their metrics under the names that alarms and dashboard go by.
  const metrics = events.flatMap((event) =>
    event.kind === 'log' && event.line.record?._aws ? [{ step: event.step, record: event.line.record }] : [],
  );
  expect(new Set(metrics.map(({ step }) => step)).size).toBeGreaterThan(4);
  for (const { step, record } of metrics) {
    const dimensions = { Namespace: METRICS_NAMESPACE, Dimensions: [['service', 'stage']] };
    expect(record).toMatchObject({ service: step, stage: 'prod', _aws: { CloudWatchMetrics: [dimensions] } });
  }

  const told = 'Recording Started, Recording Stored, Recording Deleted At Twilio';
  expect(output).toContain(`Told to the event bus: ${told}`);
  const announced = events.flatMap((event) => (event.kind === 'announced' ? [event.event] : []));
  const schemas = eventSchemas();
  expect(announced.filter(({ detailType, detail }) => schemas.get(detailType)?.(detail) !== true)).toEqual([]);
  expect(announced.map(({ source, bus }) => `${source} on ${bus}`)).toContain('call-recorder on default');

  const [, file = ''] = output.match(/The audio: (\S+\.wav),/) ?? [];
  const audio = readFileSync(file);
  expect([audio.toString('latin1', 0, 4), audio.readUInt16LE(22)]).toEqual(['RIFF', 2]);
  expect(existsSync(join(dataDirectory, 'endpoints.json'))).toBe(false);
});

test('what does not happen in time is named', async () => {
  let output = '';
  const seen = await runOnce({
    root: ROOT,
    assemblyDirectory: join(dataDirectory, 'cloud-assembly'),
    port: 0,
    dataDirectory: temporaryDirectory(),
    keepAtTwilioSeconds: 1,
    registrationDelay: () => 60_000,
    limitMilliseconds: 2500,
    write: (text) => {
      output += text;
    },
  });
  expect(seen).toBe(false);
  expect(output).toMatch(/NO {3}exactly one recording was made \(Twilio has 0\)/);
  expect(output).toMatch(/NOT SEEN: .*the recording did not begin within 2\.5 s/);
});
