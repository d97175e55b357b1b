import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { TABLE } from '../../lambdas/shared/contract/table.ts';
import type { System } from '../system/system.ts';

/** A recording's row, as far as one needs to know it from outside. */
export interface RecordingInTable {
  readonly recordingSid: string;
  readonly state: string;
  /** Where the audio lies in S3, once it does. */
  readonly stored: { readonly bucket: string; readonly key: string } | undefined;
}

/** Reads the rows of a call's recordings straight from the table. */
export async function readRecordings(system: System, callSid: string): Promise<readonly RecordingInTable[]> {
  const { Items = [] } = await system.clients.dynamodb.send(
    new QueryCommand({
      TableName: system.deployment.tableName,
      ConsistentRead: true,
      KeyConditionExpression: '#call = :call AND begins_with(#item, :recording)',
      ExpressionAttributeNames: { '#call': TABLE.partitionKey, '#item': TABLE.sortKey },
      ExpressionAttributeValues: { ':call': { S: callSid }, ':recording': { S: 'RECORDING#' } },
    }),
  );
  return Items.map(toRow);
}

function toRow(item: { readonly [name: string]: AttributeValue }): RecordingInTable {
  const stored = item.stored?.M;
  const bucket = stored?.bucket?.S;
  const key = stored?.key?.S;
  return {
    recordingSid: item[TABLE.sortKey]?.S?.replace('RECORDING#', '') ?? '',
    state: item.state?.S ?? '',
    stored: bucket === undefined || key === undefined ? undefined : { bucket, key },
  };
}

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
