/** Verifies copies anew: asks S3 for each of them, and reads a sample to the end. */
import { createHash } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import type { RecordingRow, StoredAudio } from '../../lambdas/shared/rules/table/rows.ts';
import { DAY, type Instant } from '../../lambdas/shared/rules/values/instant.ts';
import { S3Checksum } from '../recordings/s3-checksum.ts';
import type { CopiesPart, NamedRecording } from './certificate.ts';
import type { CopyState } from './deletions.ts';

export interface CopiesOptions {
  readonly s3: S3Client;
  /** How many are read to their end; infinite for all. */
  readonly sample: number;
  /** Decides which. */
  readonly seed: string;
  /** After so many days the bucket's own rule deletes an object; absent where there is no such rule, or none that can be read. */
  readonly expireAfterDays: number | undefined;
  readonly now: () => Instant;
}

interface Drawn {
  readonly rank: string;
  readonly row: RecordingRow;
  readonly stored: StoredAudio;
}

/** Objects that are read concurrently. */
const READS_MAX = 4;

export class Copies {
  readonly #options: CopiesOptions;
  readonly #problems: NamedRecording[] = [];
  #drawn: Drawn[] = [];
  readonly #counts = { stored: 0, asDescribed: 0, expired: 0, read: 0, bytesRead: 0, archived: 0 };

  constructor(options: CopiesOptions) {
    this.#options = options;
  }

  /** Compares what S3 says of the object with the row, and may draw it to be read. */
  async ask(row: RecordingRow, stored: StoredAudio): Promise<CopyState> {
    this.#counts.stored += 1;
    const asked = await askS3(this.#options.s3, stored);
    const missingSince = stored.storedAt + (this.#options.expireAfterDays ?? Number.POSITIVE_INFINITY) * DAY;
    if (asked.problem === 'missing' && missingSince <= this.#options.now()) {
      this.#counts.expired += 1;
      return { state: 'expired' };
    }
    if (asked.problem !== undefined) this.#note(row, stored, PROBLEMS[asked.problem]);
    else this.#counts.asDescribed += 1;
    if (asked.problem !== 'missing') this.#draw(row, stored);
    if (asked.problem !== undefined && asked.problem !== 'hidden') return { state: 'doubtful' };
    return { state: 'there', lastModified: asked.lastModified };
  }

  /** The order in which the rows come in makes no difference: those with the lowest ranks are drawn. */
  #draw(row: RecordingRow, stored: StoredAudio): void {
    const { seed, sample } = this.#options;
    const rank = createHash('sha256').update(`${seed}:${row.recordingSid}`).digest('hex');
    this.#drawn.push({ rank, row, stored });
    if (this.#drawn.length > 2 * sample) this.#drawn = this.#sampled();
  }

  #sampled(): Drawn[] {
    const byRank = this.#drawn.sort((one, other) => (one.rank < other.rank ? -1 : 1));
    return byRank.slice(0, Math.min(this.#options.sample, byRank.length));
  }

  /** Reads the sample. @param show is told how many are read, of how many */
  async read(show: (done: number, of: number) => void): Promise<CopiesPart> {
    const sampled = this.#sampled();
    let done = 0;
    await pMap(
      sampled,
      async ({ row, stored }) => {
        await this.#readOne(row, stored);
        done += 1;
        show(done, sampled.length);
      },
      { concurrency: READS_MAX },
    );
    const { seed, sample } = this.#options;
    const problems = this.#problems.sort((one, other) => (one.recordingSid < other.recordingSid ? -1 : 1));
    return { ...this.#counts, seed, sample: sample === Number.POSITIVE_INFINITY ? 'all' : sample, problems };
  }

  async #readOne(row: RecordingRow, stored: StoredAudio): Promise<void> {
    const checksum = S3Checksum.like(stored.checksum);
    try {
      const reply = await this.#options.s3.send(new GetObjectCommand(nameOf(stored)));
      if (reply.Body) {
        // The SDK answers a stream of Node.js's here; its type covers browsers as well.
        for await (const chunk of reply.Body as AsyncIterable<Uint8Array>) checksum.add(chunk);
      }
    } catch (error) {
      if (error instanceof S3ServiceException && error.name === 'InvalidObjectState') {
        this.#counts.archived += 1;
        return;
      }
      this.#note(row, stored, `it could not be read to its end: ${nameAndMessage(error)}`);
      return;
    }
    this.#counts.bytesRead += checksum.bytes;
    if (checksum.bytes !== stored.bytes) {
      this.#note(row, stored, `S3 sent ${checksum.bytes} bytes, its row says ${stored.bytes}`);
    } else if (checksum.value() !== stored.checksum) {
      this.#note(row, stored, 'what S3 sent has another SHA-256 than its row says');
    } else this.#counts.read += 1;
  }

  #note({ callSid, recordingSid }: RecordingRow, { bucket, key }: StoredAudio, problem: string): void {
    this.#problems.push({ callSid, recordingSid, problem: `s3://${bucket}/${key}: ${problem}` });
  }
}

const PROBLEMS = {
  missing: 'it is gone',
  hidden: 'the stored version is there, but hidden by a newer version or a delete marker',
  differs: "S3's record of its bytes or its SHA-256 is not what its row says",
  refused: 'S3 refuses to tell (403): without the right s3:ListBucket that may mean that it is gone',
} as const;

interface Asked {
  readonly problem?: keyof typeof PROBLEMS;
  readonly lastModified?: Instant;
}

/** Without a version S3 tells of the newest one, which is what everybody else gets. */
async function askS3(s3: S3Client, stored: StoredAudio): Promise<Asked> {
  const { versionId } = stored;
  const newest = await head(s3, { ...stored, versionId: undefined });
  if (newest.kind === 'refused') return { problem: 'refused' };
  const isNewest = newest.kind === 'there' && (versionId === undefined || newest.versionId === versionId);
  const own = isNewest || versionId === undefined ? newest : await head(s3, stored);
  if (own.kind === 'refused') return { problem: 'refused' };
  if (own.kind === 'missing') return { problem: newest.kind === 'there' ? 'differs' : 'missing' };
  if (own.bytes !== stored.bytes || own.checksum !== stored.checksum) return { problem: 'differs' };
  return { lastModified: own.lastModified, ...(!isNewest && { problem: 'hidden' as const }) };
}

type Head =
  | {
      readonly kind: 'there';
      readonly bytes: number | undefined;
      readonly checksum: string | undefined;
      readonly versionId: string | undefined;
      readonly lastModified: Instant;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused' };

type ObjectName = Pick<StoredAudio, 'bucket' | 'key'> & { readonly versionId?: string | undefined };

const nameOf = ({ bucket, key, versionId }: ObjectName) => ({
  ...{ Bucket: bucket, Key: key },
  ...(versionId !== undefined && { VersionId: versionId }),
});

async function head(s3: S3Client, name: ObjectName): Promise<Head> {
  try {
    const reply = await s3.send(new HeadObjectCommand({ ...nameOf(name), ChecksumMode: 'ENABLED' }));
    const { ContentLength: bytes, ChecksumSHA256: checksum, VersionId: versionId, LastModified } = reply;
    return { kind: 'there', bytes, checksum, versionId, lastModified: LastModified?.getTime() ?? Number.NaN };
  } catch (error) {
    // A reply to HEAD has no body, so that the status alone tells. 405: the version is a delete marker. 400: no such version.
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 404 || status === 405 || status === 400) return { kind: 'missing' };
    if (status === 403) return { kind: 'refused' };
    throw error;
  }
}

const nameAndMessage = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
