/** How soon it shows that a call is not recorded, whatever the reason: the real steps, a sweep each minute, one call that lives on. */
import { incomingCall } from '../../../lambdas/incoming-call/incoming-call.ts';
import { writeTwiml } from '../../../lambdas/incoming-call/twiml.ts';
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { startStream } from '../../../lambdas/stream-connect/stream-connect.ts';
import { sweep } from '../../../lambdas/sweep/sweep.ts';
import { ACCOUNT, CALL } from '../support/fixtures.ts';
import { NOT_ELIGIBLE, NOT_FOUND, SERVER_ERROR } from '../support/scripted-twilio.ts';
import { drainStartQueue, recordingTwilio } from '../support/start-queue.ts';
import { CONNECTION, startMessage } from '../support/stream.ts';
import { NOON } from '../support/time.ts';
import { webhook } from '../support/webhook.ts';
import { makeWorld, type World } from '../support/world.ts';

/** The threshold of the alarm, and when it must be reached: the alarm itself takes up to a minute more. */
const ALARMING_SECONDS = 120;
const WITHIN_MS = 4 * MINUTE;

/** Of the second in which the minute's sweep runs nobody knows anything. */
const PHASES = [0, 7, 19, 31, 43, 59];

interface Way {
  /** What goes wrong before the call comes. */
  readonly breaks: (world: World) => void;
  readonly streams: boolean;
}

const WAYS: { readonly [name: string]: Way } = {
  'Twilio answers 404 to every start': {
    streams: true,
    breaks: ({ twilio }) => twilio.answer('startRecording', NOT_FOUND),
  },
  'Twilio answers 21220 to every start and does not know the call': {
    streams: true,
    breaks({ twilio }) {
      twilio.answer('startRecording', NOT_ELIGIBLE);
      twilio.answer('callProgress', NOT_FOUND);
    },
  },
  'Twilio answers 503 to the start, and its list cannot be read': {
    streams: true,
    breaks({ twilio }) {
      twilio.answer('startRecording', SERVER_ERROR);
      twilio.answer('recordingsOfCall', SERVER_ERROR);
    },
  },
  'recording-start throws each time': {
    streams: true,
    breaks: ({ twilio }) =>
      twilio.answer('startRecording', () => {
        throw new Error('AccessDenied');
      }),
  },
  'the start queue loses what it is sent': {
    streams: true,
    breaks: (world) => Object.assign(world.startQueue, { send: async () => undefined, sendAll: async () => undefined }),
  },
  'the WebSocket API cannot be reached': { streams: false, breaks: () => undefined },
  'the WebSocket API and Twilio cannot be reached': {
    streams: false,
    breaks: ({ twilio }) => twilio.answer('callProgress', SERVER_ERROR),
  },
  'recording-start throws at each look-up': {
    streams: false,
    breaks: ({ twilio }) =>
      twilio.answer('callProgress', () => {
        throw new Error('AccessDenied');
      }),
  },
};

/** When a figure of so many seconds was first written, after the call was answered. */
async function firstAlarming(world: World, streams: boolean, phase: number): Promise<number | undefined> {
  let first: number | undefined;
  const measure = world.log.measure.bind(world.log);
  world.log.measure = (name, value) => {
    measure(name, value);
    if (name === 'OldestUnrecordedSeconds' && value >= ALARMING_SECONDS) first ??= world.clock.now() - NOON;
  };
  const later = () => new Promise<void>((resolve) => setImmediate(resolve));
  const deps = {
    ...world,
    writeTwiml,
    afterDisclaimer: { kind: 'say', text: 'Goodbye.' } as const,
    clock: { now: () => world.clock.now(), sleep: later },
  };
  await incomingCall(deps, webhook('/voice', { AccountSid: ACCOUNT, CallSid: CALL }));
  if (streams) {
    const stream = { ...world, foreignStreams: 'record-only', disclaimer: new Uint8Array() } as const;
    await startStream(stream, CONNECTION, startMessage({ customParameters: {} }));
  }
  for (let at = NOON + phase * SECOND; at <= NOON + 10 * MINUTE; at += MINUTE) {
    await drainStartQueue(world, at);
    world.clock.advanceTo(at);
    await sweep(world).catch(() => undefined);
    await drainStartQueue(world, at);
  }
  return first;
}

describe.each(Object.entries(WAYS))('%s', (_name, { breaks, streams }) => {
  test.each(PHASES)('it shows within four minutes (sweeps at :%d)', async (phase) => {
    const world = makeWorld();
    recordingTwilio(world);
    breaks(world);
    const first = await firstAlarming(world, streams, phase);
    expect(first).toBeGreaterThanOrEqual(ALARMING_SECONDS * SECOND);
    expect(first).toBeLessThanOrEqual(WITHIN_MS);
  });
});

test('a call that is recorded shows nothing', async () => {
  const world = makeWorld();
  recordingTwilio(world);
  expect(await firstAlarming(world, true, 7)).toBeUndefined();
  expect((await world.call()).state).toBe('recording');
});
