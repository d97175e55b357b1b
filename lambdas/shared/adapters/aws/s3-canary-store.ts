/** The canary's memory, and the copies of its calls, in the bucket of the recordings. */
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import type { CanaryCopy, CanaryStore } from '../../ports/canary.ts';
import { MEMORY_KEY } from '../../rules/canary/canary.ts';
import { parseInstant } from '../../rules/values/instant.ts';

const MEMORY = v.object({
  placedAt: v.exactOptional(v.number()),
  waitingSince: v.exactOptional(v.number()),
  seconds: v.exactOptional(v.number()),
});

export function s3CanaryStore(client: S3Client, bucket: string): CanaryStore {
  return {
    async recall() {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: MEMORY_KEY }));
        return v.parse(MEMORY, JSON.parse((await Body?.transformToString()) ?? '{}'));
      } catch (error) {
        if (error instanceof NoSuchKey) return {};
        throw error;
      }
    },

    async remember(memory) {
      const Body = JSON.stringify(memory);
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: MEMORY_KEY, Body, ContentType: 'application/json' }),
      );
    },

    async list(prefix) {
      const copies: CanaryCopy[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(ContinuationToken && { ContinuationToken }) }),
        );
        for (const { Key, LastModified } of page.Contents ?? []) {
          if (Key && LastModified) copies.push({ key: Key, storedAt: LastModified.getTime() });
        }
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken);
      return copies;
    },

    async read(key) {
      const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const startTime = parseInstant(Metadata?.['start-time']);
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      return { bytes, ...(startTime !== undefined && { startTime }) };
    },
  };
}
