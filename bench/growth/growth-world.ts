/** Ports in memory that count their requests, and cost the same for each call however many there are. */
import type { AudioStore } from '../../lambdas/shared/ports/audio-store.ts';
import type { Clock, Randomness } from '../../lambdas/shared/ports/clock.ts';
import type { Log } from '../../lambdas/shared/ports/log.ts';
import type { Queue, RecordingMessage, StartMessage } from '../../lambdas/shared/ports/queues.ts';
import type { DueCandidate, DuePage, Table } from '../../lambdas/shared/ports/table.ts';
import type { Credentials, RecordingsPage, TwilioRecording, TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import { dueShard } from '../../lambdas/shared/rules/table/due-shard.ts';
import type { RecordingRow, Row, RowKey, RowOf } from '../../lambdas/shared/rules/table/rows.ts';
import { HOUR } from '../../lambdas/shared/rules/values/instant.ts';
import { ACCOUNT } from '../calls/fast-twilio.ts';
import { silentLog } from '../calls/start-line.ts';

const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 23, 12);
/** As the adapters page. */
const DUE_PAGE = 100;
const LIST_PAGE = 1000;
const QUEUE_BATCH = 10;
const BYTES = 320_044;
const CHECKSUM = 'checksum';

export interface GrowthWorld {
  readonly dependencies: {
    readonly deletions: 'on';
    readonly table: Table;
    readonly twilio: Pick<TwilioRest, 'deleteRecording' | 'recordingsSince' | 'urlOf'>;
    readonly credentials: Credentials;
    readonly store: Pick<AudioStore, 'head'>;
    readonly startQueue: Queue<StartMessage>;
    readonly copyQueue: Queue<RecordingMessage>;
    readonly deleteQueue: Queue<RecordingMessage>;
    readonly keepAtTwilioMs: number;
    readonly clock: Clock;
    readonly randomness: Randomness;
    readonly log: Log;
  };
  /** Requests to table, queues, bucket and Twilio so far. */
  requests(): number;
  takeDeletions(): readonly RecordingMessage[];
  /** Copies that Twilio was told to delete. */
  deleted(): number;
}

const hex = (index: number): string => index.toString(16).padStart(32, '0');
const keyOf = (key: RowKey): string => {
  if (key.kind === 'reconcile') return 'reconcile';
  return key.kind === 'call' ? key.callSid : `${key.callSid} ${key.recordingSid}`;
};

/** So many calls, each with a stored recording whose copy at Twilio is due to be deleted. */
export function growthWorld(calls: number): GrowthWorld {
  const rows = new Map<string, Row>();
  const listed: TwilioRecording[] = [];
  const due = new Map<string, DueCandidate[]>();
  for (let index = 0; index < calls; index += 1) {
    const row = storedRecording(index);
    rows.set(keyOf(row), row);
    listed.push({ ...row, status: 'completed' });
    const shard = dueShard('delete', row.recordingSid);
    const own = due.get(shard) ?? [];
    due.set(shard, own);
    own.push({ next: 'delete', callSid: row.callSid, recordingSid: row.recordingSid });
  }
  let [requests, ids, deleted] = [0, 0, 0];
  let deletions: RecordingMessage[] = [];
  const table: Table = {
    addsPendingEvents: false,
    async read<Key extends RowKey>(key: Key) {
      requests += 1;
      return rows.get(keyOf(key)) as RowOf<Key> | undefined;
    },
    readCall: () => Promise.reject(new Error('Nothing here looks for a whole call.')),
    async write(row, expected) {
      requests += 1;
      if (rows.get(keyOf(row))?.version !== expected) return 'conflict';
      rows.set(keyOf(row), row);
      return 'written';
    },
    async due(shard, _until, cursor): Promise<DuePage> {
      requests += 1;
      const begin = Number(cursor ?? 0);
      const candidates = (due.get(shard) ?? []).slice(begin, begin + DUE_PAGE);
      const end = begin + candidates.length;
      return end < (due.get(shard)?.length ?? 0) ? { candidates, next: end } : { candidates };
    },
    pendingEvents: async () => ({ keys: [] }),
  };
  const queue = <Message>(take: (messages: readonly Message[]) => void): Queue<Message> => ({
    async send(message) {
      requests += 1;
      take([message]);
    },
    async sendAll(messages) {
      requests += Math.ceil(messages.length / QUEUE_BATCH);
      take(messages);
    },
  });
  const nowhere = <Message>() =>
    queue<Message>(() => {
      throw new Error('Nothing but deletions is due here.');
    });
  return {
    dependencies: {
      deletions: 'on',
      table,
      twilio: {
        async deleteRecording() {
          requests += 1;
          deleted += 1;
          return { kind: 'deleted' };
        },
        async recordingsSince(_from, ...rest): Promise<RecordingsPage> {
          requests += 1;
          const page = rest.find((one) => typeof one === 'string');
          const begin = Number(page ?? 0);
          const recordings = listed.slice(begin, begin + LIST_PAGE);
          const end = begin + recordings.length;
          return { kind: 'page', recordings, unreadable: 0, ...(end < listed.length && { next: String(end) }) };
        },
        urlOf: (_accountSid, recordingSid) => `https://api.twilio.test/${recordingSid}`,
      },
      credentials: {
        current: async () => ({
          accountSid: ACCOUNT.accountSid,
          authTokens: [ACCOUNT.authToken],
          rest: { username: ACCOUNT.apiKeySid, password: ACCOUNT.apiKeySecret },
        }),
        refresh: async () => false,
      },
      store: {
        async head() {
          requests += 1;
          return { bytes: BYTES, checksum: CHECKSUM, lastModified: NOW - 2 * DAY };
        },
      },
      startQueue: nowhere(),
      copyQueue: nowhere(),
      deleteQueue: queue((messages) => {
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
      log: silentLog(),
    },
    requests: () => requests,
    takeDeletions() {
      const taken = deletions;
      deletions = [];
      return taken;
    },
    deleted: () => deleted,
  };
}

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
