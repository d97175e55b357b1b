/** What the steps expect of the bucket, held against the model and against S3's emulator. */
import { createHash } from 'node:crypto';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { s3AudioStore } from '../../../../lambdas/shared/adapters/aws/s3-audio-store.ts';
import type { AudioStore } from '../../../../lambdas/shared/ports/audio-store.ts';
import { objectMetadata } from '../../../../lambdas/shared/rules/recording/object-metadata.ts';
import type { Uploaded } from '../../../../lambdas/shared/rules/table/upload.ts';
import { BucketModel } from '../../../../sim/aws/bucket.ts';
import { recordingRow } from '../../support/fixtures.ts';
import { countingRandomness, NOON, VirtualClock } from '../../support/time.ts';
import { brokenOff, inChunks, WAV } from '../../support/wav.ts';
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

/** What lies beside an object: no step reads it; it serves to rebuild the table. */
async function saidOf(store: AudioStore, key: string) {
  if (store instanceof BucketModel) return store.object(key)?.metadata;
  return (await aws.clients.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }))).Metadata;
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
      expect(await store.put(key, inChunks(bytes, [1, 70_000, PART_BYTES]), WAV)).toEqual({
        kind: 'stored',
        ...reply,
      });
      expect(await store.head(key)).toMatchObject(reply);
    },
  );

  test.each([9, PART_BYTES + 9])('keeps what is said of %d bytes beside them', async (length) => {
    const key = `recordings/said-of-${length}.wav`;
    const said = objectMetadata(
      recordingRow({ source: 'StartCallRecordingAPI' }),
      {
        channels: 2,
        durationSeconds: 3,
        startTime: NOON,
        encryption: { publicKeySid: 'CR1', encryptedCek: '+a/=', iv: 'aXY=' },
      },
      'prod',
    );
    expect(Object.keys(said)).toHaveLength(12);
    await store.put(key, inChunks(AUDIO.subarray(0, length)), { contentType: 'audio/x-wav', metadata: said });
    expect(await saidOf(store, key)).toEqual(said);
  });

  describe('an upload that lasts', () => {
    const key = (name: string) => `recordings/lasting-${name}.wav`;
    /** Begins an upload whose source breaks within the third part. */
    async function begun(name: string): Promise<Uploaded> {
      const told: Uploaded[] = [];
      const broken = brokenOff(AUDIO.subarray(0, 2 * PART_BYTES + 3), 2 * PART_BYTES + 3);
      const lasting = { onProgress: (uploaded: Uploaded) => void told.push(uploaded) };
      await expect(store.put(key(name), broken, WAV, lasting)).rejects.toThrow('aborted');
      expect(told.map(({ parts, bytes }) => [parts.length, bytes])).toEqual([
        [0, 0],
        [1, PART_BYTES],
        [2, 2 * PART_BYTES],
      ]);
      const last = told.at(-1);
      if (!last) throw new Error('no progress');
      // As a row holds it.
      return JSON.parse(JSON.stringify(last));
    }
    const goOn = (name: string, from: Uploaded, rest = AUDIO.subarray(from.bytes)) =>
      store.put(key(name), inChunks(rest), WAV, { from, onProgress: () => undefined });

    test('continues behind its parts, and is what it would have been', async () => {
      const from = await begun('resumed');
      expect(await store.head(key('resumed'))).toBeUndefined();
      const reply = { bytes: AUDIO.length, checksum: checksumByHand(AUDIO) };
      expect(await goOn('resumed', from)).toEqual({ kind: 'stored', ...reply });
      expect(await store.head(key('resumed'))).toMatchObject(reply);
    });

    test('sends a part again that was sent after the note', async () => {
      const { uploadId, parts } = await begun('behind');
      const from = { uploadId, parts: parts.slice(0, 1), bytes: PART_BYTES };
      await goOn('behind', from);
      expect((await store.head(key('behind')))?.checksum).toBe(checksumByHand(AUDIO));
    });

    test('cannot be gone on with once it is abandoned', async () => {
      const from = await begun('abandoned');
      await store.abandon(key('abandoned'), from.uploadId);
      await expect(goOn('abandoned', from)).rejects.toMatchObject({ name: 'NoSuchUpload' });
      expect(await store.head(key('abandoned'))).toBeUndefined();
    });

    test('is not completed with parts that it does not have', async () => {
      const from = await begun('theirs');
      const parts = from.parts.map((part) => ({ ...part, etag: '"other"', sha256: 'b3RoZXI=' }));
      await expect(goOn('theirs', { ...from, parts })).rejects.toMatchObject({ name: 'InvalidPart' });
      expect(await store.head(key('theirs'))).toBeUndefined();
    });
  });

  test('knows nothing of a key that is free', async () => {
    expect(await store.head('recordings/free.wav')).toBeUndefined();
  });

  test.each([10, PART_BYTES + 10])('stores nothing of a source that breaks after %d bytes', async (end) => {
    await expect(store.put('recordings/broken.wav', brokenOff(AUDIO, end), WAV)).rejects.toThrow('aborted');
    expect(await store.head('recordings/broken.wav')).toBeUndefined();
  });

  test.each([9, PART_BYTES + 9])('never overwrites, with %d bytes', async (length) => {
    await store.put('recordings/taken.wav', inChunks(AUDIO.subarray(0, 3)), WAV);
    const before = await store.head('recordings/taken.wav');
    const bytes = AUDIO.subarray(0, length);
    expect(await store.put('recordings/taken.wav', inChunks(bytes), WAV)).toEqual({
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
    await store.put('key', inChunks(AUDIO.subarray(0, 9)), WAV);
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
    await store.put('key', slowly(), WAV);
    expect((await store.head('key'))?.lastModified).toBe(NOON);
    expect(clock.now()).toBe(NOON + 180_000);
  });
});
