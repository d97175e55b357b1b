/** Days and months of UTC, from midnight to midnight. */
import { DAY, type Instant } from '../../lambdas/shared/rules/values/instant.ts';
import { readTime } from '../../lambdas/shared/rules/values/time-text.ts';
import { EXIT, Problem } from '../command/problem.ts';

/** `[from, to)`. */
export interface Days {
  readonly from: Instant;
  readonly to: Instant;
}

/** @throws {Problem} with exit code 2 */
export function readDay(option: string, text: string): Days {
  const from = /^\d{4}-\d{2}-\d{2}$/.test(text) ? readTime(text) : undefined;
  if (from === undefined) throw new Problem(`--${option} ${text}: write a day, such as 2026-10-31.`, EXIT.usage);
  return { from, to: from + DAY };
}

/** @throws {Problem} with exit code 2 */
export function readMonth(text: string): Days {
  const [, year = '', month = ''] = /^(\d{4})-(\d{2})$/.exec(text) ?? [];
  const from = readTime(`${year}-${month}-01`);
  if (from === undefined) throw new Problem(`--month ${text}: write a month, such as 2026-10.`, EXIT.usage);
  return { from, to: Date.UTC(Number(year), Number(month), 1) };
}
