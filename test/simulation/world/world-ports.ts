/** The ports of one environment: every request travels, may fail, and takes effect at a model. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import type { AudioStore, PutReply } from '../../../lambdas/shared/ports/audio-store.ts';
import type { EraseStore } from '../../../lambdas/shared/ports/erase-store.ts';
import type { EventBus, OutgoingEvent } from '../../../lambdas/shared/ports/event-bus.ts';
import type { PartyRemoval } from '../../../lambdas/shared/ports/party.ts';
import type {
  EraseMessage,
  PieceMessage,
  Queue,
  RecordingMessage,
  StartMessage,
  Visibility,
} from '../../../lambdas/shared/ports/queues.ts';
import type { StreamConnections } from '../../../lambdas/shared/ports/stream-connections.ts';
import type { Table } from '../../../lambdas/shared/ports/table.ts';
import type { Row } from '../../../lambdas/shared/rules/table/rows.ts';
import type { BucketModel } from '../../../sim/aws/bucket.ts';
import type { QueueModel } from '../../../sim/aws/queue.ts';
import type { TableModel } from '../../../sim/aws/table.ts';
import { type S3Requests, sha256, storingThrough } from '../../../sim/aws/uploads.ts';
import type { Worker } from './deployment.ts';
import type { Environment, Hooks } from './environments.ts';
import type { Webhook } from './twilio-world.ts';

/** What watches a history: the judge. */
export interface Watch extends Hooks {
  readonly onWrite: (row: Row, before: Row | undefined) => void;
  readonly onStored: (key: string) => void;
  /** An event that the bus has accepted. */
  readonly onEvent: (event: OutgoingEvent) => void;
  /** What a webhook or a handshake was answered. */
  readonly onAnswer: (answer: Answer) => void;
}

export interface Answer {
  readonly step: Step;
  readonly status: number;
  readonly forged: boolean;
  /** Of a webhook. */
  readonly parameters?: Webhook['parameters'];
}

/** A WebSocket connection. `onMessage` gets what the recorder sends, `onClose` is told when it closes. */
export interface Connection {
  readonly onMessage: (message: string) => void;
  readonly onClose: () => void;
}

/** The services of AWS, as all environments share them. */
export interface Services {
  readonly table: TableModel;
  readonly bucket: BucketModel;
  readonly queues: {
    readonly 'recording-start': QueueModel<StartMessage>;
    readonly 'recording-copy': QueueModel<RecordingMessage>;
    readonly 'recording-delete': QueueModel<RecordingMessage>;
    readonly erase: QueueModel<EraseMessage>;
    readonly reconcile: QueueModel<PieceMessage>;
  };
  readonly connections: Map<string, Connection>;
  readonly watch: Watch;
  readonly noteWrite: (row: Row) => void;
}

/** What the queue of a worker holds. */
type MessageOf<W extends Worker> = Services['queues'][W] extends QueueModel<infer Message> ? Message : never;

export class Ports {
  readonly #environment: Environment;
  readonly #services: Services;

  constructor(environment: Environment, services: Services) {
    this.#environment = environment;
    this.#services = services;
  }

  table(): Table {
    const { table } = this.#services;
    const environment = this.#environment;
    return {
      addsPendingEvents: table.addsPendingEvents,
      pendingEvents: (shard, cursor) =>
        environment.request('dynamodb.pendingEvents', () => table.pendingEvents(shard, cursor)),
      read: (key) => environment.request('dynamodb.read', () => table.read(key)),
      readCall: (callSid) => environment.request('dynamodb.read-call', () => table.readCall(callSid)),
      due: (shard, until, cursor) => environment.request('dynamodb.due', () => table.due(shard, until, cursor)),
      write: (row, expected) => {
        const write = async () => {
          const written = await table.write(row, expected);
          if (written === 'written') this.#services.noteWrite(row);
          return written;
        };
        return environment.request('dynamodb.write', write, repeatedBy(write));
      },
    };
  }

  queue<W extends Worker>(worker: W): Queue<MessageOf<W>> {
    const environment = this.#environment;
    type Message = MessageOf<W>;
    const queue = this.#services.queues[worker] as unknown as Queue<Message>;
    return {
      send: (message, delay) => {
        const send = () => queue.send(message, delay);
        return environment.request(`sqs.${worker}-send`, send, {
          replies: { duplicate: { effect: true, reply: () => void send() } },
        });
      },
      sendAll: (messages) => {
        const send = () => queue.sendAll(messages);
        return environment.request(`sqs.${worker}-send-all`, send, {
          replies: { duplicate: { effect: true, reply: () => void send() } },
        });
      },
    };
  }

  bus(): EventBus {
    const environment = this.#environment;
    const { onEvent } = this.#services.watch;
    const accept = (events: readonly OutgoingEvent[], refused: (index: number) => boolean) =>
      events.map((event, index) => {
        if (refused(index)) return 'ThrottlingException';
        onEvent(event);
        return undefined;
      });
    return {
      put: (events) =>
        environment.request('eventbridge.put', () => accept(events, () => false), {
          replies: {
            ...repeatedBy(() => accept(events, () => false)).replies,
            'some-refused': { effect: false, reply: () => accept(events, (index) => index % 2 === 0) },
            'all-refused': { effect: false, reply: () => accept(events, () => true) },
          },
        }),
    };
  }

  store(): AudioStore {
    const environment = this.#environment;
    const { bucket } = this.#services;
    const { onStored } = this.#services.watch;
    const told = async (key: string, storing: Promise<PutReply>) => {
      const reply = await storing;
      onStored(key);
      return reply;
    };
    // What a store would say that has lost the object: the same, for the checksum is computed on this side.
    const said = (bytes: Uint8Array) => ({ bytes: bytes.length, checksum: sha256(bytes).toString('base64') });
    const requests: S3Requests = {
      putObject: (key, bytes, about) => {
        const store = () => told(key, bucket.putObject(key, bytes, about));
        const replies = {
          ...repeatedBy(store).replies,
          lie: { effect: false, reply: () => ({ kind: 'stored', ...said(bytes) }) as const },
        };
        return environment.request('s3.put', store, { replies });
      },
      createUpload: (key, about) => environment.request('s3.create-upload', () => bucket.createUpload(key, about)),
      uploadPart(uploadId, number, bytes) {
        const send = () => bucket.uploadPart(uploadId, number, bytes);
        return environment.request('s3.upload-part', send, repeatedBy(send));
      },
      completeUpload(uploadId, parts) {
        const complete = () => told(bucket.keyOf(uploadId), bucket.completeUpload(uploadId, parts));
        return environment.request('s3.complete-upload', complete, repeatedBy(complete));
      },
      abortUpload: (uploadId) => environment.request('s3.abort-upload', () => bucket.abortUpload(uploadId)),
    };
    return {
      ...storingThrough(requests, bucket.partBytes),
      bucket: bucket.bucket,
      head: (key) => environment.request('s3.head', () => bucket.head(key)),
    };
  }

  partyRemoval(): PartyRemoval {
    const environment = this.#environment;
    const { table } = this.#services;
    return { remove: (of) => environment.request('dynamodb.delete', () => table.remove(of)) };
  }

  eraseStore(): EraseStore {
    const environment = this.#environment;
    const { bucket } = this.#services;
    return {
      erase: (prefix) => environment.request('s3.erase', () => bucket.erase(prefix)),
      putReceipt: (key, receipt) => environment.request('s3.put-receipt', () => bucket.putReceipt(key, receipt)),
    };
  }

  connections(): StreamConnections {
    const environment = this.#environment;
    const { connections } = this.#services;
    return {
      send: (connectionId, message) =>
        environment.request('connections.send', () => {
          const connection = connections.get(connectionId);
          if (!connection) return 'gone';
          connection.onMessage(message);
          return 'sent';
        }),
      close: (connectionId) =>
        environment.request('connections.close', () => {
          const connection = connections.get(connectionId);
          connections.delete(connectionId);
          connection?.onClose();
        }),
    };
  }

  visibility(worker: Worker): Visibility {
    return {
      change: (handle, seconds) => {
        const change = () => this.#services.queues[worker].change(handle, seconds);
        return this.#environment.request('sqs.change-visibility', change, repeatedBy(change));
      },
    };
  }
}

/** As the SDK repeats a request whose reply was lost. */
const repeatedBy = <Reply>(effect: () => Reply | Promise<Reply>) => ({
  replies: { repeated: { effect: true, reply: () => effect() } },
});
