import type { Readable } from 'node:stream';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { AUDIO_FORMATS } from '../../../lambdas/shared/contract/settings.ts';
import type { BusEvent } from '../../emulators/events-server.ts';
import type { System } from '../../system/system.ts';
import type { KnownRecording } from '../../twilio/server/server.ts';
import { statusesAtTwilio } from '../../watch/call-check.ts';
import { sha256Of } from '../../watch/call-observer.ts';
import { readTable, type TableRow } from '../../watch/table-rows.ts';
import type { RequestLog } from '../faults/request-log.ts';
import type { Trouble, TroubleLog } from '../faults/troubles.ts';
import type { RunObserver } from './run-observer.ts';

/** All that is known of one recording, from outside. Times are milliseconds since 1970. */
export interface RecordingFacts extends Pick<KnownRecording, 'sid' | 'callSid' | 'status' | 'actor'> {
  readonly row: TableRow | undefined;
  /** SHA-256 of the audio when the recording was complete, hexadecimal. */
  readonly sha256AtTwilio: string | undefined;
  /** SHA-256 of the object in S3; undefined where there is none. */
  readonly sha256InS3: string | undefined;
  /** What Twilio answers now for the recording and for its audio. */
  readonly statuses: readonly number[];
  readonly startedAt: number;
  readonly storedAt: number | undefined;
  readonly deletedAt: number | undefined;
}

export interface CallFacts {
  readonly callSid: string;
  readonly row: TableRow | undefined;
  readonly twimlFetched: boolean;
  /** When it began to ring. */
  readonly startedAt: number;
  readonly answeredAt: number | undefined;
  readonly streamStartedAt: number | undefined;
  /** When the caller had heard the disclaimer to its end. */
  readonly heardAt: number | undefined;
  readonly streamClosedAt: number | undefined;
  /** Milliseconds from answer to end. */
  readonly length: number | undefined;
  /** Milliseconds from answer until Twilio's REST API knew the call. */
  readonly registrationDelay: number;
  readonly recordings: readonly RecordingFacts[];
  /** Recordings beyond the first that could not have been avoided. */
  readonly explainedExtras: number;
}

export interface Facts {
  readonly calls: readonly CallFacts[];
  readonly recordings: readonly RecordingFacts[];
  readonly rows: readonly TableRow[];
  /** What went wrong on purpose. */
  readonly troubles: readonly Trouble[];
  readonly objectKeys: readonly string[];
  /** What the event bus has accepted; undefined where it is not ours to look into. */
  readonly events?: readonly BusEvent[];
  /** Messages by dead-letter queue. */
  readonly deadLetters: ReadonlyMap<string, number>;
}

/** Reads table, bucket, queues and Twilio, all of them directly. */
export async function collectFacts(
  system: System,
  placed: readonly { readonly callSid: string; readonly registrationDelay: number }[],
  seenBy: {
    readonly runObserver: RunObserver;
    readonly requestLog: RequestLog;
    readonly troubleLog: TroubleLog;
    readonly announced: readonly BusEvent[];
  },
): Promise<Facts> {
  const { runObserver, requestLog, troubleLog, announced } = seenBy;
  const rows = await readTable(system);
  const objectKeys = await listObjects(system);
  const recordings: RecordingFacts[] = [];
  for (const { sid, callSid, status, actor, startedAt } of system.twilio?.recordings() ?? []) {
    const seen = runObserver.recording(sid);
    const key = objectKeys.find((candidate) => AUDIO_FORMATS.some((format) => candidate.endsWith(`/${sid}.${format}`)));
    recordings.push({
      ...{ sid, callSid, status, actor },
      row: rows.find(({ recordingSid }) => recordingSid === sid),
      sha256AtTwilio: await runObserver.callObserver.call(callSid).audio.get(sid),
      sha256InS3: key === undefined ? undefined : await sha256OfObject(system, key),
      statuses: await statusesAtTwilio(system, sid),
      startedAt: seen?.startedAt ?? startedAt,
      storedAt: requestLog.storedAt(sid),
      deletedAt: seen?.deletedAt,
    });
  }
  const calls = placed.map(({ callSid, registrationDelay }): CallFacts => {
    const { twimlFetched, startSentAt } = runObserver.callObserver.call(callSid);
    return {
      callSid,
      row: rows.find((row) => row.kind === 'call' && row.callSid === callSid),
      twimlFetched,
      streamStartedAt: startSentAt,
      ...runObserver.timesOf(callSid),
      registrationDelay,
      recordings: recordings.filter((recording) => recording.callSid === callSid),
      explainedExtras: requestLog.explainedExtras(callSid),
    };
  });
  const deadLetters = await countDeadLetters(system);
  const troubles = troubleLog.troubles();
  return {
    calls,
    recordings,
    rows,
    troubles,
    objectKeys,
    deadLetters,
    ...(system.aws.countsRequests && { events: announced }),
  };
}

async function listObjects({ clients, deployment }: System): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: clients.s3 },
    { Bucket: deployment.bucketName },
  )) {
    keys.push(...Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
  }
  return keys;
}

async function sha256OfObject({ clients, deployment }: System, key: string): Promise<string> {
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: deployment.bucketName, Key: key }));
  // The SDK answers a stream of Node.js's here; its type covers browsers as well.
  return sha256Of(Body as Readable);
}

async function countDeadLetters({ clients, deployment }: System): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { name, url } of deployment.queues.values()) {
    if (!name.endsWith('-dead-letters')) continue;
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    counts.set(name, Number(Attributes?.ApproximateNumberOfMessages ?? 0));
  }
  return counts;
}
