/** What a canary costs each month, at AWS and at Twilio. */
import type { Counts } from '../../cli/cost/counted.ts';
import { MINUTES_A_MONTH } from '../../cli/cost/month.ts';
import { dollarsOf, PRICES } from '../../cli/cost/prices.ts';
import { dollars, table } from './written.ts';

const EVERY_MINUTES = [15, 60, 720] as const;

/** The alarms on `CanarySeconds`, on the function's errors, on its silence, and on its credentials: each on one metric. */
const ALARMED_METRICS = 4;
/** `CanarySeconds`. */
const METRICS = 1;
/** Each minute it reads what it remembers. */
const READS_A_RUN = 1;
/** It remembers that it places the call, and that it has heard it; two runs look for the copy, and the second one reads it. */
const OF_A_CALL = { writes: 2, lists: 2, reads: 1 } as const;

/** A call lasts less than a minute, which Twilio bills for each side; the called side is streamed and recorded. */
const TWILIO_OF_A_CALL =
  PRICES.twilioOutboundMinute + PRICES.twilioInboundMinute + PRICES.twilioStreamedMinute + PRICES.twilioRecordedMinute;

export function canaryTable({ calls: [shortest] }: Counts): string {
  const recorded = shortest === undefined ? 0 : dollarsOf(shortest.quantities);
  const { writes, lists, reads } = OF_A_CALL;
  const ofCall = recorded + (writes + lists) * PRICES.s3Write + reads * PRICES.s3Read;
  const calls = EVERY_MINUTES.map((minutes) => MINUTES_A_MONTH / minutes);
  const runs = MINUTES_A_MONTH * (PRICES.lambdaRequest + READS_A_RUN * PRICES.s3Read);
  const watched = ALARMED_METRICS * PRICES.alarmMonth + METRICS * PRICES.metricMonth;
  const each = (amount: number) => EVERY_MINUTES.map(() => dollars(amount));
  return table(
    ['', ...EVERY_MINUTES.map(String)],
    [
      ['calls', ...calls.map((number) => String(Math.round(number)))],
      ['Twilio: both sides, stream and recording', ...calls.map((number) => dollars(number * TWILIO_OF_A_CALL))],
      ['AWS: recording these calls', ...calls.map((number) => dollars(number * ofCall))],
      ['AWS: a look each minute', ...each(runs)],
      ['AWS: alarms and metric', ...each(watched)],
      [
        '**together**',
        ...calls.map((number) => `**${dollars(number * (TWILIO_OF_A_CALL + ofCall) + runs + watched)}**`),
      ],
    ],
  );
}
