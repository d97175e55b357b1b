/** The certificate in sections, for the terminal and for the page. */
import { DAY } from '../../../lambdas/shared/rules/values/instant.ts';
import { BYTES } from '../../terminal/progress.ts';
import type { Certificate, NamedCall, NamedRecording, Reasons, Tally } from '../certificate.ts';

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly heading: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** The terminal shows the first rows alone. */
      readonly isLong?: true;
      /** Columns from this one on are numbers. */
      readonly numbersFrom?: number;
    }
  | { readonly kind: 'list'; readonly items: readonly string[] };

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export const titleOf = ({ from, to }: Certificate): string =>
  `Certificate of recorded calls, ${daysOf(from, to)} (UTC)`;

/** Such as `2026-10-01 to 2026-10-31`. */
function daysOf(from: string, to: string): string {
  const [first, last] = [from.slice(0, 10), new Date(Date.parse(to) - DAY).toISOString().slice(0, 10)];
  return first === last ? first : `${first} to ${last}`;
}

export function verdictOf({ inOrder, calls, copies, deletions }: Certificate): string {
  if (inOrder) {
    const { open } = calls.total;
    const more = open === 0 ? '' : ` ${several(open, 'call')} are too recent to judge.`;
    return `In order: no call is unexplained, and each copy and deletion that was checked is as it should be.${more}`;
  }
  const found = [
    [calls.unexplained.length, 'unexplained call'],
    [copies.problems.length, 'copy with a problem', 'copies with a problem'],
    [deletions.problems.length, 'unproven deletion'],
  ] as const;
  const told = found.filter(([count]) => count > 0).map(([count, one, more]) => several(count, one, more));
  return `Not in order: ${told.join(', ')}.`;
}

export const sectionsOf = (certificate: Certificate): Section[] =>
  [
    callsSection(certificate),
    section('Unexplained calls', namedCalls(certificate.calls.unexplained, 'WHAT IS KNOWN')),
    section('Calls that were not recorded', { ...namedCalls(certificate.calls.notRecorded, 'REASON'), isLong: true }),
    section('Calls that are too recent to judge', {
      ...namedCalls(certificate.calls.open, 'WHAT IS KNOWN'),
      isLong: true,
    }),
    section('Calls that may not have come here', {
      ...namedCalls(certificate.calls.undecided, 'WHAT IS KNOWN'),
      isLong: true,
    }),
    section('Calls that Twilio does not list any more', {
      ...namedCalls(certificate.calls.unlisted, 'BY THEIR ROWS'),
      isLong: true,
    }),
    copiesSection(certificate),
    deletionsSection(certificate),
    recorderSection(certificate),
    { title: 'What was not checked', blocks: [{ kind: 'list', items: certificate.notChecked }] },
    { title: 'How this was made', blocks: [{ kind: 'list', items: howMade(certificate) }] },
  ].filter(({ blocks }) => blocks.length > 0) as Section[];

type Table = Extract<Block, { kind: 'table' }>;

const section = (title: string, table: Table): Section => ({ title, blocks: table.rows.length > 0 ? [table] : [] });

const COUNTS: readonly (readonly [string, (tally: Tally) => number])[] = [
  ['CALLS', ({ calls }) => calls],
  ['RECORDED', ({ recorded }) => recorded],
  ['NOT RECORDED', ({ notRecorded }) => sumOf(notRecorded)],
  ['NOT ANSWERED', ({ notAnswered }) => sumOf(notAnswered)],
  ['TOO RECENT', ({ open }) => open],
  ['UNEXPLAINED', ({ unexplained }) => unexplained],
  ['NOT WANTED', ({ notWanted }) => notWanted],
  ['CANARY', ({ canary }) => canary],
];

function callsSection({ calls }: Certificate): Section {
  const cells = (tally: Tally) => COUNTS.map(([, count]) => String(count(tally)));
  const { total, numbers } = calls;
  const blocks: Block[] = [
    {
      ...{ kind: 'table', numbersFrom: 1, heading: ['NUMBER', ...COUNTS.map(([name]) => name)] },
      rows: [...numbers.map((tally) => [tally.number, ...cells(tally)]), ['all', ...cells(total)]],
    },
    ...reasonsTable('NOT RECORDED', total.notRecorded),
    ...reasonsTable('NOT ANSWERED', total.notAnswered),
  ];
  if (total.onlyAtTwilio > 0) {
    const text = `The audio of ${several(total.onlyAtTwilio, 'recorded call')} is at Twilio alone, since it is not copied yet.`;
    blocks.push({ kind: 'text', text });
  }
  if (total.erased > 0) {
    const text = `${several(total.erased, 'recorded call')} had audio that was erased on request since. The receipts are kept.`;
    blocks.push({ kind: 'text', text });
  }
  return { title: 'Calls', blocks };
}

function reasonsTable(what: string, reasons: Reasons): Block[] {
  const rows = Object.entries(reasons).map(([reason, count]) => [reason, String(count)]);
  return rows.length === 0 ? [] : [{ kind: 'table', numbersFrom: 1, heading: [`${what}, BY REASON`, 'CALLS'], rows }];
}

const namedCalls = (calls: readonly NamedCall[], what: string): Table => ({
  ...{ kind: 'table', heading: ['CALL', 'NUMBER', 'BEGAN (UTC)', what] },
  rows: calls.map(({ callSid, number, began, reason }) => [
    callSid,
    number,
    began.slice(0, 19).replace('T', ' '),
    reason,
  ]),
});

const problems = (found: readonly NamedRecording[]): Block[] =>
  found.length === 0
    ? []
    : [
        {
          ...{ kind: 'table', heading: ['RECORDING', 'CALL', 'PROBLEM'] },
          rows: found.map(({ recordingSid, callSid, problem }) => [recordingSid, callSid, problem]),
        },
      ];

function copiesSection({ copies }: Certificate): Section {
  const { stored, asDescribed, read, bytesRead, sample, seed, expired } = copies;
  const drawn =
    sample === 'all' ? 'all were to be read' : `a random sample of ${sample} was to be read, by the seed ${seed}`;
  const items = [
    `${several(stored, 'copy', 'copies')} in S3, by the table. S3's own record of size, SHA-256 and version fits ${asDescribed}.`,
    `${read} read to the end (${BYTES(bytesRead)}) with the bytes and the SHA-256 of their rows: ${drawn}.`,
    ...(expired > 0 ? [`${expired} deleted since by the bucket's own rule.`] : []),
  ];
  return { title: 'Copies', blocks: [{ kind: 'list', items }, ...problems(copies.problems)] };
}

function deletionsSection({ deletions }: Certificate): Section {
  const { deleted, proven, provenByRowAlone, stillAtTwilio, keptHours } = deletions;
  const items = [
    `${several(deleted, 'recording')} deleted at Twilio. ` +
      `${proven} proven: the copy was verified ${keptHours} hours or more before, and is in S3 now.`,
    ...(provenByRowAlone > 0 ? [`${provenByRowAlone} proven by the row alone, since the copy has expired.`] : []),
    ...(stillAtTwilio > 0
      ? [`${several(stillAtTwilio, 'copy', 'copies')} in S3 whose recording is at Twilio as well.`]
      : []),
  ];
  return { title: 'Deletions at Twilio', blocks: [{ kind: 'list', items }, ...problems(deletions.problems)] };
}

/** Whether a call was affected, the calls themselves tell: this is where to look first. */
function recorderSection({ recorder }: Certificate): Section {
  const shown = (instant: string) => instant.slice(0, 19).replace('T', ' ');
  const rows = recorder.gaps.map(({ name, state, from, to }) => {
    return [shown(from), to === undefined ? 'lasts' : shown(to), name, state];
  });
  return section('Alarms and deployments', {
    ...{ kind: 'table', isLong: true, rows },
    heading: ['FROM (UTC)', 'TO (UTC)', 'ALARM OR STACK', 'STATE'],
  });
}

const howMade = ({ made }: Certificate): string[] => [
  `From ${made.at} to ${made.until}, by version ${made.version} of the recorder's commands, of ${made.system}.`,
  `Twilio's account ${made.accountSid} was asked for its numbers and for all calls of these days; dialled legs are parts of their calls.`,
  `The rows of each call were read from the table ${made.table}, strongly consistent.`,
  `S3 was asked for each copy, most of them in the bucket ${made.bucket}; a call belongs to the UTC day on which it began.`,
];

const sumOf = (reasons: Reasons): number => Object.values(reasons).reduce((sum, count) => sum + count, 0);

const several = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;
