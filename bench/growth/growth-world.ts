/** Ports in memory that count their requests, and cost the same for each call however many there are. */
import type {
  EraseMessage,
  PieceMessage,
  Queue,
  RecordingMessage,
  StartMessage,
} from '../../lambdas/shared/ports/queues.ts';
import type { DueCandidate, Table } from '../../lambdas/shared/ports/table.ts';
import type { TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import { dueShard } from '../../lambdas/shared/rules/table/due-shard.ts';
import type { CallRow, RecordingRow, Row, RowKey, RowOf } from '../../lambdas/shared/rules/table/rows.ts';
import { HOUR } from '../../lambdas/shared/rules/values/instant.ts';
import { CREDENTIALS, SILENT_LOG } from '../loopback/ports.ts';

const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 23, 12);
/** As the adapters page. */
const DUE_PAGE = 100;
const LIST_PAGE = 1000;
const QUEUE_BATCH = 10;
const VOICE_URL = 'https://recorder.test/voice';
const CALLED = '+15005550006';
const BYTES = 320_044;
const CHECKSUM = 'checksum';

export type GrowthWorld = ReturnType<typeof growthWorld>;

/** So many calls, each with a stored recording whose copy at Twilio is due to be deleted. */
export function growthWorld(calls: number) {
  const recordings = Array.from({ length: calls }, (_, index) => storedRecording(index));
  const count: Count = { requests: 0, deleted: 0 };
  let ids = 0;
  let deletions: RecordingMessage[] = [];
  const nowhere = <Message>() =>
    countedQueue<Message>(count, () => {
      throw new Error('Nothing but deletions is due here.');
    });
  return {
    dependencies: {
      deletions: 'on' as const,
      table: countedTable(count, recordings),
      twilio: countedTwilio(count, recordings),
      credentials: CREDENTIALS,
      partyKey: { current: async () => 'the key of parties' },
      voiceUrl: VOICE_URL,
      budgetMs: HOUR,
      store: {
        async head() {
          count.requests += 1;
          return { bytes: BYTES, checksum: CHECKSUM, lastModified: NOW - 2 * DAY };
        },
      },
      startQueue: nowhere<StartMessage>(),
      copyQueue: nowhere<RecordingMessage>(),
      pieceQueue: nowhere<PieceMessage>(),
      eraseQueue: nowhere<EraseMessage>(),
      deleteQueue: countedQueue<RecordingMessage>(count, (messages) => {
        deletions.push(...messages);
      }),
      keepAtTwilioMs: DAY,
      clock: { now: () => NOW, sleep: async () => undefined },
      randomness: {
        id() {
          ids += 1;
          return String(ids);
        },
        fraction: () => 0.5,
      },
      log: SILENT_LOG,
    },
    /** Requests to table, queues, bucket and Twilio so far. */
    requests: () => count.requests,
    takeDeletions(): readonly RecordingMessage[] {
      const taken = deletions;
      deletions = [];
      return taken;
    },
    /** Copies that Twilio was told to delete. */
    deleted: () => count.deleted,
  };
}

interface Count {
  requests: number;
  deleted: number;
}

const keyOf = (key: RowKey): string => {
  if (key.kind === 'reconcile' || key.kind === 'watch' || key.kind === 'party') return key.kind;
  return key.kind === 'recording' ? `${key.callSid} ${key.recordingSid}` : `${key.callSid} ${key.kind}`;
};

function countedTable(count: Count, recordings: readonly RecordingRow[]): Table {
  const rows = new Map<string, Row>([...recordings, ...recordings.map(callOf)].map((row) => [keyOf(row), row]));
  const due = new Map<string, DueCandidate[]>();
  for (const { callSid, recordingSid } of recordings) {
    const shard = dueShard('delete', recordingSid);
    const own = due.get(shard) ?? [];
    due.set(shard, own);
    own.push({ next: 'delete', callSid, recordingSid });
  }
  return {
    addsPendingEvents: false,
    async read<Key extends RowKey>(key: Key) {
      count.requests += 1;
      return rows.get(keyOf(key)) as RowOf<Key> | undefined;
    },
    readCall: () => Promise.reject(new Error('Nothing here looks for a whole call.')),
    async write(row, expected) {
      count.requests += 1;
      if (rows.get(keyOf(row))?.version !== expected) return 'conflict';
      rows.set(keyOf(row), row);
      return 'written';
    },
    async due(shard, _until, cursor) {
      count.requests += 1;
      const { page, next } = pageOf(due.get(shard) ?? [], Number(cursor ?? 0), DUE_PAGE);
      return { candidates: page, ...(next !== undefined && { next }) };
    },
    pendingEvents: async () => ({ keys: [] }),
  };
}

type CountedTwilio = Pick<
  TwilioRest,
  'deleteRecording' | 'recording' | 'recordingsSince' | 'callsSince' | 'call' | 'numbers' | 'urlOf'
>;

function countedTwilio(count: Count, recordings: readonly RecordingRow[]): CountedTwilio {
  const listed = recordings.map((row) => ({ ...row, status: 'completed' }) as const);
  return {
    async deleteRecording() {
      count.requests += 1;
      count.deleted += 1;
      return { kind: 'deleted' };
    },
    async recording() {
      throw new Error('Every deletion here succeeds at once.');
    },
    async call() {
      throw new Error('Every entry of the list can be read.');
    },
    async numbers() {
      count.requests += 1;
      return { kind: 'page', numbers: [{ phoneNumber: CALLED, voiceUrl: VOICE_URL }], unreadable: 0 };
    },
    async callsSince(_from, page) {
      count.requests += 1;
      const found = pageOf(recordings, Number(page ?? 0), LIST_PAGE);
      const calls = found.page.map(({ callSid }) => {
        return { callSid, status: 'completed', progress: 'over', isChild: false, to: CALLED } as const;
      });
      return { kind: 'page', calls, unreadable: 0, ...(found.next !== undefined && { next: String(found.next) }) };
    },
    async recordingsSince(_from, ...rest) {
      count.requests += 1;
      const begin = Number(rest.find((one) => typeof one === 'string') ?? 0);
      const { page, next } = pageOf(listed, begin, LIST_PAGE);
      return { kind: 'page', recordings: page, unreadable: 0, ...(next !== undefined && { next: String(next) }) };
    },
    urlOf: (_accountSid, recordingSid) => `https://api.twilio.test/${recordingSid}`,
  };
}

function countedQueue<Message>(count: Count, take: (messages: readonly Message[]) => void): Queue<Message> {
  return {
    async send(message) {
      count.requests += 1;
      take([message]);
    },
    async sendAll(messages) {
      count.requests += Math.ceil(messages.length / QUEUE_BATCH);
      take(messages);
    },
  };
}

/** `next` is where the following page begins; absent on the last. */
function pageOf<Item>(items: readonly Item[], begin: number, size: number): { page: readonly Item[]; next?: number } {
  const page = items.slice(begin, begin + size);
  const end = begin + page.length;
  return end < items.length ? { page, next: end } : { page };
}

const callOf = ({ callSid, recordingSid, notedAt }: RecordingRow): CallRow => ({
  ...{ kind: 'call', callSid, recordingSid, state: 'recording', startedAt: notedAt, attempts: 1 },
  ...{ version: 1, writer: 'bench' },
});

const hex = (index: number): string => index.toString(16).padStart(32, '0');

function storedRecording(index: number): RecordingRow {
  const recordingSid = `RE${hex(index)}`;
  const callSid = `CA${hex(index)}`;
  const storedAt = NOW - 2 * DAY;
  return {
    kind: 'recording',
    callSid,
    recordingSid,
    state: 'stored',
    twilioUrl: `https://api.twilio.test/${recordingSid}`,
    madeBy: 'recorder',
    proof: 'reply',
    attempts: 0,
    notedAt: storedAt,
    completedAt: storedAt,
    stored: {
      bucket: 'recordings',
      key: recordingSid,
      bytes: BYTES,
      checksum: CHECKSUM,
      contentType: 'audio/x-wav',
      storedAt,
    },
    waiting: { next: 'delete', due: NOW - DAY },
    version: 1,
    writer: 'bench',
  };
}
