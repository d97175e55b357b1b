import { runCanary, tone } from '../../../lambdas/canary/canary.ts';
import type { CanaryStore } from '../../../lambdas/shared/ports/canary.ts';
import { type CanaryMemory, canaryPrefix } from '../../../lambdas/shared/rules/canary/canary.ts';
import { toneFile, whyNotHeard } from '../../../lambdas/shared/rules/canary/tone.ts';
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { CALL, PUBLIC_URL, RECORDING } from '../support/fixtures.ts';
import { LOST_REPLY, TOO_MANY, UNAUTHORIZED } from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

const CANARY = { from: '+15005550006', to: '+15005550010', everyMinutes: 30 };

/** What a two-channel recording of the tone's samples looks like. */
function recorded(channels: { readonly caller: boolean; readonly called: boolean }, seconds = 2): Buffer {
  const samples = toneFile().subarray(44);
  const frames = seconds * 8000;
  const wav = Buffer.alloc(44 + 4 * frames);
  toneFile().copy(wav, 0, 0, 44);
  wav.writeUInt16LE(2, 22);
  wav.writeUInt32LE(32_000, 28);
  wav.writeUInt32LE(4 * frames, 40);
  for (let index = 0; index < frames; index += 1) {
    const sample = samples.readInt16LE(2 * (index % 16_000));
    const hum = Math.round(3000 * Math.sin(index / 5.8));
    wav.writeInt16LE(channels.caller ? sample : hum, 44 + 4 * index);
    wav.writeInt16LE(channels.called ? sample : hum, 46 + 4 * index);
  }
  return wav;
}
const RIGHT = recorded({ caller: true, called: false });

class KeptStore implements CanaryStore {
  memory: CanaryMemory = {};
  readonly copies = new Map<string, { storedAt: number; bytes: Buffer; startTime?: number }>();
  recall = async () => this.memory;
  remember = async (memory: CanaryMemory) => {
    this.memory = memory;
  };
  list = async (prefix: string) =>
    [...this.copies].filter(([key]) => key.startsWith(prefix)).map(([key, { storedAt }]) => ({ key, storedAt }));
  read = async (key: string) => this.copies.get(key) ?? { bytes: Buffer.alloc(0) };
}

let world: World;
let store: KeptStore;
beforeEach(() => {
  world = makeWorld();
  store = new KeptStore();
  world.twilio.answer('placeCall', { kind: 'placed', callSid: CALL });
});
const run = () => runCanary({ ...world, canary: CANARY, canaryStore: store });
const seconds = () => world.log.measures.CanarySeconds?.at(-1);
const arrives = (bytes: Buffer, startTime: number, storedAt: number) =>
  store.copies.set(`${canaryPrefix(startTime)}${CALL}/${RECORDING}-${storedAt}.wav`, { bytes, startTime, storedAt });
const placings = () => world.twilio.timesOf('placeCall');

describe('the tone', () => {
  test.each([
    ['on the caller’s channel alone', RIGHT, undefined],
    ['on the other one', recorded({ caller: false, called: true }), 'no-tone'],
    ['on both', recorded({ caller: true, called: true }), 'tone-on-both-channels'],
    ['nowhere', recorded({ caller: false, called: false }), 'no-tone'],
    ['too short', recorded({ caller: true, called: false }, 0.9), 'no-tone'],
    ['in one channel', toneFile(), 'not-two-channels'],
    ['in what is no WAV file', Buffer.from('<html>'), 'not-two-channels'],
  ])('%s', (_where, wav, reason) => {
    expect(whyNotHeard(wav)).toBe(reason);
  });

  test('is served to anyone', () => {
    const { statusCode, headers, body = '', isBase64Encoded } = tone();
    expect([statusCode, headers?.['content-type'], isBase64Encoded]).toEqual([200, 'audio/wav', true]);
    expect(Buffer.from(body, 'base64').equals(toneFile())).toBe(true);
  });
});

test('a call is placed at once, then every so many minutes, with the tone on the calling side', async () => {
  await run();
  expect(world.twilio.requests.at(-1)?.request).toEqual([
    CANARY.from,
    CANARY.to,
    expect.stringContaining(`>${PUBLIC_URL}/canary/tone.wav</Play>`),
  ]);
  expect(await world.call()).toMatchObject({ state: 'unrecordable', canary: true, direction: 'outbound' });
  expect((await world.call()).pendingEvents).toBeUndefined();
  arrives(RIGHT, NOON + 5000, NOON + 50 * SECOND);
  for (let minute = 1; minute <= 31; minute += 1) {
    world.clock.advanceTo(NOON + minute * MINUTE);
    await run();
  }
  expect(placings()).toEqual([NOON, NOON + 30 * MINUTE]);
});

test('its sound is found in S3, and the time measured from placing to storing', async () => {
  await run();
  world.clock.advanceTo(NOON + MINUTE);
  await run();
  expect(seconds()).toBe(60);
  arrives(RIGHT, NOON + 5000, NOON + 70 * SECOND);
  world.clock.advanceTo(NOON + 2 * MINUTE);
  await run();
  expect(seconds()).toBe(70);
  expect(world.log.line('canary_heard')).toMatchObject({ seconds: 70 });
  world.clock.advanceTo(NOON + 20 * MINUTE);
  await run();
  expect(seconds()).toBe(70);
});

test('what does not arrive grows old until a later call has arrived', async () => {
  await run();
  world.clock.advanceTo(NOON + 30 * MINUTE);
  await run();
  world.clock.advanceTo(NOON + 31 * MINUTE);
  // The copy of the first call comes late: it says nothing of the second.
  arrives(RIGHT, NOON + 5000, NOON + 31 * MINUTE);
  await run();
  expect(seconds()).toBe(31 * 60);
  arrives(RIGHT, NOON + 30 * MINUTE + 5000, NOON + 31 * MINUTE);
  await run();
  expect(seconds()).toBe(60);
});

test('a copy without the sound is none', async () => {
  await run();
  arrives(recorded({ caller: false, called: true }), NOON + 5000, NOON + 40 * SECOND);
  world.clock.advanceTo(NOON + 11 * MINUTE);
  await run();
  expect(seconds()).toBe(660);
  expect(world.log.line('canary_not_heard')).toMatchObject({ level: 'warn', reason: 'no-tone' });
});

test.each([
  ['certainly did not place', TOO_MANY, 2],
  ['refuses', UNAUTHORIZED, 2],
  ['may have placed', LOST_REPLY, 1],
])('a call that Twilio %s counts from its first attempt', async (_what, reply, attempts) => {
  world.twilio.answer('placeCall', reply, { kind: 'placed', callSid: CALL });
  await run();
  world.clock.advanceTo(NOON + MINUTE);
  await run();
  expect(placings()).toHaveLength(attempts);
  expect(seconds()).toBe(60);
  expect(world.log.line('canary_not_placed')).toMatchObject({ level: 'error', reason: reply.reason });
});

test('nothing is placed that could not be remembered', async () => {
  store.remember = async () => {
    throw new Error('S3 is out');
  };
  await expect(run()).rejects.toThrow('S3 is out');
  expect(placings()).toEqual([]);
});
