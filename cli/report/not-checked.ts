/** What a certificate does not say: as sentences, each with its count. */
import type { TwilioNumber } from '../../lambdas/shared/ports/twilio.ts';
import type { Instant } from '../../lambdas/shared/rules/values/instant.ts';
import type { Certificate } from './certificate.ts';
import { OPEN_FOR_MS } from './judge-call.ts';
import type { SurveyFindings } from './survey.ts';

export interface Checked extends Pick<Certificate, 'calls' | 'copies' | 'recorder'>, SurveyFindings {
  readonly from: Instant;
  readonly numbers: readonly TwilioNumber[];
  readonly unreadableNumbers: number;
}

/** Names in a sentence; `--json` has no more. */
const NAMES_MAX = 50;

export function notChecked(checked: Checked): string[] {
  return [...aboutCalls(checked), ...aboutCopies(checked), ...aboutRecorder(checked), ...ALWAYS];
}

/** True of every certificate. */
const ALWAYS = [
  'Calls without a recording that Twilio does not list any more: the table has no index that finds them.',
  'What Twilio does not list: a call that it has removed from its list, and of which the table knows nothing, cannot be found.',
  'What is heard on the recordings: their bytes are compared, nobody listens.',
];

function aboutCalls({ calls, numbers, ...found }: Checked): string[] {
  const { open, undecided, unlisted, elsewhere } = calls;
  const inAccount = new Set(numbers.map(({ phoneNumber }) => phoneNumber));
  const released = calls.numbers.map(({ number }) => number).filter((number) => !inAccount.has(number));
  const hours = OPEN_FOR_MS / 3_600_000;
  return [
    ...when(
      open.length,
      (count) =>
        `${someCalls(count)} too recent to judge: make the certificate again ${hours} hours after the last one ended.`,
    ),
    ...when(
      undecided.length,
      (count) =>
        `${someCalls(count)} without a row, from a time at which nothing shows that their number pointed here: ` +
        'before the number was last changed at Twilio, and before its first call with a row.',
    ),
    ...when(
      unlisted.length,
      (count) =>
        `Whether more calls belong to ${someCalls(count)} that Twilio does not list any more: they are counted by their rows.`,
    ),
    ...when(
      elsewhere,
      (count) => `${someCalls(count)} of numbers that do not point here, and of which the table knows nothing.`,
    ),
    ...when(
      released.length,
      () => `When these numbers pointed here, since the account does not have them now: ${released.join(', ')}.`,
    ),
    ...when(
      found.unreadableNumbers,
      (count) => `${count} of the account's numbers, whose entries at Twilio cannot be read.`,
    ),
    ...when(
      found.unreadableCalls.length,
      () => `Calls whose entries in Twilio's list cannot be read: ${named(found.unreadableCalls)}.`,
    ),
    ...when(
      found.unnamedCalls,
      (count) => `${count} entries of Twilio's list of calls that do not even say their SID.`,
    ),
    ...when(found.unreadableRows.length, () => `Rows that this version cannot read: ${named(found.unreadableRows)}.`),
  ];
}

function aboutCopies({ copies }: Checked): string[] {
  const { stored, read, archived, expired } = copies;
  return [
    ...when(
      stored - read - expired,
      (count) =>
        `The bytes of ${count} of ${stored} copies: of these S3 was asked for size, SHA-256 and version alone.`,
    ),
    ...when(
      archived,
      (count) =>
        `The bytes of ${count} copies of the sample, which are in a storage class that must be restored first.`,
    ),
    ...when(
      expired,
      (count) => `${count} copies that the bucket's own rule has deleted since, as its owner has set it.`,
    ),
  ];
}

function aboutRecorder({ recorder, from }: Checked): string[] {
  const { keptSince, unreadable } = recorder;
  return [
    ...(keptSince === undefined
      ? ['When the recorder was down: no change of its alarms or deployments has been kept in the table.']
      : when(
          Date.parse(keptSince) > from ? 1 : 0,
          () => `When the recorder was down before ${keptSince}, the first change that was kept.`,
        )),
    ...when(
      unreadable.length,
      () => `Changes of alarms or deployments that this version cannot read: ${named(unreadable)}.`,
    ),
  ];
}

const when = (count: number, sentence: (count: number) => string): string[] => (count > 0 ? [sentence(count)] : []);
const someCalls = (count: number): string => `${count} call${count === 1 ? '' : 's'}`;

const named = (names: readonly string[]): string =>
  names.length <= NAMES_MAX
    ? names.join(', ')
    : `${names.slice(0, NAMES_MAX).join(', ')} and ${names.length - NAMES_MAX} more`;
