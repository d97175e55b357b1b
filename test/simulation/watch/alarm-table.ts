/** Each way in which a call is not recorded, a copy not made or a deletion not done, and how soon which alarm tells of it. */
import { HOUR, type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { SCENARIO } from '../crashes.ts';
import { runHistory } from '../history.ts';
import type { Severity } from './deployed-alarms.ts';
import type { Failure } from './failures.ts';
import type { Sounded } from './watchman.ts';

export interface Row extends Failure {
  /** When something is first not done: minutes count from then. */
  readonly since: Instant;
  readonly first: Sounded | undefined;
  readonly firstPage: Sounded | undefined;
}

/** The alarms have seen the recorder in good health for so long. */
const BEFORE_MS = 10 * MINUTE;

export async function runFailure(failure: Failure): Promise<Row> {
  const { faults = [], call, scenario, begin, hours = 1 } = failure;
  const [usual] = SCENARIO.calls;
  if (!usual) throw new Error('The scenario has no call.');
  const at = usual.at + BEFORE_MS;
  const plan = { ...usual, at, otherRecording: undefined, replayAfterMs: [], talkMs: 20 * MINUTE, ...call };
  const ends = at + plan.talkMs;
  const since = { call: at, other: at, copy: ends, deletion: ends + 24 * HOUR }[failure.notDone];
  const history = await runHistory({
    seed: 7,
    scenario: { ...SCENARIO, ...scenario, calls: [plan] },
    plan: {
      decide: (site, _occurrence, now) => (now < at ? undefined : faults.find(([part]) => site.includes(part))?.[1]),
    },
    everyRun: hours <= 1,
    quietMs: hours * HOUR,
    ...(begin && { later: { at: (failure.notDone === 'deletion' ? since : at) - 1, act: begin } }),
  });
  const sounded = history.watchman.sounded(since, history.until);
  const isOf = (severity: Severity) => sounded.find(({ alarm }) => alarm.severity === severity);
  return { ...failure, since, first: sounded[0], firstPage: isOf('page') };
}

/** The table, as lines. */
export function tableLines(rows: readonly Row[]): string[] {
  const minutes = ({ at }: Sounded, since: Instant) => `${Math.ceil((at - since) / MINUTE)} min`;
  const told = (one: Sounded | undefined, since: Instant) =>
    one ? `${minutes(one, since).padStart(9)}  ${one.alarm.severity.padEnd(6)}  ${one.alarm.name}` : '    never';
  return rows.map(({ what, notDone, first, firstPage, since }) => {
    const page = firstPage && firstPage !== first ? `, page: ${told(firstPage, since).trim()}` : '';
    return `${notDone.padEnd(9)} ${what.padEnd(62)} ${told(first, since)}${page}`;
  });
}
