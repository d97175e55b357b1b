import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { System } from '../system/system.ts';
import { readRecordings } from './table-rows.ts';

export interface ExportedAudio {
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Reads a recording's audio back from S3 and leaves a copy of it as `DIR/recordings/RE….wav`, or `….mp3`. */
export async function exportAudio(
  system: System,
  directory: string,
  recordingSid: string,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Promise<ExportedAudio> {
  const { Body } = await system.clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const file = join(directory, 'recordings', `${recordingSid}${extname(key)}`);
  mkdirSync(join(directory, 'recordings'), { recursive: true });
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  // The SDK answers a stream of Node.js's here; its type covers browsers as well.
  await pipeline(Body as Readable, measure, createWriteStream(`${file}.part`));
  renameSync(`${file}.part`, file);
  return { file, bytes, sha256: hash.digest('hex') };
}

/** As `exportAudio`, for a recording whose row says that it is stored; undefined for any other. */
export async function exportStoredAudio(
  system: System,
  directory: string,
  callSid: string,
  recordingSid: string,
): Promise<ExportedAudio | undefined> {
  const rows = await readRecordings(system, callSid);
  const stored = rows.find((row) => row.recordingSid === recordingSid)?.stored;
  return stored && exportAudio(system, directory, recordingSid, stored);
}
