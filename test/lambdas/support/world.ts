/** All ports in memory, and the steps' dependencies made of them. */
import { twilioSignatures } from '../../../lambdas/shared/adapters/twilio/twilio-signatures.ts';
import type { AudioFormat, StartBy, WithoutStream } from '../../../lambdas/shared/contract/settings.ts';
import type {
  EraseMessage,
  PieceMessage,
  RecordingMessage,
  StartMessage,
} from '../../../lambdas/shared/ports/queues.ts';
import type { StreamConnections } from '../../../lambdas/shared/ports/stream-connections.ts';
import type { Credentials, TwilioCredentials } from '../../../lambdas/shared/ports/twilio.ts';
import type { CallRow, RecordingRow, Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { BucketModel } from '../../../sim/aws/bucket.ts';
import { QueueModel } from '../../../sim/aws/queue.ts';
import { TableModel } from '../../../sim/aws/table.ts';
import { KeptBus } from './bus.ts';
import {
  BUCKET,
  CALL,
  CREDENTIALS,
  DISCLAIMER_FILE,
  PARTY_KEY,
  PUBLIC_URL,
  RECORDING,
  STREAM_URL,
} from './fixtures.ts';
import { KeptLog } from './log.ts';
import { ScriptedTwilio } from './scripted-twilio.ts';
import { countingRandomness, VirtualClock } from './time.ts';

export const KEEP_AT_TWILIO_MS = 24 * HOUR;

/** The secret, and what an environment remembers of it; read again once a minute at most, at once once a second. */
export class RememberedCredentials implements Credentials {
  /** What lies in the secret now. */
  secret: TwilioCredentials = CREDENTIALS;
  refreshes = 0;
  #known: TwilioCredentials = CREDENTIALS;
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async current(): Promise<TwilioCredentials> {
    return this.#known;
  }

  async refresh(how?: 'at-once'): Promise<boolean> {
    const since = this.#clock.now() - this.#readAt;
    if (how === 'at-once' && since < SECOND) await this.#clock.sleep(SECOND - since);
    else if (how !== 'at-once' && since < MINUTE) return false;
    this.#readAt = this.#clock.now();
    this.#known = this.secret;
    this.refreshes += 1;
    return true;
  }
}

/** The server's side of the WebSocket connections. */
export class KeptConnections implements StreamConnections {
  readonly sent: string[] = [];
  readonly closed: string[] = [];
  /** How many messages are sent before the caller has hung up. */
  goneAfter = Number.POSITIVE_INFINITY;

  async send(_connectionId: string, message: string): Promise<'sent' | 'gone'> {
    if (this.sent.length >= this.goneAfter) return 'gone';
    this.sent.push(message);
    return 'sent';
  }
  async close(connectionId: string): Promise<void> {
    this.closed.push(connectionId);
  }
}

/** Visibility timeouts and receives as the stack has them. */
const START_QUEUE = { visibilitySeconds: 180, maxReceiveCount: 50 };
const COPY_QUEUE = { visibilitySeconds: 5400, maxReceiveCount: 10 };
const DELETE_QUEUE = { visibilitySeconds: 720, maxReceiveCount: 10 };
const ERASE_QUEUE = { visibilitySeconds: 1800, maxReceiveCount: 10 };
const PIECE_QUEUE = { visibilitySeconds: 5400, maxReceiveCount: 50 };

export function makeWorld() {
  const clock = new VirtualClock();
  const randomness = countingRandomness();
  const time = { clock, randomness };
  const table = new TableModel({ clock, pageSize: 3 });
  const find = async (key: Parameters<TableModel['read']>[0]): Promise<Row> => {
    const row = await table.read(key);
    if (!row) throw new Error(`The table has no row ${JSON.stringify(key)}.`);
    return row;
  };
  return {
    clock,
    randomness,
    log: new KeptLog(),
    table,
    parties: { remove: table.remove.bind(table) },
    store: new BucketModel({ ...time, bucket: BUCKET }),
    startQueue: new QueueModel<StartMessage>({ ...time, ...START_QUEUE }),
    copyQueue: new QueueModel<RecordingMessage>({ ...time, ...COPY_QUEUE }),
    deleteQueue: new QueueModel<RecordingMessage>({ ...time, ...DELETE_QUEUE }),
    eraseQueue: new QueueModel<EraseMessage>({ ...time, ...ERASE_QUEUE }),
    pieceQueue: new QueueModel<PieceMessage>({ ...time, ...PIECE_QUEUE }),
    twilio: new ScriptedTwilio(clock),
    credentials: new RememberedCredentials(clock),
    partyKey: { current: async () => PARTY_KEY },
    connections: new KeptConnections(),
    bus: new KeptBus(),
    stage: 'test',
    signatures: twilioSignatures,
    publicUrl: PUBLIC_URL,
    streamUrl: STREAM_URL,
    voiceUrl: `${PUBLIC_URL}/voice`,
    startBy: 'stream' as StartBy,
    disclaimerFile: DISCLAIMER_FILE,
    disclaimerFiles: {} as { readonly [name: string]: string },
    budgetMs: 10 * MINUTE,
    audioFormat: 'wav' as AudioFormat,
    keepAtTwilioMs: KEEP_AT_TWILIO_MS,
    deletions: 'on' as const,
    withoutStream: 'leave' as WithoutStream,
    /** Writes rows as they are. */
    async given(...rows: readonly Row[]): Promise<void> {
      for (const row of rows) await table.write(row, undefined);
    },
    call: async (callSid = CALL) => (await find({ kind: 'call', callSid })) as CallRow,
    recording: async (recordingSid = RECORDING, callSid = CALL) =>
      (await find({ kind: 'recording', callSid, recordingSid })) as RecordingRow,
  };
}
/** It is itself the dependencies of every step. */
export type World = ReturnType<typeof makeWorld>;
