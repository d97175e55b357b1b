/** The command that certifies a range of days. */
import { readCount } from '../command/arguments.ts';
import { type Command, textOf, type Values } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import { readDay, readMonth } from './days.ts';
import type { ReportOptions } from './report.ts';

const SAMPLE = { default: 20, max: 1_000_000 };
/** Less than these 24 hours no deployment keeps Twilio's copy. */
const KEPT_HOURS = 24;

export const report: Command = {
  name: 'report',
  operands: [],
  summary: 'the certificate of a month or of some days: every call accounted for, copies verified anew',
  help: `Asks Twilio for the calls of the range, to your numbers and from them, and reads the table's rows of each. Says by number how
many were recorded, how many were not and why, and names each call that nothing explains. Asks S3 for each copy, and reads
a random sample of them to the end. Proves the deletions at Twilio. Says what it could not check.

Days are UTC, from midnight to midnight. Twilio, the table and S3 are read, nothing is changed. Exit code 1 where a call is
unexplained, or a copy or a deletion is not as it should be. What each part means is in docs/certificate.md.`,
  options: {
    month: { type: 'string', value: 'YYYY-MM', help: 'the calls of this month (UTC)' },
    from: { type: 'string', value: 'DATE', help: 'instead: the calls from this day on, such as 2026-10-01 (UTC)' },
    to: { type: 'string', value: 'DATE', help: 'up to and including this day' },
    sample: {
      type: 'string',
      value: 'N',
      help: `how many copies to read from S3 to their end (default ${SAMPLE.default})`,
    },
    all: { type: 'boolean', help: 'reads every copy to its end' },
    seed: {
      type: 'string',
      value: 'TEXT',
      help: 'draws the same sample again as the certificate that names this seed',
    },
    kept: {
      type: 'string',
      value: 'HOURS',
      help: `how long Twilio's copy must have been kept after the copy was verified (default ${KEPT_HOURS})`,
    },
    html: { type: 'string', value: 'FILE', help: 'also writes the certificate as one HTML page, to keep and to print' },
  },
  changes: false,
  run: async (context) => {
    const options = readReportOptions(context.values);
    return (await import('./report.ts')).makeReport(context, options);
  },
};

function readReportOptions(values: Values): ReportOptions {
  const [seed, html] = [textOf(values, 'seed'), textOf(values, 'html')];
  if (values.all === true && values.sample !== undefined) {
    throw new Problem('--all and --sample exclude each other.', EXIT.usage);
  }
  if (seed !== undefined && !/^[\w-]{1,64}$/.test(seed)) {
    throw new Problem(`--seed ${seed}: write up to 64 letters, digits or hyphens.`, EXIT.usage);
  }
  if (html === '') throw new Problem('--html needs the name of a file.', EXIT.usage);
  return {
    ...readRange(values),
    sample: values.all === true ? Number.POSITIVE_INFINITY : readCount(values, 'sample', SAMPLE.default, SAMPLE.max),
    keptHours: readHours(values),
    ...{ seed, html },
  };
}

function readRange(values: Values): Pick<ReportOptions, 'from' | 'to'> {
  const [month, from, to] = [textOf(values, 'month'), textOf(values, 'from'), textOf(values, 'to')];
  if ((month === undefined) === (from === undefined && to === undefined)) {
    throw new Problem('Name the days: --month YYYY-MM, or --from DATE --to DATE.', EXIT.usage);
  }
  if (month !== undefined) return readMonth(month);
  if (from === undefined || to === undefined) throw new Problem('--from and --to are both needed.', EXIT.usage);
  const range = { from: readDay('from', from).from, to: readDay('to', to).to };
  if (range.from >= range.to) throw new Problem('--from must not be after --to.', EXIT.usage);
  return range;
}

/** Zero is for systems on one machine, whose time is shortened. */
function readHours(values: Values): number {
  const text = textOf(values, 'kept') ?? String(KEPT_HOURS);
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new Problem(`--kept ${text}: a number of hours is needed.`, EXIT.usage);
}
