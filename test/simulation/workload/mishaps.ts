/**
 * What befalls a history beside its callers and its faulty requests: messages that come once more, objects that others
 * touch in the bucket, and callbacks that contradict earlier ones. Drawn first, then let happen; it judges nothing.
 */

import { storageKey } from '../../../lambdas/shared/rules/recording/storage-key.ts';
import type { RecordingRow, Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { checksumOf } from '../../../sim/aws/bucket.ts';
import type { Draws } from '../faults/draws.ts';
import { MAX_RECEIVES, type Worker } from '../world/deployment.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { Webhook } from '../world/twilio-world.ts';
import type { World } from '../world/world.ts';

/** What somebody with the rights to it does to an object. */
const TOUCHES = [
  'removed',
  'shortened',
  /** Other bytes, as many as before. */
  'changed',
  'without-checksum',
  /** The same object once more: only its date is new. */
  'renewed',
  /** Before the copy: another object of the same size lies under the key. */
  'occupied',
] as const;
export type Touch = (typeof TOUCHES)[number];

const WORKERS = Object.keys(MAX_RECEIVES) as Worker[];

export interface Mishaps {
  /**
   * Messages that come once more than they were sent, as SQS may deliver them and people redrive them: after a recording
   * was stored, and so long before its deletion is due.
   */
  readonly strayBeforeDueMs: readonly number[];
  /** After an object was stored, long before its deletion is due; for so long. */
  readonly touched: { readonly touch: Touch; readonly afterMs: number; readonly lastsMs: number } | undefined;
  /** Twilio says `absent` of a recording, so long after it has said `completed`. */
  readonly contradictedAfterMs: number | undefined;
  /** Comes to a queue with the first call, and is none of its messages. */
  readonly poisoned: Worker | undefined;
}

export const NO_MISHAPS: Mishaps = {
  strayBeforeDueMs: [],
  touched: undefined,
  contradictedAfterMs: undefined,
  poisoned: undefined,
};

/** @param keepMs how long Twilio's copy is kept */
export function drawMishaps(draws: Draws, keepMs: number): Mishaps {
  return {
    strayBeforeDueMs: draws.chance('stray', 0.3)
      ? [draws.pick('stray before due', [keepMs, 12 * HOUR, 30 * SECOND, 3 * SECOND, -HOUR])]
      : [],
    touched: draws.chance('touched', 0.2)
      ? {
          touch: draws.pick('touch', TOUCHES),
          // Never while a deletion is under way: between its HEAD and its DELETE nobody can notice.
          afterMs: draws.pick('touched after', [0, HOUR, 20 * HOUR]),
          lastsMs: draws.pick('touched for', [MINUTE, 6 * HOUR, 30 * HOUR]),
        }
      : undefined,
    contradictedAfterMs: draws.chance('contradicted', 0.1)
      ? draws.pick('contradicted after', [0, 50, HOUR, 30 * HOUR])
      : undefined,
    poisoned: draws.chance('poisoned', 0.05) ? draws.pick('poisoned queue', WORKERS) : undefined,
  };
}

/** By how much the end of a history moves: until the last touch is put right, and what waits for it has had its turn. */
export const lastingMs = ({ touched }: Mishaps, keepMs: number): number =>
  touched ? touched.afterMs + touched.lastsMs + 2 * keepMs : 0;

export interface Befalling {
  readonly onWrite: (row: Row, before: Row | undefined) => void;
  readonly onDelivered: (webhook: Webhook) => void;
}

/** Lets the mishaps happen as recordings come to where they can. */
export function befall(mishaps: Mishaps, world: () => World, scheduler: Scheduler): Befalling {
  const { strayBeforeDueMs, touched, contradictedAfterMs } = mishaps;
  let { poisoned } = mishaps;
  return {
    onWrite(row, before) {
      if (row.kind === 'call' && poisoned) {
        world().queues[poisoned].sendBody('{ "callSid": "none" }');
        poisoned = undefined;
      }
      if (row.kind !== 'recording' || (before?.kind === 'recording' && before.state === row.state)) return;
      if (row.state === 'completed' && touched?.touch === 'occupied') occupy(row, touched.lastsMs, world(), scheduler);
      if (row.state !== 'stored' || !row.stored) return;
      const due = row.stored.storedAt + world().configuration.keepAtTwilioMs;
      for (const lead of strayBeforeDueMs) stray(row, due - lead, world, scheduler);
      if (!touched) return;
      const { touch, afterMs, lastsMs } = touched;
      scheduler.after(afterMs, () => touchObject(row, touch, lastsMs, world(), scheduler));
    },
    onDelivered({ url, parameters }) {
      if (contradictedAfterMs === undefined || parameters.RecordingStatus !== 'completed') return;
      const contradiction = { ...parameters, RecordingStatus: 'absent', ErrorCode: '16101' };
      scheduler.after(contradictedAfterMs, () => {
        const signature = world().twilio.sign(url, contradiction);
        void world().webhook({ url, parameters: contradiction, signature });
      });
    },
  };
}

function stray(row: RecordingRow, at: Instant, world: () => World, scheduler: Scheduler): void {
  const { callSid, recordingSid } = row;
  scheduler.at(at, () => {
    const { queues, table } = world();
    void queues['recording-delete'].send({ callSid, recordingSid });
    void queues['recording-copy'].send({ callSid, recordingSid });
    // Nobody has sent one for a call that had no stream.
    const isStarted = table.rows().some((one) => one.kind === 'call' && one.callSid === callSid && one.startedAt);
    if (isStarted) void queues['recording-start'].send({ callSid, startedAt: row.notedAt });
  });
}

function touchObject(row: RecordingRow, touch: Touch, lastsMs: number, world: World, scheduler: Scheduler): void {
  const { bucket } = world;
  const key = row.stored?.key ?? '';
  const object = bucket.object(key);
  if (!object || touch === 'occupied') return;
  const { contentType, bytes, checksum } = object;
  const place = (changed: Uint8Array) =>
    bucket.place(key, { bytes: changed, contentType, checksum: checksumOf(changed, Number.POSITIVE_INFINITY) });
  const restore = () => bucket.place(key, { bytes, contentType, ...(checksum !== undefined && { checksum }) });
  switch (touch) {
    case 'removed':
      bucket.remove(key);
      break;
    case 'shortened':
      place(bytes.subarray(0, -1));
      break;
    case 'changed':
      place(otherBytes(bytes));
      break;
    case 'without-checksum':
      bucket.place(key, { bytes: otherBytes(bytes), contentType });
      break;
    case 'renewed':
      restore();
      return;
  }
  // As the runbook says: the version that the row names is restored.
  scheduler.after(lastsMs, restore);
}

function occupy(row: RecordingRow, lastsMs: number, world: World, scheduler: Scheduler): void {
  const { bucket, twilio } = world;
  const format = world.keptAs(row.recordingSid);
  const key = storageKey(row.callSid, row.recordingSid, format);
  if (bucket.object(key)) return;
  const bytes = otherBytes(twilio.audioOf(row.recordingSid, format));
  bucket.place(key, { bytes, contentType: 'audio/x-wav', checksum: checksumOf(bytes, Number.POSITIVE_INFINITY) });
  scheduler.after(lastsMs, () => {
    if (bucket.object(key)?.bytes === bytes) bucket.remove(key);
  });
}

const otherBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte));
