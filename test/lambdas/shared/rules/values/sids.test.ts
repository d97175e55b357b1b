import { fileNameOf, storageKey } from '../../../../../lambdas/shared/rules/recording/storage-key.ts';
import {
  isAccountSid,
  isApiKeySid,
  isCallSid,
  isRecordingSid,
  isStreamSid,
} from '../../../../../lambdas/shared/rules/values/sids.ts';
import { fc } from '../../../support/properties.ts';

const CHECKS = { CA: isCallSid, RE: isRecordingSid, AC: isAccountSid, MZ: isStreamSid, SK: isApiKeySid };
const HEX = '0123456789abcdef'.repeat(2);

describe.each(Object.entries(CHECKS))('%s', (prefix, check) => {
  test('is two letters and 32 lower-case hex digits', () => {
    expect(check(prefix + HEX)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['one digit less', prefix + HEX.slice(1)],
    ['one digit more', `${prefix + HEX}0`],
    ['upper-case digits', prefix + HEX.toUpperCase()],
    ['a letter that is no hex digit', `${prefix}g${HEX.slice(1)}`],
    ['another kind', `XX${HEX}`],
    ['the prefix in lower case', prefix.toLowerCase() + HEX],
    ['a line break behind', `${prefix + HEX}\n`],
    ['a line break before', `\n${prefix + HEX}`],
    ['a path', `${prefix}../${HEX.slice(3)}`],
    ['a path behind', `${prefix + HEX}/../x`],
    ['an encoded path', `${prefix}%2e%2e%2f${HEX.slice(9)}`],
    ['a full-width digit', `${prefix}０${HEX.slice(1)}`],
    ['a NUL', `${prefix + HEX}\0`],
  ])('is not %s', (_what, text) => {
    expect(check(text)).toBe(false);
  });

  test.each([undefined, null, 0, {}, [], [prefix + HEX], { toString: () => prefix + HEX }, new String(prefix + HEX)])(
    'is not %p',
    (value) => {
      expect(check(value)).toBe(false);
    },
  );

  test('is not one of another kind', () => {
    for (const other of Object.keys(CHECKS)) expect(check(other + HEX)).toBe(other === prefix);
  });
});

describe('storage key', () => {
  const sidOf = (prefix: string) =>
    fc
      .array(fc.constantFrom(...HEX.slice(0, 16)), { minLength: 32, maxLength: 32 })
      .map((digits) => prefix + digits.join(''));

  test('says call and recording', () => {
    expect(storageKey(`CA${HEX}`, `RE${HEX}`, 'wav')).toBe(`recordings/CA${HEX}/RE${HEX}.wav`);
    expect(storageKey(`CA${HEX}`, `RE${HEX}`, 'mp3')).toBe(`recordings/CA${HEX}/RE${HEX}.mp3`);
  });

  test('is another for another recording', () => {
    fc.assert(
      fc.property(sidOf('CA'), sidOf('CA'), sidOf('RE'), sidOf('RE'), (callA, callB, recordingA, recordingB) => {
        const same = callA === callB && recordingA === recordingB;
        expect(storageKey(callA, recordingA, 'mp3') === storageKey(callB, recordingB, 'mp3')).toBe(same);
      }),
    );
  });

  test('is made of nothing but SIDs', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('../x', `RE${HEX}/`, `CA${HEX}`, '__proto__'));
    fc.assert(
      fc.property(text, text, (call, recording) => {
        fc.pre(!(isCallSid(call) && isRecordingSid(recording)));
        expect(() => storageKey(call, recording, 'wav')).toThrow(
          new TypeError('A storage key needs a call SID and a recording SID.'),
        );
      }),
    );
    // The wrong way round, each SID being a valid one.
    expect(() => storageKey(`RE${HEX}`, `CA${HEX}`, 'wav')).toThrow(TypeError);
  });

  test('gives a file its ending, whatever recordings are stored as now', () => {
    expect(fileNameOf(`RE${HEX}`, { key: storageKey(`CA${HEX}`, `RE${HEX}`, 'mp3') })).toBe(`RE${HEX}.mp3`);
    expect(fileNameOf(`RE${HEX}`, { key: storageKey(`CA${HEX}`, `RE${HEX}`, 'wav') })).toBe(`RE${HEX}.wav`);
    expect(fileNameOf(`RE${HEX}`, { key: 'recordings.old/none' })).toBe(`RE${HEX}`);
  });
});
