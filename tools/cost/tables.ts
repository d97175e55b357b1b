/** The tables of docs/cost.md, from what was counted and the list prices. */
import type { CountedCall, Counts } from '../../cli/cost/counted.ts';
import { BYTES_PER_SECOND, GIGABYTE } from '../../cli/cost/estimate.ts';
import { monthlyItems } from '../../cli/cost/month.ts';
import {
  type CallQuantities,
  dollarsByItem,
  dollarsOf,
  PRICES,
  PRICES_CHECKED_ON,
  withLambdaPerFrame,
} from '../../cli/cost/prices.ts';
import { canaryTable } from './canary.ts';
import { dollars, table } from './written.ts';

const CALLS = 1000;
const MONTHS = 12;
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

function monthTable(counts: Counts): string {
  const items = monthlyItems(counts);
  const sum = items.reduce((total, item) => total + item.dollars, 0);
  return table(
    ['', 'quantity', 'dollars'],
    [
      ...items.map((item) => [item.what, item.quantity, dollars(item.dollars)]),
      ['**together**', '', `**${dollars(sum)}**`],
    ],
  );
}
