/** What happens where nobody knows whether Twilio has started a recording. */
import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import type { Refusal, TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { breakPort, killedEverywhere, killer, nth, withAround } from '../support/faults.ts';
import { CALL, RECORDING, recordingSid, twilioRecording } from '../support/fixtures.ts';
import { fc } from '../support/properties.ts';
import { LOST_REPLY, NOT_FOUND, SERVER_ERROR } from '../support/scripted-twilio.ts';
import { blindStarts, callBack, drainStartQueue, recordingTwilio, START, startPoll } from '../support/start-queue.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let atTwilio: ReturnType<typeof recordingTwilio>;
beforeEach(() => {
  world = makeWorld();
  atTwilio = recordingTwilio(world);
});

async function run(until?: number): Promise<void> {
  await world.startQueue.send(START, 1);
  await drainStartQueue(world, until);
}

describe.each<[string, Refusal]>([
  ['a lost reply', LOST_REPLY],
  ['5xx', SERVER_ERROR],
])('%s', (_name, refusal) => {
  test('after Twilio has acted: the recording is found and adopted', async () => {
    world.twilio.answer('startRecording', () => {
      atTwilio.start();
      return refusal;
    });
    await run(NOON + 30 * SECOND);
    expect(world.twilio.methods()).toEqual(['startRecording', 'recordingsOfCall']);
    expect(await world.call()).toMatchObject({ state: 'posting', recordingSid: RECORDING, adopted: true, attempts: 1 });
    expect(await world.recording()).toMatchObject({ state: 'in-progress', madeBy: 'other' });
    await callBack(world);
    expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING, adopted: true });
    expect(await world.recording()).toMatchObject({ state: 'in-progress', madeBy: 'recorder', proof: 'callback' });
    expect(world.twilio.timesOf('startRecording')).toHaveLength(1);
    expect(world.log.counts).toMatchObject({ RecordingAdopted: 1 });
    expect(world.log.line('recording_success').how).toBe('adopted');
  });

  test('after Twilio has done nothing: asked first, then started', async () => {
    world.twilio.answer('startRecording', refusal, () => atTwilio.start());
    await run();
    expect(world.twilio.methods()).toEqual(['startRecording', 'recordingsOfCall', 'startRecording']);
    expect(atTwilio.recordings).toHaveLength(1);
  });

  test('leaves the request time to settle before its absence counts as proof', async () => {
    world.twilio.answer('startRecording', refusal, () => atTwilio.start());
    await run();
    const [asked = 0] = world.twilio.timesOf('recordingsOfCall');
    const [posted = 0] = world.twilio.timesOf('startRecording');
    expect(asked - posted).toBeGreaterThanOrEqual(2 * SECOND);
  });

  test('and then the list cannot be had either: no second request, for as long as that lasts', async () => {
    world.twilio.answer('startRecording', refusal);
    world.twilio.answer('recordingsOfCall', refusal);
    await run(NOON + MINUTE);
    expect(world.twilio.timesOf('startRecording')).toHaveLength(1);
    expect(world.twilio.timesOf('recordingsOfCall').length).toBeGreaterThan(3);
    expect(await world.call()).toMatchObject({ state: 'posting', waiting: { next: 'start' } });
    expect(world.log.line('recording_adopt_error')).toMatchObject({ level: 'warn', callSid: CALL });
  });

  test('while Twilio does not know the call: it has no recording of it, and the start is asked for again', async () => {
    world.twilio.answer('startRecording', refusal, NOT_FOUND, () => atTwilio.start());
    world.twilio.answer('recordingsOfCall', NOT_FOUND);
    await run();
    expect(atTwilio.recordings).toHaveLength(1);
    expect(await world.call()).toMatchObject({ state: 'recording' });
  });

  test('of every request: never one without the list before it', async () => {
    world.twilio.answer('startRecording', refusal);
    await run(NOON + 5 * MINUTE);
    expect(world.twilio.timesOf('startRecording').length).toBeGreaterThan(10);
    expect(blindStarts(world, () => true)).toBe(0);
  });
});

describe('for ever', () => {
  const settleNothing = () => {
    world.twilio.answer('startRecording', SERVER_ERROR);
  };

  test.each<[string, () => void]>([
    ['requests that fail', settleNothing],
    [
      'lists that fail',
      () => {
        settleNothing();
        world.twilio.answer('recordingsOfCall', SERVER_ERROR);
      },
    ],
  ])('%s: the sweep takes over after 40 receives, nothing lands in the dead letters', async (_what, given) => {
    given();
    await run();
    expect(world.startQueue.deadLetters).toEqual([]);
    expect(await world.call()).toMatchObject({ state: 'posting', waiting: { next: 'start' } });
  });
});

describe('the list of the call’s recordings', () => {
  const adoptFrom = async (...recordings: readonly Partial<TwilioRecording>[]) => {
    world.twilio.answer('startRecording', LOST_REPLY, () => atTwilio.start());
    atTwilio.recordings.push(...recordings.map(twilioRecording));
    await run();
    return (await world.call()).recordingSid;
  };

  test('holds the first of two: it is adopted, the other is flagged when it is heard of', async () => {
    expect(
      await adoptFrom(
        { recordingSid: recordingSid('8'), status: 'in-progress', createdAt: NOON + 2000 },
        { recordingSid: recordingSid('7'), status: 'in-progress', createdAt: NOON + 1000 },
      ),
    ).toBe(recordingSid('7'));
    expect(world.twilio.timesOf('startRecording')).toHaveLength(1);
  });

  test('holds one of another application: that is not adopted', async () => {
    const adopted = await adoptFrom({ recordingSid: recordingSid('8'), source: 'StartCallRecordingTwiML' });
    expect(adopted).not.toBe(recordingSid('8'));
    expect(world.twilio.timesOf('startRecording')).toHaveLength(2);
  });

  test('holds one from long before the stream: that is not adopted', async () => {
    const adopted = await adoptFrom({ recordingSid: recordingSid('8'), createdAt: NOON - 2 * MINUTE });
    expect(adopted).not.toBe(recordingSid('8'));
  });

  test('holds one that Twilio’s clock dates a little earlier: that is adopted', async () => {
    const earlier = { recordingSid: recordingSid('8'), status: 'in-progress', createdAt: NOON - 30 * SECOND };
    expect(await adoptFrom(earlier)).toBe(recordingSid('8'));
  });

  test('holds one that ended with its call: it is adopted, and waits for its copy', async () => {
    world.twilio.answer('callProgress', { kind: 'over' });
    await adoptFrom({ recordingSid: recordingSid('8'), status: 'completed' });
    expect(await world.recording(recordingSid('8'))).toMatchObject({ state: 'completed', waiting: { next: 'copy' } });
    expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: recordingSid('8'), adopted: true });
    expect(world.twilio.timesOf('startRecording')).toHaveLength(1);
  });

  test.each<[string, Partial<TwilioRecording>]>([
    ['has one channel', { status: 'in-progress', channels: 1 }],
    ['has ended while the call goes on', { status: 'completed' }],
  ])('holds one that %s: the call is not being recorded, and is started', async (_what, other) => {
    const adopted = await adoptFrom({ recordingSid: recordingSid('8'), ...other });
    expect(adopted).not.toBe(recordingSid('8'));
    expect(world.twilio.timesOf('startRecording')).toHaveLength(2);
    expect(await world.call()).toMatchObject({ state: 'recording' });
  });

  test('holds one that ends later, while the call goes on: it is started then', async () => {
    world.twilio.answer('startRecording', LOST_REPLY, () => atTwilio.start());
    atTwilio.recordings.push(twilioRecording({ recordingSid: recordingSid('8'), status: 'in-progress' }));
    await run(NOON + MINUTE);
    expect(await world.call()).toMatchObject({ state: 'posting', recordingSid: recordingSid('8') });
    atTwilio.recordings[0] = twilioRecording({ recordingSid: recordingSid('8'), status: 'completed' });
    await drainStartQueue(world);
    expect(await world.call()).toMatchObject({ state: 'recording' });
    expect((await world.call()).recordingSid).not.toBe(recordingSid('8'));
  });

  test('holds one whose callback came first: that row goes no step back', async () => {
    world.twilio.answer('startRecording', LOST_REPLY);
    atTwilio.recordings.push(twilioRecording({ status: 'in-progress' }));
    const stored = { ...twilioRecordingRow(), state: 'completed' as const, proof: 'callback' as const };
    await world.given(stored);
    await run();
    expect(await world.recording()).toEqual(stored);
    expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING });
  });
});

describe('two consumers at once', () => {
  test('one starts, the other waits for the claim to end and finds the call settled', async () => {
    await world.startQueue.send(START, 1);
    await world.startQueue.send(START, 1);
    world.clock.advance(1000);
    await Promise.all([startPoll(world), startPoll(world)]);
    await drainStartQueue(world);
    expect(atTwilio.recordings).toHaveLength(1);
    expect(world.twilio.methods()).toEqual(['startRecording']);
  });

  test('in whatever order their requests interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('started', 'lost', 'server-error', 'not-found'), { minLength: 1, maxLength: 6 }),
        async (scheduler, replies) => {
          const one = makeWorld();
          const side = recordingTwilio(one);
          const mayHaveSucceeded: boolean[] = [];
          one.twilio.answer('startRecording', () => {
            const reply = replies.shift() ?? 'started';
            mayHaveSucceeded.push(reply !== 'not-found');
            if (reply === 'not-found') return NOT_FOUND;
            if (reply === 'server-error') return SERVER_ERROR;
            const started = side.start();
            return reply === 'lost' ? LOST_REPLY : started;
          });
          const interleaved = withAround(one, async (name, request) => {
            await scheduler.schedule(Promise.resolve(`before ${name}`));
            const reply = await request();
            await scheduler.schedule(Promise.resolve(`after ${name}`));
            return reply;
          });
          const messages = [START, START, START];
          await scheduler.waitFor(Promise.all(messages.map((message) => recordingStart(interleaved, message, 1))));
          await one.startQueue.send(START);
          await drainStartQueue(one);
          await callBack(one);
          expect(side.recordings).toHaveLength(1);
          expect(blindStarts(one, (request) => mayHaveSucceeded[request] ?? true)).toBe(0);
          expect(await one.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('an environment that sleeps until its claim has run out', () => {
  test.each<[string, Refusal]>([
    ['refused', NOT_FOUND],
    ['in doubt', LOST_REPLY],
  ])('and wakes up %s, changes nothing of what the next one has done', async (_what, late) => {
    world.twilio.answer(
      'startRecording',
      async () => {
        world.clock.advance(MINUTE);
        expect(await recordingStart(world, START, 2)).toEqual({ outcome: 'done' });
        return late;
      },
      () => atTwilio.start(),
    );
    world.clock.advance(10 * SECOND);
    await recordingStart(world, START, 1);
    expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING });
    expect(world.twilio.methods()).toEqual(['startRecording', 'recordingsOfCall', 'startRecording']);
  });
});

describe('an environment that is killed', () => {
  const history = async (replies: readonly ('started' | 'lost' | 'not-found')[]) =>
    killedEverywhere(async (kill) => {
      const one = makeWorld();
      const side = recordingTwilio(one);
      const left = [...replies];
      one.twilio.answer('startRecording', () => {
        const reply = left.shift() ?? 'started';
        if (reply === 'not-found') return NOT_FOUND;
        const started = side.start();
        return reply === 'lost' ? LOST_REPLY : started;
      });
      const { around, killed } = killer(kill);
      await one.startQueue.send(START, 1);
      one.clock.advance(1000);
      const [message] = one.startQueue.receive(1);
      const outcome = await recordingStart(withAround(one, around), START, 1).catch(() => 'killed');
      const survived = !killed();
      // A killed environment deletes no message: it becomes visible again by its queue's timeout.
      if (survived && outcome !== 'killed' && message) one.startQueue.remove(message.receiptHandle);
      if (survived && typeof outcome !== 'string' && outcome.outcome === 'again') {
        await one.startQueue.send(START, Math.ceil(outcome.seconds));
      }
      await drainStartQueue(one);
      await callBack(one);

      expect(side.recordings).toHaveLength(1);
      expect(await one.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING });
      expect(await one.recording()).toMatchObject({ state: 'in-progress', madeBy: 'recorder' });
      return !survived;
    });

  test.each<[string, ('started' | 'lost' | 'not-found')[]]>([
    ['while all goes well', []],
    ['while Twilio does not know the call yet', ['not-found', 'not-found']],
    ['while a reply is lost', ['lost']],
  ])('before or after any of its requests, %s: one recording, and both rows', async (_what, replies) => {
    expect(await history(replies)).toBeGreaterThanOrEqual(10);
  });
});

describe('the table', () => {
  test.each([1, 2, 3, 4, 5])('fails at its write number %d: one recording all the same', async (number) => {
    for (const when of ['before', 'after'] as const) {
      const one = makeWorld();
      const side = recordingTwilio(one);
      breakPort(one.table, 'write', nth(number), when);
      await one.startQueue.send(START, 1);
      await drainStartQueue(one);
      await callBack(one);
      expect(side.recordings).toHaveLength(1);
      expect(await one.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING });
    }
  });

  test('cannot be written to: Twilio is asked for nothing, and the message stays', async () => {
    breakPort(world.table, 'write');
    await run(NOON + 30 * SECOND);
    expect(world.twilio.requests).toEqual([]);
    expect(world.startQueue.size).toBe(1);
    expect(world.log.events()).toContain('step_failed');
  });
});

function twilioRecordingRow() {
  return {
    kind: 'recording' as const,
    callSid: CALL,
    recordingSid: RECORDING,
    twilioUrl: world.twilio.urlOf('AC', RECORDING),
    madeBy: 'recorder' as const,
    attempts: 0,
    notedAt: NOON,
    completedAt: NOON,
    waiting: { next: 'copy' as const, due: NOON },
    version: 1,
    writer: 'callback',
  };
}
