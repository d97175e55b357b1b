/** Goes over all calls of the days: as Twilio lists them, then those that only the table knows. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { dynamoDbByDay } from '../../lambdas/shared/adapters/aws/dynamodb-by-day.ts';
import type { Table } from '../../lambdas/shared/ports/table.ts';
import type { TwilioCall } from '../../lambdas/shared/ports/twilio.ts';
import { searchByDay } from '../../lambdas/shared/rows/search-by-day.ts';
import { shouldRecordSince } from '../../lambdas/shared/rules/call/call.ts';
import { callBeganAt, ownNumberOf } from '../../lambdas/shared/rules/call/unaccounted.ts';
import { beganAt } from '../../lambdas/shared/rules/table/by-day.ts';
import type { Row } from '../../lambdas/shared/rules/table/rows.ts';
import { DAY, type Instant, toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { Copies } from './copies.ts';
import type { Days } from './days.ts';
import type { DeletionProofs } from './deletions.ts';
import { callRowOf, dependsOnTwilio, judgeCall } from './judge-call.ts';
import type { Ledger } from './ledger.ts';
import { listCalls, recordingsAtTwilio, type TwilioAsking } from './listed-calls.ts';

export interface SurveyDependencies {
  readonly asking: TwilioAsking;
  readonly table: Pick<Table, 'readCall'>;
  readonly dynamodb: DynamoDBClient;
  readonly tableName: string;
  readonly copies: Copies;
  readonly deletions: DeletionProofs;
  readonly ledger: Ledger;
  readonly now: () => Instant;
  readonly days: Days;
}

export interface SurveyFindings {
  /** Entries of Twilio's list that cannot be read: SIDs, and how many have none. */
  readonly unreadableCalls: readonly string[];
  readonly unnamedCalls: number;
  /** Rows that this version cannot read. */
  readonly unreadableRows: readonly string[];
}

/** Calls that are looked at concurrently. */
const CALLS_MAX = 25;
/** Recordings of a day in the index: more than any table has. */
const OF_A_DAY_MAX = 10_000_000;

export class Survey {
  readonly #deps: SurveyDependencies;
  /** Calls that Twilio lists, also those of the days around. */
  readonly #listed = new Set<string>();
  readonly #unreadableRows: string[] = [];
  #looked = 0;

  constructor(deps: SurveyDependencies) {
    this.#deps = deps;
  }

  /** @param show is told how many calls were looked at */
  async run(show: (count: number) => void): Promise<SurveyFindings> {
    const { asking, days } = this.#deps;
    const unreadableCalls: string[] = [];
    let unnamedCalls = 0;
    for await (const page of listCalls(asking, days)) {
      const isNew = ({ callSid }: TwilioCall) => !this.#listed.has(callSid);
      const calls = page.calls.filter(isNew);
      for (const { callSid } of page.calls) this.#listed.add(callSid);
      for (const callSid of page.unreadable) this.#listed.add(callSid);
      unreadableCalls.push(...page.unreadable);
      unnamedCalls += page.unnamed;
      await pMap(
        calls.filter((call) => this.#isOfDays(call)),
        (call) => this.#look(call.callSid, call, show),
        {
          concurrency: CALLS_MAX,
        },
      );
    }
    await this.#lookAtUnlisted(show);
    return { unreadableCalls, unnamedCalls, unreadableRows: this.#unreadableRows };
  }

  /** Parent legs: what another call has dialled is a part of that call. One that does not say when it began is looked at. */
  #isOfDays(call: TwilioCall): boolean {
    const { from, to } = this.#deps.days;
    const began = callBeganAt(call) ?? from;
    return !call.isChild && began >= from && began < to;
  }

  /** Calls whose recordings began in these days, and which Twilio does not list. The table has no index of calls without any. */
  async #lookAtUnlisted(show: (count: number) => void): Promise<void> {
    const { from, to } = this.#deps.days;
    const index = dynamoDbByDay(this.#deps.dynamodb, this.#deps.tableName);
    for (let day = from; day < to; day += DAY) {
      const asked = { from: day, before: toIso(Math.min(day + DAY, to)), state: undefined, limit: OF_A_DAY_MAX };
      const { found } = await searchByDay(index, asked);
      const unlisted = new Set(found.map(({ callSid }) => callSid).filter((callSid) => !this.#listed.has(callSid)));
      for (const callSid of unlisted) this.#listed.add(callSid);
      await pMap(unlisted, (callSid) => this.#look(callSid, undefined, show), { concurrency: CALLS_MAX });
    }
  }

  async #look(callSid: string, call: TwilioCall | undefined, show: (count: number) => void): Promise<void> {
    const { table, ledger, now, asking, days } = this.#deps;
    const unreadable: string[] = [];
    const rows = await table.readCall(callSid, (item) => void unreadable.push(item));
    this.#unreadableRows.push(...unreadable.map((item) => `${callSid} ${item}`));
    const atTwilio = dependsOnTwilio({ rows }) ? await recordingsAtTwilio(asking, callSid) : [];
    const verdict = judgeCall({ call, rows, unreadable, atTwilio }, now());
    const row = callRowOf(rows);
    ledger.enter({
      ...{ callSid, verdict, isListed: call !== undefined },
      number: row?.number ?? (call && ownNumberOf(call)) ?? 'unknown',
      began: (call && callBeganAt(call)) ?? beganByRows(rows) ?? days.from,
      known: row ? 'call' : rows.length + unreadable.length > 0 ? 'recording' : 'nothing',
    });
    // Calls of the recorder's own, whose recordings expire by themselves, prove nothing about those of others.
    if (verdict.kind !== 'canary') await this.#lookAtCopies(rows);
    this.#looked += 1;
    show(this.#looked);
  }

  async #lookAtCopies(rows: readonly Row[]): Promise<void> {
    const { copies, deletions } = this.#deps;
    for (const row of rows) {
      if (row.kind !== 'recording') continue;
      deletions.enter(row, row.stored && (await copies.ask(row, row.stored)));
    }
  }
}

function beganByRows(rows: readonly Row[]): Instant | undefined {
  const instants = rows.map((row) => {
    return row.kind === 'call' ? shouldRecordSince(row) : row.kind === 'recording' ? beganAt(row) : undefined;
  });
  return instants.filter((instant) => instant !== undefined).sort((one, other) => one - other)[0];
}
