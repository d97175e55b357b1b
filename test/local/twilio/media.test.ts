/** A recording's audio as REST serves it, without a server. */
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { encodeMp3, type Media, openMedia } from '../../../local/twilio/audio/media.ts';
import { wavHeader } from '../../../local/twilio/audio/wav.ts';
import { collect } from '../../lambdas/support/wav.ts';
import { temporaryDirectory } from '../support.ts';

const directory = temporaryDirectory();

/** Two channels of some seconds of different tones. */
function recording(seconds: number): Media & { readonly samples: Buffer } {
  const samples = Buffer.alloc(seconds * 32_000);
  for (let at = 0; at < samples.length; at += 2)
    samples.writeInt16LE(Math.round(9000 * Math.sin(at / (at % 4 ? 7 : 5))), at);
  const path = join(directory, `${seconds}.wav`);
  writeFileSync(path, Buffer.concat([wavHeader(2, samples.length), samples]));
  return { path, channels: 2, samples };
}

async function* inPieces(samples: Buffer, bytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < samples.length; at += bytes) yield samples.subarray(at, at + bytes);
}

test('an MP3 has the same bytes each time, however the samples are cut', async () => {
  const { samples, ...media } = recording(5);
  const served = await buffer(openMedia(media, { channels: 2, format: 'mp3' }));
  expect((await buffer(openMedia(media, { channels: 2, format: 'mp3' }))).equals(served)).toBe(true);
  for (const bytes of [4, 400, 10_000, samples.length]) {
    expect((await collect(encodeMp3(inPieces(samples, bytes), 2))).equals(served)).toBe(true);
  }
});

test('audio that is deleted while it is served is served to its end', async () => {
  const media = recording(30);
  for (const format of ['wav', 'mp3'] as const) {
    writeFileSync(media.path, Buffer.concat([wavHeader(2, media.samples.length), media.samples]));
    const whole = await buffer(openMedia(media, { channels: 2, format }));
    const stream = openMedia(media, { channels: 2, format });
    await once(stream, 'readable');
    rmSync(media.path);
    expect([existsSync(media.path), (await buffer(stream)).equals(whole)]).toEqual([false, true]);
  }
});

test('audio that is not there is an error of the stream, also where nobody reads it yet', async () => {
  const path = join(directory, 'none.wav');
  const stream = openMedia({ path, channels: 2 }, { channels: 2, format: 'mp3' });
  const failed = new Promise((resolve) => stream.once('error', resolve));
  expect(await failed).toMatchObject({ code: 'ENOENT' });
});

test('a WAV is served as it lies on disk', async () => {
  const media = recording(1);
  expect((await buffer(openMedia(media, { channels: 2, format: 'wav' }))).equals(readFileSync(media.path))).toBe(true);
});
