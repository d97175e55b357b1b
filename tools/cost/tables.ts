/** The tables of docs/cost.md, from what was counted and the list prices. */
import {
  type CallQuantities,
  dollarsByItem,
  dollarsOf,
  PRICES,
  PRICES_CHECKED_ON,
  withLambdaPerFrame,
} from '../../bench/prices.ts';
import { canaryTable } from './canary.ts';
import type { CountedCall, Counts } from './counts.ts';
import { dollars, MINUTES_A_MONTH, table } from './written.ts';

const CALLS = 1000;
const MONTHS = 12;
const GIGABYTE = 2 ** 30;
/** Two channels of 8,000 samples a second, 16 bits each. */
const BYTES_PER_SECOND = 32_000;
/** About what an event source asks of an idle queue: five pollers, each waiting 20 s. */
const EMPTY_RECEIVES_PER_MINUTE = 15;
/** What S3 keeps beside an object in DEEP_ARCHIVE: there, and in STANDARD. */
const ARCHIVE_INDEX_BYTES = { archive: 32 * 1024, standard: 8 * 1024 };

/** What stands between the marks of docs/cost.md. */
export function tables(counts: Counts): string {
  return [
    `List prices of us-east-1, checked on ${PRICES_CHECKED_ON}, without free tiers and discounts. Dollars for 1,000 calls.`,
    '### Until the recording is in S3 and gone at Twilio',
    itemsTable(counts),
    '### With the first year of storage, by option',
    optionsTable(counts),
    '### Each month, with or without calls',
    monthTable(counts),
    '### Each month with a `canary`, by `everyMinutes`',
    canaryTable(counts),
  ].join('\n\n');
}

const lengthOf = ({ seconds }: CountedCall): string =>
  seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;

function itemsTable({ calls }: Counts): string {
  const columns = calls.map(({ quantities }) => dollarsByItem(quantities));
  const items = Object.keys(columns[0] ?? {});
  const rows = items.map((item) => [item, ...columns.map((column) => dollars(CALLS * (column[item] ?? 0)))]);
  const sum = ['**together**', ...calls.map(({ quantities }) => `**${dollars(CALLS * dollarsOf(quantities))}**`)];
  return table(['', ...calls.map(lengthOf)], [...rows, sum]);
}

interface Option {
  readonly name: string;
  /** Dollars for one call and a year of its recording. */
  readonly dollars: (call: CountedCall) => number;
}

const gigabytes = ({ seconds }: CountedCall): number => (seconds * BYTES_PER_SECOND) / GIGABYTE;
const billedMinutes = ({ seconds }: CountedCall): number => Math.ceil(seconds / 60);
const atTwilio = (call: CountedCall, months: number): number =>
  billedMinutes(call) * PRICES.twilioStoredMinuteMonth * months;
const inStandard = (call: CountedCall, months: number): number => gigabytes(call) * PRICES.s3GigabyteMonth * months;
const ONE_DAY = 1 / 30;

/** The call by this recorder, Twilio's copy kept for a day, S3 aside. */
const recorded = (call: CountedCall): number => dollarsOf(call.quantities) + atTwilio(call, ONE_DAY);

function withoutEvents({ quantities }: CountedCall): CallQuantities {
  const { eventBridgeEvents: told } = quantities;
  // Each event is noted with its row, and taken off it once it is told.
  return {
    ...quantities,
    eventBridgeEvents: 0,
    dynamoDbWriteUnits: quantities.dynamoDbWriteUnits - 2 * told,
    dynamoDbReadUnits: quantities.dynamoDbReadUnits - told,
  };
}

function inDeepArchive(call: CountedCall): number {
  const { archive, standard } = ARCHIVE_INDEX_BYTES;
  const inArchive = gigabytes(call) + archive / GIGABYTE;
  return (
    inStandard(call, 3) +
    PRICES.s3ToDeepArchive +
    (MONTHS - 3) * (inArchive * PRICES.s3DeepArchiveGigabyteMonth + (standard / GIGABYTE) * PRICES.s3GigabyteMonth)
  );
}

const lambdaPerFrame = ({ quantities, seconds }: CountedCall): number =>
  dollarsOf(withLambdaPerFrame(quantities, seconds));

const OPTIONS: readonly Option[] = [
  { name: 'this recorder, as it is', dollars: (call) => recorded(call) + inStandard(call, MONTHS) },
  {
    name: '`events: "off"`',
    dollars: (call) => dollarsOf(withoutEvents(call)) + atTwilio(call, ONE_DAY) + inStandard(call, MONTHS),
  },
  {
    name: '`coldStorage`: `GLACIER_IR` after 30 days',
    dollars: (call) =>
      recorded(call) +
      inStandard(call, 1) +
      PRICES.s3ToGlacierInstant +
      gigabytes(call) * PRICES.s3GlacierInstantGigabyteMonth * (MONTHS - 1),
  },
  { name: '`coldStorage`: `DEEP_ARCHIVE` after 90 days', dollars: (call) => recorded(call) + inDeepArchive(call) },
  {
    name: '`deletions: "never"`: at Twilio as well',
    dollars: (call) => dollarsOf(call.quantities) + inStandard(call, MONTHS) + atTwilio(call, MONTHS),
  },
  { name: 'no recorder, a year at Twilio', dollars: (call) => atTwilio(call, MONTHS) },
  {
    name: "Twilio's own storage in your S3 bucket",
    dollars: (call) => PRICES.s3Write + inStandard(call, MONTHS),
  },
  {
    name: 'a Lambda for each audio frame',
    dollars: (call) => lambdaPerFrame(call) + atTwilio(call, ONE_DAY) + inStandard(call, MONTHS),
  },
];

function optionsTable({ calls }: Counts): string {
  const rows = OPTIONS.map((option) => [option.name, ...calls.map((call) => dollars(CALLS * option.dollars(call)))]);
  return table(['', ...calls.map(lengthOf)], rows);
}

function monthTable({ scheduled, queues, alarmedMetrics, dashboards, metrics }: Counts): string {
  const runs = scheduled.map((run) => ({ ...run, runs: MINUTES_A_MONTH / run.minutesBetween }));
  const requests = runs.reduce((sum, one) => sum + one.runs, 0);
  const reads = runs.reduce((sum, one) => sum + one.runs * one.dynamoDbReads, 0);
  const receives = queues * EMPTY_RECEIVES_PER_MINUTE * MINUTES_A_MONTH;
  const perRun = runs.map(({ step, dynamoDbReads }) => `${step} ${dynamoDbReads}`).join(', ');
  const rows: readonly (readonly [string, string, number])[] = [
    ['metrics that alarms watch', `${alarmedMetrics}`, alarmedMetrics * PRICES.alarmMonth],
    ['metrics of a healthy system', `${metrics}`, metrics * PRICES.metricMonth],
    ['dashboards', `${dashboards}`, dashboards * PRICES.dashboardMonth],
    ['polling of the queues', `${millions(receives)} requests`, receives * PRICES.sqsRequest],
    [
      `reads of the scheduled steps (each run: ${perRun})`,
      `${millions(reads)} requests`,
      // An empty page of an eventually consistent index costs half a unit.
      (reads * PRICES.dynamoDbReadUnit) / 2,
    ],
    ['their invocations', `${millions(requests)}`, requests * PRICES.lambdaRequest],
    ['the secret', '1', PRICES.secretMonth],
  ];
  const sum = rows.reduce((total, [, , amount]) => total + amount, 0);
  return table(
    ['', 'quantity', 'dollars'],
    [
      ...rows.map(([what, quantity, amount]) => [what, quantity, dollars(amount)]),
      ['**together**', '', `**${dollars(sum)}**`],
    ],
  );
}

const millions = (count: number): string => `${(count / 1e6).toFixed(2)} million`;
