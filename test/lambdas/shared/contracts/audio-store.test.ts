/** What the steps expect of the bucket, held against the model and against S3's emulator. */
import { createHash } from 'node:crypto';
import { s3AudioStore } from '../../../../lambdas/shared/adapters/aws/s3-audio-store.ts';
import type { AudioStore } from '../../../../lambdas/shared/ports/audio-store.ts';
import { BucketModel } from '../../../../sim/aws/bucket.ts';
import { countingRandomness, NOON, VirtualClock } from '../../support/time.ts';
import { brokenOff, inChunks } from '../../support/wav.ts';
import { BUCKET, startAws } from '../adapters/aws.ts';

const PART_BYTES = 5 * 1024 * 1024;
const AUDIO = Buffer.alloc(
  2 * PART_BYTES + 7,
  Uint8Array.from({ length: 251 }, (_, index) => index),
);

let aws: Awaited<ReturnType<typeof startAws>>;
beforeAll(async () => {
  aws = await startAws();
});
afterAll(() => aws.close());

const STORES: readonly [string, () => AudioStore][] = [
  [
    'the model',
    () =>
      new BucketModel({
        clock: new VirtualClock(),
        randomness: countingRandomness(),
        bucket: BUCKET,
        partBytes: PART_BYTES,
      }),
  ],
  ['S3', () => s3AudioStore(aws.clients.s3, BUCKET, PART_BYTES)],
];

const sha256 = (...chunks: readonly Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
};
function checksumByHand(bytes: Buffer): string {
  if (bytes.length < PART_BYTES) return sha256(bytes).toString('base64');
  const parts = Math.ceil(bytes.length / PART_BYTES);
  const digests = Array.from({ length: parts }, (_, part) =>
    sha256(bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)),
  );
  return `${sha256(...digests).toString('base64')}-${parts}`;
}

describe.each(STORES)('%s', (_name, make) => {
  let store: AudioStore;
  beforeAll(() => {
    store = make();
  });

  test.each([0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, AUDIO.length])(
    'stores %d bytes and says the same of them afterwards',
    async (length) => {
      const bytes = AUDIO.subarray(0, length);
      const key = `recordings/${length}.wav`;
      const reply = { bytes: length, checksum: checksumByHand(bytes) };
      expect(await store.put(key, inChunks(bytes, [1, 70_000, PART_BYTES]), 'audio/x-wav')).toEqual({
        kind: 'stored',
        ...reply,
      });
      expect(await store.head(key)).toMatchObject(reply);
    },
  );

  test('knows nothing of a key that is free', async () => {
    expect(await store.head('recordings/free.wav')).toBeUndefined();
  });

  test.each([10, PART_BYTES + 10])('stores nothing of a source that breaks after %d bytes', async (end) => {
    await expect(store.put('recordings/broken.wav', brokenOff(AUDIO, end), 'audio/x-wav')).rejects.toThrow('aborted');
    expect(await store.head('recordings/broken.wav')).toBeUndefined();
  });

  test.each([9, PART_BYTES + 9])('never overwrites, with %d bytes', async (length) => {
    await store.put('recordings/taken.wav', inChunks(AUDIO.subarray(0, 3)), 'audio/x-wav');
    const before = await store.head('recordings/taken.wav');
    const bytes = AUDIO.subarray(0, length);
    expect(await store.put('recordings/taken.wav', inChunks(bytes), 'audio/x-wav')).toEqual({
      kind: 'occupied',
      bytes: length,
      checksum: checksumByHand(bytes),
    });
    expect(await store.head('recordings/taken.wav')).toEqual(before);
  });
});

describe('the model’s date', () => {
  const modelAt = (clock: VirtualClock) =>
    new BucketModel({ clock, randomness: countingRandomness(), partBytes: PART_BYTES });

  test('has whole seconds, as an HTTP header', async () => {
    const store = modelAt(new VirtualClock(NOON + 1999));
    await store.put('key', inChunks(AUDIO.subarray(0, 9)), 'audio/x-wav');
    expect((await store.head('key'))?.lastModified).toBe(NOON + 1000);
  });

  test('of an upload in parts is its beginning', async () => {
    const clock = new VirtualClock();
    const store = modelAt(clock);
    async function* slowly() {
      for await (const chunk of inChunks(AUDIO, [PART_BYTES, 2 * PART_BYTES])) {
        yield chunk;
        clock.advance(60_000);
      }
    }
    await store.put('key', slowly(), 'audio/x-wav');
    expect((await store.head('key'))?.lastModified).toBe(NOON);
    expect(clock.now()).toBe(NOON + 180_000);
  });
});
