/** `recordings list`. */
import pMap from 'p-map';
import { dynamoDbByDay } from '../../lambdas/shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { searchByDay } from '../../lambdas/shared/rows/search-by-day.ts';
import { audioOf } from '../../lambdas/shared/rules/call/story.ts';
import { beganAt } from '../../lambdas/shared/rules/table/by-day.ts';
import type { RecordingState } from '../../lambdas/shared/rules/table/row-parts.ts';
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';
import { HOUR, toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { counted, progressBar } from '../terminal/progress.ts';
import { columns } from '../terminal/terminal.ts';
import { audioAsText, type Links, linksTo, withLink } from './audio-place.ts';
import { scanRecordings } from './find-recording.ts';

export interface ListOptions {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly state: RecordingState | undefined;
  readonly limit: number;
  /** All that is known, wider than a terminal. */
  readonly wide: boolean;
  readonly withLinks: boolean;
}

/** A day is four queries, so that for more days than this the table itself is read. */
const DAYS_MAX_MS = 400 * 24 * HOUR;
/** Rows that are read concurrently. */
const READS_MAX = 20;

export async function listRecordings(context: CommandContext, options: ListOptions): Promise<Result> {
  const place = context.place();
  const { from, to = context.now() } = options;
  const byDay = from !== undefined && to - from <= DAYS_MAX_MS;
  const found = await (byDay ? searchIndex(context, { ...options, from, to }) : readTable(context, options));
  const links = await linksTo(place, options.withLinks ? found.rows : [], context.now);
  return report(found, links, options);
}

interface Found {
  readonly rows: readonly RecordingRow[];
  /** There are older ones. */
  readonly more: boolean;
  readonly rowsRead: number;
  /** Where DynamoDB tells. */
  readonly readUnits?: number;
}

function report(
  { rows, more, rowsRead, readUnits = 0 }: Found,
  links: Links,
  { wide, withLinks }: ListOptions,
): Result {
  const cost = `${several(rowsRead, 'row')} read${readUnits > 0 ? `, ${readUnits} read units` : ''}`;
  const summary =
    rows.length === 0
      ? `No recording fits (${cost}).`
      : `${several(rows.length, 'recording')}${more ? ', older ones not shown: see --limit' : ''} (${cost}).`;
  const linkTo = ({ recordingSid }: RecordingRow) => links.get(recordingSid)?.url;
  const heading = [...(wide ? WIDE_HEADING : HEADING), ...(withLinks && !wide ? ['LINK'] : [])];
  const asCells = (row: RecordingRow) =>
    wide
      ? [...cellsOf(row, toIso(beganAt(row))), linkTo(row) ?? audioAsText(audioOf(row))]
      : [...cellsOf(row, toTheMinute(beganAt(row))), ...(withLinks ? [linkTo(row) ?? ''] : [])];
  return {
    exit: EXIT.ok,
    text: rows.length === 0 ? summary : `${columns([heading, ...rows.map(asCells)])}\n\n${summary}`,
    json: { recordings: rows.map((row) => withLink(row, links)), more, rowsRead, readUnits },
  };
}

const several = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const HEADING = ['TIME', 'RECORDING', 'CALL', 'STATE', 'SEC'];
const WIDE_HEADING = ['TIME', 'RECORDING', 'CALL', 'STATE', 'SECONDS', 'AUDIO'];
const cellsOf = (row: RecordingRow, time: string): string[] => [
  ...[time, row.recordingSid, row.callSid],
  row.extra ? `${row.state}, extra` : row.state,
  row.durationSeconds === undefined ? '' : String(row.durationSeconds),
];
const toTheMinute = (instant: number): string => toIso(instant).slice(0, 16).replace('T', ' ');

function searchIndex(
  context: CommandContext,
  { from, to, state, limit }: ListOptions & { readonly from: number; readonly to: number },
): Promise<Found> {
  const place = context.place();
  const progress = progressBar(context.terminal.err, 'Asking the index', undefined, counted('recordings'));
  return withClients(place, ['dynamodb'], async ({ dynamodb }) => {
    const table = dynamoDbTable(dynamodb, place.table);
    const asked = { from, before: toIso(to), state, limit };
    const { found, next } = await searchByDay(dynamoDbByDay(dynamodb, place.table), asked, (count) => {
      progress.at(count);
      return true;
    });
    const read = await pMap(
      found,
      ({ callSid, recordingSid }) => table.read({ kind: 'recording', callSid, recordingSid }),
      {
        concurrency: READS_MAX,
      },
    );
    // The index may be behind: the rows themselves decide.
    const known = read.filter((row) => row !== undefined);
    const rows = known.filter((row) => state === undefined || row.state === state);
    return { rows, more: next !== undefined, rowsRead: found.length };
  }).finally(() => progress.end());
}

function readTable(
  context: CommandContext,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, state, limit }: ListOptions,
): Promise<Found> {
  const place = context.place();
  const newest = (rows: RecordingRow[]) => rows.sort((one, other) => beganAt(other) - beganAt(one)).slice(0, limit);
  let kept: RecordingRow[] = [];
  let [fitting, rowsRead, readUnits] = [0, 0, 0];
  const progress = progressBar(context.terminal.err, 'Reading the table', undefined, counted('rows'));
  return withClients(place, ['dynamodb'], async ({ dynamodb }) => {
    for await (const page of scanRecordings(dynamodb, place.table)) {
      for (const row of page.rows) {
        const began = beganAt(row);
        if (began < from || began >= to || (state !== undefined && row.state !== state)) continue;
        fitting += 1;
        kept.push(row);
        // The newest, in memory for twice as many.
        if (kept.length >= 2 * limit) kept = newest(kept);
      }
      rowsRead += page.read;
      readUnits += page.units;
      progress.at(rowsRead);
    }
    const rows = newest(kept);
    return { rows, more: fitting > rows.length, rowsRead, readUnits };
  }).finally(() => progress.end());
}
