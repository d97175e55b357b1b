/** `recordings list`. */
import { dynamoDbByDay } from '../../lambdas/shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { searchByDay } from '../../lambdas/shared/rows/search-by-day.ts';
import { audioOf } from '../../lambdas/shared/rules/call/story.ts';
import { RECORDING_STATES } from '../../lambdas/shared/rules/recording/recording.ts';
import { beganAt } from '../../lambdas/shared/rules/table/by-day.ts';
import type { RecordingRow, RecordingState } from '../../lambdas/shared/rules/table/rows.ts';
import { HOUR, toIso } from '../../lambdas/shared/rules/values/instant.ts';
import { audioAsText, type Links } from '../calls/story.ts';
import { type Command, type CommandContext, EXIT, Problem, textOf, type Values } from '../command/command.ts';
import { columns, counted, progressBar } from '../command/terminal.ts';
import { readCount, readTime, TIME_FORM } from '../command/times.ts';
import { type Clients, withClients } from '../place/clients.ts';
import { linksTo, URL_OPTION, withLink } from './links.ts';
import { scanRecordings } from './scan.ts';

const LIMIT = { default: 100, max: 1_000_000 };
/** A day is four queries, so that for more days than this the table itself is read. */
const DAYS_MAX_MS = 400 * 24 * HOUR;
/** Rows read at a time. */
const AT_ONCE = 20;

export const recordingsList: Command = {
  name: 'recordings list',
  operands: [],
  summary: 'recordings by time and state, newest first',
  help: `With --from it asks the index by day, which costs four queries a day and one read for each recording shown. Without, or
for more than 400 days, it reads the whole table: DynamoDB bills one read unit for 8 KB, which is about ten rows. A million
rows are some 100,000 units, cents. What a run took is shown at its end.
Times are when the recording began, or was noted where Twilio did not say.`,
  options: {
    from: { type: 'string', value: 'TIME', help: `from this time on, such as ${TIME_FORM} (UTC)` },
    to: { type: 'string', value: 'TIME', help: 'before this time' },
    state: { type: 'string', value: 'STATE', help: `one of ${RECORDING_STATES.join(', ')}` },
    limit: { type: 'string', value: 'N', help: `the newest N (default ${LIMIT.default})` },
    url: URL_OPTION,
  },
  changes: false,
  run: (context) => {
    const { place, values, now } = context;
    const wanted = readWanted(values);
    return withClients(place(), async (clients) => {
      const { from, to = now() } = wanted;
      const byDay = from !== undefined && to - from <= DAYS_MAX_MS;
      const found = byDay
        ? await searchIndex(context, clients, { ...wanted, from, to })
        : await readTable(context, clients, wanted);
      const links = await linksTo(place(), clients, values.url === true ? found.rows : [], now);
      return report(found, links);
    });
  },
};

interface Found {
  readonly rows: readonly RecordingRow[];
  /** There are older ones. */
  readonly more: boolean;
  readonly rowsRead: number;
  /** Where DynamoDB tells. */
  readonly readUnits?: number;
}

function report({ rows, more, rowsRead, readUnits = 0 }: Found, links: Links) {
  const cost = `${several(rowsRead, 'row')} read${readUnits > 0 ? `, ${readUnits} read units` : ''}`;
  const summary =
    rows.length === 0
      ? `No recording fits (${cost}).`
      : `${several(rows.length, 'recording')}${more ? ', older ones not shown: see --limit' : ''} (${cost}).`;
  const table = () => columns([HEADING, ...rows.map((row) => asCells(row, links))]);
  return {
    exit: EXIT.ok,
    text: rows.length === 0 ? summary : `${table()}\n\n${summary}`,
    json: { recordings: rows.map((row) => withLink(row, links)), more, rowsRead, readUnits },
  };
}

const several = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const HEADING = ['TIME', 'RECORDING', 'CALL', 'STATE', 'SECONDS', 'AUDIO'];
const asCells = (row: RecordingRow, links: Links): string[] => [
  toIso(beganAt(row)),
  row.recordingSid,
  row.callSid,
  row.extra ? `${row.state}, extra` : row.state,
  row.durationSeconds === undefined ? '' : String(row.durationSeconds),
  links.get(row.recordingSid)?.url ?? audioAsText(audioOf(row)),
];

interface Wanted {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly state: RecordingState | undefined;
  readonly limit: number;
}

function readWanted(values: Values): Wanted {
  const given = textOf(values, 'state');
  const state = RECORDING_STATES.find((one) => one === given);
  if (given !== undefined && state === undefined) {
    throw new Problem(`--state ${given}: there is none such; it is one of ${RECORDING_STATES.join(', ')}.`, EXIT.usage);
  }
  const limit = readCount(values, 'limit', LIMIT.default, LIMIT.max);
  const [from, to] = [readTime(values, 'from'), readTime(values, 'to')];
  if (from !== undefined && to !== undefined && from >= to)
    throw new Problem('--from must be before --to.', EXIT.usage);
  return { from, to, state, limit };
}

async function searchIndex(
  { place, terminal }: CommandContext,
  { dynamodb }: Clients,
  { from, to, state, limit }: Wanted & { readonly from: number; readonly to: number },
): Promise<Found> {
  const name = place().table;
  const progress = progressBar(terminal.err, 'Asking the index', undefined, counted('recordings'));
  const table = dynamoDbTable(dynamodb, name);
  try {
    const asked = { from, before: toIso(to), state, limit };
    const { found, next } = await searchByDay(dynamoDbByDay(dynamodb, name), asked, (count) => {
      progress.at(count);
      return true;
    });
    const rows: RecordingRow[] = [];
    for (let start = 0; start < found.length; start += AT_ONCE) {
      const keys = found.slice(start, start + AT_ONCE);
      const read = await Promise.all(
        keys.map(({ callSid, recordingSid }) => table.read({ kind: 'recording', callSid, recordingSid })),
      );
      // The index may be behind: the rows themselves decide.
      const known = read.filter((row) => row !== undefined);
      rows.push(...known.filter((row) => state === undefined || row.state === state));
    }
    return { rows, more: next !== undefined, rowsRead: found.length };
  } finally {
    progress.end();
  }
}

async function readTable(
  { place, terminal }: CommandContext,
  { dynamodb }: Clients,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, state, limit }: Wanted,
): Promise<Found> {
  const found = new Newest(limit);
  let [rowsRead, readUnits] = [0, 0];
  const progress = progressBar(terminal.err, 'Reading the table', undefined, counted('rows'));
  try {
    for await (const page of scanRecordings(dynamodb, place().table)) {
      for (const row of page.rows) {
        const began = beganAt(row);
        if (began >= from && began < to && (state === undefined || row.state === state)) found.add(row);
      }
      rowsRead += page.read;
      readUnits += page.units;
      progress.at(rowsRead);
    }
  } finally {
    progress.end();
  }
  const rows = found.newest();
  return { rows, more: found.count > rows.length, rowsRead, readUnits };
}

/** Keeps the newest, in memory for twice as many. */
class Newest {
  count = 0;
  #rows: RecordingRow[] = [];
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }
  add(row: RecordingRow): void {
    this.count += 1;
    this.#rows.push(row);
    if (this.#rows.length >= 2 * this.#limit) this.#rows = this.newest();
  }
  newest(): RecordingRow[] {
    return this.#rows.sort((one, other) => beganAt(other) - beganAt(one)).slice(0, this.#limit);
  }
}
