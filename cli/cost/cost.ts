/** Tells what the recorder costs. */
import type { Result } from '../command/command.ts';
import { EXIT } from '../command/problem.ts';
import { columns } from '../terminal/terminal.ts';
import { readCounted } from './counted.ts';
import { type EstimatedItem, estimate, type Volume } from './estimate.ts';
import { PRICES_CHECKED_ON } from './prices.ts';

const dollars = (amount: number): string => (amount > 0 && amount < 0.005 ? '< 0.01' : amount.toFixed(2));
const sum = (items: readonly EstimatedItem[]): number => items.reduce((total, item) => total + item.dollars, 0);

export function costOf(volume: Volume): Result {
  const { aws, twilio, gigabytes } = estimate(readCounted(), volume);
  const { calls, minutes, months } = volume;
  const part = (whose: string, items: readonly EstimatedItem[]) => [
    [whose, dollars(sum(items))],
    ...items.map((item) => [`  ${item.what}`, dollars(item.dollars)]),
  ];
  const rows = [['dollars a month', ''], ...part('AWS', aws), ...part('Twilio, beside the calls themselves', twilio)];
  const text = [
    `${calls} calls a month of ${minutes} minutes, kept for ${months} months: ${gigabytes.toFixed(1)} GB in S3.`,
    '',
    columns(rows),
    '',
    `List prices of ${PRICES_CHECKED_ON}: us-east-1 and United States, without free tiers and discounts. See docs/cost.md.`,
  ].join('\n');
  const json = { volume, pricesCheckedOn: PRICES_CHECKED_ON, gigabytesInS3: gigabytes, dollarsAMonth: { aws, twilio } };
  return { exit: EXIT.ok, text, json };
}
