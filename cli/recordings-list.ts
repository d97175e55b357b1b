/** `recordings list`. */
import { toIso } from '../lambdas/shared/rules/instant.ts';
import type { RecordingRow, RecordingState } from '../lambdas/shared/rules/rows.ts';
import { withClients } from './clients.ts';
import { type Command, EXIT, Problem, textOf, type Values } from './command.ts';
import { scanRecordings } from './scan.ts';
import { audioAsText, audioOf, recordingAsJson } from './story.ts';
import { columns, counted, progressBar } from './terminal.ts';
import { readCount, readTime } from './times.ts';

const STATES: { readonly [state in RecordingState]: true } = {
  'in-progress': true,
  absent: true,
  failed: true,
  completed: true,
  fallback: true,
  stored: true,
  deleting: true,
  deleted: true,
};
const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000_000;

export const recordingsList: Command = {
  name: 'recordings list',
  operands: [],
  summary: 'recordings by time and state, newest first',
  help: `Reads the whole table, since it has no index by time: DynamoDB bills one read unit for 8 KB, which is about
ten rows. A million rows are some 100,000 units, cents; the units of each run are shown at its end.
Times are when the recording began, or was noted where Twilio did not say.`,
  options: {
    from: {
      type: 'string',
      value: 'TIME',
      help: 'from this time on, such as 2026-01-31 or 2026-01-31T08:00:00Z (UTC)',
    },
    to: { type: 'string', value: 'TIME', help: 'before this time' },
    state: { type: 'string', value: 'STATE', help: `one of ${Object.keys(STATES).join(', ')}` },
    limit: { type: 'string', value: 'N', help: `the newest N (default ${LIMIT_DEFAULT})` },
  },
  changes: false,
  async run({ place, values, terminal }) {
    const wanted = readWanted(values);
    const found = new Newest(wanted.limit);
    let [read, units] = [0, 0];
    await withClients(place(), async ({ dynamodb }) => {
      const progress = progressBar(terminal.err, 'Reading the table', undefined, counted('rows'));
      for await (const page of scanRecordings(dynamodb, place().table)) {
        for (const row of page.rows) if (fits(row, wanted)) found.add(row);
        read += page.read;
        units += page.units;
        progress.at(read);
      }
      progress.end();
    });
    const rows = found.newest();
    const left = found.count - rows.length;
    const cost = `${read} rows read${units > 0 ? `, ${units} read units` : ''}`;
    const summary =
      rows.length === 0
        ? `No recording fits (${cost}).`
        : `${rows.length} recordings${left > 0 ? `, ${left} older ones not shown: see --limit` : ''} (${cost}).`;
    return {
      exit: EXIT.ok,
      text: rows.length === 0 ? summary : `${columns([HEADING, ...rows.map(asCells)])}\n\n${summary}`,
      json: { recordings: rows.map(recordingAsJson), notShown: left, rowsRead: read, readUnits: units },
    };
  },
};

const HEADING = ['TIME', 'RECORDING', 'CALL', 'STATE', 'SECONDS', 'AUDIO'];
const asCells = (row: RecordingRow): string[] => [
  toIso(timeOf(row)),
  row.recordingSid,
  row.callSid,
  row.extra ? `${row.state}, extra` : row.state,
  row.durationSeconds === undefined ? '' : String(row.durationSeconds),
  audioAsText(audioOf(row)),
];

const timeOf = (row: RecordingRow): number => row.startTime ?? row.notedAt;

interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly state: string | undefined;
  readonly limit: number;
}

function readWanted(values: Values): Wanted {
  const state = textOf(values, 'state');
  if (state !== undefined && !Object.hasOwn(STATES, state)) {
    throw new Problem(
      `--state ${state}: there is none such; it is one of ${Object.keys(STATES).join(', ')}.`,
      EXIT.usage,
    );
  }
  const from = readTime(values, 'from') ?? Number.NEGATIVE_INFINITY;
  const to = readTime(values, 'to') ?? Number.POSITIVE_INFINITY;
  if (from >= to) throw new Problem('--from must be before --to.', EXIT.usage);
  return { from, to, state, limit: readCount(values, 'limit', LIMIT_DEFAULT, LIMIT_MAX) };
}

const fits = (row: RecordingRow, { from, to, state }: Wanted): boolean =>
  timeOf(row) >= from && timeOf(row) < to && (state === undefined || row.state === state);

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
    return this.#rows.sort((one, other) => timeOf(other) - timeOf(one)).slice(0, this.#limit);
  }
}
