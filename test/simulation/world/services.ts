/** The services of AWS that outlive the functions, as the stack sets them up. */
import type {
  EraseMessage,
  PieceMessage,
  RecordingMessage,
  StartMessage,
} from '../../../lambdas/shared/ports/queues.ts';
import { BucketModel } from '../../../sim/aws/bucket.ts';
import { QueueModel } from '../../../sim/aws/queue.ts';
import { TableModel } from '../../../sim/aws/table.ts';
import type { Draws } from '../faults/draws.ts';
import { type Configuration, MAX_RECEIVES, VISIBILITY_SECONDS, type Worker } from './deployment.ts';
import type { Scheduler } from './scheduler.ts';
import type { Services } from './world-ports.ts';

/** Audio has a 500th of its real size here, and so have the parts in which it is stored. */
const PART_BYTES = 16 * 1024;

export interface ServicesOptions {
  readonly scheduler: Scheduler;
  readonly draws: Draws;
  readonly configuration: Configuration;
  readonly indexDelayMs: number;
}

export function servicesOf({
  scheduler,
  draws,
  configuration,
  indexDelayMs,
}: ServicesOptions): Pick<Services, 'table' | 'bucket' | 'queues'> {
  const clock = { now: () => scheduler.now };
  const randomness = { id: () => draws.whole('aws id', 0, 2 ** 32).toString(36) };
  const table = new TableModel({ clock, pageSize: 10, addsPendingEvents: configuration.events === 'on' });
  table.indexDelayMs = indexDelayMs;
  const queue = <Message>(worker: Worker) =>
    new QueueModel<Message>({
      ...{ clock, randomness },
      visibilitySeconds: VISIBILITY_SECONDS[worker],
      maxReceiveCount: MAX_RECEIVES[worker],
    });
  return {
    table,
    bucket: new BucketModel({ clock, randomness, partBytes: PART_BYTES }),
    queues: {
      'recording-start': queue<StartMessage>('recording-start'),
      'recording-copy': queue<RecordingMessage>('recording-copy'),
      'recording-delete': queue<RecordingMessage>('recording-delete'),
      erase: queue<EraseMessage>('erase'),
      reconcile: queue<PieceMessage>('reconcile'),
    },
  };
}
