/** The values that the dashboard draws and the alarms watch, beside the counts. What is outstanding is in sweep.test.ts. */
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import { recordingDelete } from '../../../lambdas/recording-delete/recording-delete.ts';
import { SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { CALL, RECORDING, recordingRow, twilioRecording } from '../support/fixtures.ts';
import { audioOf, LOST_REPLY, NOT_FOUND, SERVER_ERROR } from '../support/scripted-twilio.ts';
import { drainStartQueue, recordingTwilio, START } from '../support/start-queue.ts';
import { NOON } from '../support/time.ts';
import { WAV, wavFile } from '../support/wav.ts';
import { KEEP_AT_TWILIO_MS, makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
const MESSAGE = { callSid: CALL, recordingSid: RECORDING };

describe('a start', () => {
  async function start(...refusals: (typeof NOT_FOUND)[]): Promise<void> {
    const atTwilio = recordingTwilio(world);
    world.twilio.answer('startRecording', ...refusals, atTwilio.start);
    await world.startQueue.send(START, 1);
    await drainStartQueue(world);
  }

  test('that succeeds at once takes one request and a second', async () => {
    await start();
    expect(world.log.measures).toEqual({ SecondsToRecording: [1], StartAttempts: [1] });
  });

  test('that Twilio was not ready for counts every request, those in one invocation, too', async () => {
    await start(NOT_FOUND, NOT_FOUND, NOT_FOUND);
    expect(world.log.measures).toEqual({ SecondsToRecording: [1.75], StartAttempts: [4] });
    expect(world.log.line('recording_success')).toMatchObject({ attempt: 4, secondsSinceStreamStart: 1.75 });
  });

  test('whose reply was lost is measured where it is adopted', async () => {
    const atTwilio = recordingTwilio(world);
    world.twilio.answer('startRecording', () => {
      atTwilio.start();
      return LOST_REPLY;
    });
    await world.startQueue.send(START, 1);
    await drainStartQueue(world);
    expect(world.log.counts).toMatchObject({ RecordingAdopted: 1 });
    expect(world.log.measures.StartAttempts).toEqual([1]);
    expect(world.log.measures.SecondsToRecording?.[0]).toBeGreaterThan(1);
  });
});

test('a copy is measured from Twilio’s word that the recording is complete', async () => {
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording() });
  world.twilio.answer('openAudio', () => audioOf(wavFile()));
  await world.given(recordingRow());
  world.clock.advance(90 * SECOND);
  await recordingCopy(world, MESSAGE, 1, 'message');
  expect(world.log.measures).toEqual({ SecondsToStored: [90] });
});

test('a deletion that Twilio refuses for hours calls a person, one that it refuses for minutes does not', async () => {
  await world.store.put(`recordings/${CALL}/${RECORDING}.wav`, audioOf(wavFile()).bytes, WAV);
  const head = await world.store.head(`recordings/${CALL}/${RECORDING}.wav`);
  const stored = {
    bucket: world.store.bucket,
    key: `recordings/${CALL}/${RECORDING}.wav`,
    bytes: head?.bytes ?? 0,
    checksum: head?.checksum ?? '',
    contentType: 'audio/x-wav',
    storedAt: NOON,
  };
  await world.given(recordingRow({ state: 'stored', stored, waiting: { next: 'delete', due: NOON } }));
  world.twilio.answer('deleteRecording', SERVER_ERROR);
  world.clock.advance(KEEP_AT_TWILIO_MS + SECOND);
  const counted: (number | undefined)[] = [];
  for (let failures = 1; failures <= 5; failures++) {
    await recordingDelete(world, MESSAGE);
    counted.push(world.log.counts.DeletionRefused);
  }
  expect(counted).toEqual([undefined, undefined, undefined, 1, 2]);
});
