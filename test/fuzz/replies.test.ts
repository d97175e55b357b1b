/** What Twilio answers, and what it sends as audio: anything. */
import {
  type LibraryRecording,
  readList,
  readRecording,
  refusalOf,
  refusalOfStatus,
} from '../../lambdas/shared/adapters/twilio/twilio-replies.ts';
import { AudioRejected, checkedAudio } from '../../lambdas/shared/rules/audio/audio-check.ts';
import { isCallSid, isRecordingSid } from '../../lambdas/shared/rules/values/sids.ts';
import { CALL, RECORDING } from '../lambdas/support/fixtures.ts';
import { mp3File } from '../lambdas/support/mp3.ts';
import { fc } from '../lambdas/support/properties.ts';
import { collect, inChunks, wavFile } from '../lambdas/support/wav.ts';
import { jsonish, sidish, text } from './arbitraries.ts';

const numeric = fc.oneof(
  fc.double(),
  fc.integer(),
  text,
  fc.constantFrom('Infinity', '-1', '2', '1e999', '0x2', ' 2 '),
);
const recordings = fc.record(
  {
    sid: fc.oneof(fc.constant(RECORDING), sidish, jsonish),
    callSid: fc.oneof(fc.constant(CALL), sidish, jsonish),
    status: fc.oneof(fc.constantFrom('completed', 'absent', '__proto__'), text, jsonish),
    source: fc.oneof(text, jsonish),
    channels: fc.oneof(numeric, jsonish),
    duration: fc.oneof(numeric, fc.constant(null), jsonish),
    startTime: fc.oneof(fc.date({ noInvalidDate: false }), text, fc.constant(null)),
    dateCreated: fc.oneof(fc.date({ noInvalidDate: false }), text, fc.constant(null)),
    errorCode: fc.oneof(numeric, fc.constant(null), jsonish),
    encryptionDetails: fc.oneof(
      fc.constant(null),
      jsonish,
      fc.constant(undefined),
      fc.record({ public_key_sid: text, encrypted_cek: text, iv: text }),
      fc.record({ encryption_public_key_sid: text, encryption_cek: text, encryption_iv: text }),
    ),
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<LibraryRecording>;

test('a recording is read with valid SIDs and numbers that a row can hold, or it is not believed', () => {
  let read = 0;
  fc.assert(
    fc.property(recordings, (given) => {
      let recording: ReturnType<typeof readRecording>;
      try {
        recording = readRecording(given);
      } catch (error) {
        expect((error as Error).name).toBe('UnreadableReply');
        return;
      }
      read += 1;
      expect(isCallSid(recording.callSid) && isRecordingSid(recording.recordingSid)).toBe(true);
      const { channels = 1, durationSeconds = 1, errorCode = 1, startTime = 0, createdAt = 0 } = recording;
      for (const number of [channels, durationSeconds, errorCode, startTime, createdAt]) {
        expect(Number.isFinite(number)).toBe(true);
      }
      expect(typeof recording.status).toBe('string');
    }),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(100);
});

test('one entry that cannot be read keeps no other out of the list', () => {
  const good = { sid: RECORDING, callSid: CALL, status: 'completed', source: 'x', channels: 2, duration: '3' };
  fc.assert(
    fc.property(fc.array(recordings, { maxLength: 5 }), fc.nat(5), (others, place) => {
      const listed = [...others];
      listed.splice(place, 0, good as unknown as LibraryRecording);
      const { recordings: found, unreadable } = readList(listed);
      expect(found.length + unreadable).toBe(listed.length);
      expect(found).toContainEqual(expect.objectContaining({ recordingSid: RECORDING, durationSeconds: 3 }));
    }),
    { numRuns: 500 },
  );
});

const thrown = fc.oneof(
  jsonish,
  fc.record({ status: fc.oneof(fc.integer(), text), code: fc.oneof(fc.integer(), text) }, { requiredKeys: [] }),
  text.map((message) => new Error(message)),
  fc.constantFrom(undefined, null, Symbol('x'), 1n),
);

test('whatever is thrown is a refusal; only what Twilio itself has refused counts as not processed', () => {
  fc.assert(
    fc.property(thrown, (error) => {
      const refusal = refusalOf(error);
      expect(typeof refusal.reason).toBe('string');
      if (refusal.kind !== 'doubtful') {
        expect(refusal.status === undefined ? refusal.code : refusal.status).toEqual(expect.any(Number));
      }
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
      const { kind } = refusalOfStatus(status);
      const certain = status >= 400 && status < 500 && status !== 408;
      expect(kind === 'doubtful').toBe(!certain);
    }),
  );
});

/** The file with bytes changed, cut off or put in. */
const spoiled = (whole: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.tuple(fc.constantFrom('change', 'cut', 'insert'), fc.nat(40_000), fc.nat(255)), { maxLength: 3 })
    .map((changes) => {
      let file: Buffer = Buffer.from(whole);
      for (const [how, at, byte] of changes) {
        // Often within the header, where bytes mean something.
        const place = (at < 20_000 ? at % 48 : at) % (file.length + 1);
        if (how === 'change' && place < file.length) file[place] = byte;
        if (how === 'cut') file = file.subarray(0, place);
        if (how === 'insert') file = Buffer.concat([file.subarray(0, place), Buffer.of(byte), file.subarray(place)]);
      }
      return file;
    });
const mediaLike = (whole: Buffer): fc.Arbitrary<Buffer> =>
  fc.oneof(
    spoiled(whole),
    fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
    text.map((page) => Buffer.from(`<html>${page}</html>`)),
  );
const expectations = (whole: Buffer) =>
  fc.record(
    {
      contentLength: fc.oneof(fc.nat(40_000), fc.constant(whole.length)),
      endIsMarked: fc.boolean(),
      durationSeconds: fc.nat(5),
      channels: fc.constantFrom(1, 2),
    },
    { requiredKeys: [] },
  );

test.each([
  { format: 'wav', make: async () => wavFile(), begins: /^RIFF/, bytesMin: 44 },
  { format: 'mp3', make: () => mp3File(), begins: /^(\xff[\xe2-\xff]|ID3)/, bytesMin: 24 },
] as const)(
  '$format passes as it came, or is refused by a reason of ours: no other error, no other bytes',
  async ({ format, make, begins, bytesMin }) => {
    const whole = await make();
    const tally = { passed: 0, refused: 0 };
    const cuts = fc.array(fc.nat(40_000), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(mediaLike(whole), expectations(whole), cuts, async (file, expected, offsets) => {
        const chunks = inChunks(
          file,
          offsets.map((offset) => offset % (file.length + 1)).sort((a, b) => a - b),
        );
        try {
          const passed = await collect(checkedAudio(chunks, { ...expected, format, encrypted: false }));
          expect(passed.equals(file)).toBe(true);
          // What passes can be told from a broken connection: by the reply, or by the file.
          expect(expected.contentLength === undefined || expected.contentLength === file.length).toBe(true);
          if (format === 'mp3') expect(expected.contentLength !== undefined || expected.endIsMarked).toBe(true);
          expect(file.toString('latin1', 0, 4)).toMatch(begins);
          expect(file.length).toBeGreaterThanOrEqual(bytesMin);
          tally.passed += 1;
        } catch (error) {
          if (!(error instanceof AudioRejected)) throw error;
          expect(error.reason).toMatch(/^[a-z0-9-]+$/);
          tally.refused += 1;
        }
      }),
      { numRuns: 2000 },
    );
    const known = { format, encrypted: false, contentLength: whole.length };
    expect(await collect(checkedAudio(inChunks(whole), known))).toEqual(whole);
    expect(tally.passed).toBeGreaterThan(20);
    expect(tally.refused).toBeGreaterThan(500);
  },
);
