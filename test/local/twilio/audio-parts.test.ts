/** A part of a recording's audio, as the local Twilio serves it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Media, mediaHead, openMedia } from '../../../local/twilio/audio/media.ts';
import { wavHeader } from '../../../local/twilio/audio/wav.ts';
import { temporaryDirectory } from '../support.ts';

const directory = temporaryDirectory();
const path = join(directory, 'two.wav');
const media: Media = { path, channels: 2 };
beforeAll(() => {
  const samples = Buffer.from(Uint8Array.from({ length: 32_000 }, (_, index) => (index * 31) % 251));
  writeFileSync(path, Buffer.concat([wavHeader(2, samples.length), samples]));
});

test.each([1, 2] as const)('begins at its byte, with %d channels', async (channels) => {
  const whole = await buffer(openMedia(media, { channels, format: 'wav' }));
  for (const from of [0, 10, 44, 5001, whole.length - 1]) {
    const part = await buffer(openMedia(media, { channels, format: 'wav', from }));
    expect(part.equals(whole.subarray(from))).toBe(true);
    expect(mediaHead(media, { channels, format: 'wav', from })).toEqual({
      status: 206,
      headers: {
        'Content-Type': 'audio/x-wav',
        'Content-Range': `bytes ${from}-${whole.length - 1}/${whole.length}`,
        'Content-Length': String(whole.length - from),
      },
    });
  }
});

test('behind the end there is none', () => {
  const { length } = readFileSync(path);
  expect(mediaHead(media, { channels: 2, format: 'wav', from: length })).toMatchObject({ status: 416 });
  expect(mediaHead(media, { channels: 2, format: 'wav' })).toMatchObject({ status: 200 });
});
