/** What the recorder costs for a volume of one's own. */
import type { Counts } from './counted.ts';
import { monthlyItems } from './month.ts';
import { type CallQuantities, dollarsOf, PRICES } from './prices.ts';

export interface Volume {
  /** Calls a month. */
  readonly calls: number;
  /** Of a call, on average. */
  readonly minutes: number;
  /** How long recordings are kept in S3. */
  readonly months: number;
}

export interface EstimatedItem {
  readonly what: string;
  /** A month. */
  readonly dollars: number;
}

export interface Estimate {
  readonly aws: readonly EstimatedItem[];
  /** Beside what Twilio takes for the calls themselves. */
  readonly twilio: readonly EstimatedItem[];
  /** What lies in S3 once as much expires as comes in, in 10^9 bytes. */
  readonly gigabytes: number;
}

/** Two channels of 8,000 samples a second, 16 bits each. */
export const BYTES_PER_SECOND = 32_000;
/** As S3 counts it. */
export const GIGABYTE = 2 ** 30;
const DAYS_AT_TWILIO = 1;
const DAYS_A_MONTH = 30;

export function estimate(counts: Counts, { calls, minutes, months }: Volume): Estimate {
  const seconds = minutes * 60;
  const bytes = calls * seconds * BYTES_PER_SECOND * months;
  const billedMinutes = calls * Math.ceil(minutes);
  const base = monthlyItems(counts).reduce((sum, { dollars }) => sum + dollars, 0);
  const storage = (bytes / GIGABYTE) * PRICES.s3GigabyteMonth;
  return {
    aws: [
      { what: 'recording, copying, deleting at Twilio', dollars: calls * dollarsOf(quantitiesOf(counts, seconds)) },
      { what: `storage in S3, once ${months} months lie there`, dollars: storage },
      { what: 'alarms, dashboard and schedules, with or without calls', dollars: base },
    ],
    twilio: [
      { what: 'recording', dollars: billedMinutes * PRICES.twilioRecordedMinute },
      { what: 'the stream of the disclaimer, one begun minute a call', dollars: calls * PRICES.twilioStreamedMinute },
      {
        what: 'keeping its copy for a day',
        dollars: (billedMinutes * PRICES.twilioStoredMinuteMonth * DAYS_AT_TWILIO) / DAYS_A_MONTH,
      },
    ],
    gigabytes: bytes / 1e9,
  };
}

/** What a call of that length takes, between the lengths that were counted. Beyond the longest it goes on as before it. */
export function quantitiesOf({ calls }: Counts, seconds: number): CallQuantities {
  const above = calls.findIndex((call) => call.seconds >= seconds);
  const upper = calls[above < 0 ? calls.length - 1 : Math.max(1, above)];
  const lower = calls[(upper ? calls.indexOf(upper) : 0) - 1];
  if (!upper || !lower) throw new Error('Calls of two lengths at least must have been counted.');
  const share = Math.max(0, (seconds - lower.seconds) / (upper.seconds - lower.seconds));
  const between = (name: keyof CallQuantities) =>
    lower.quantities[name] + share * (upper.quantities[name] - lower.quantities[name]);
  const names = Object.keys(lower.quantities) as (keyof CallQuantities)[];
  return Object.fromEntries(names.map((name) => [name, between(name)])) as unknown as CallQuantities;
}
