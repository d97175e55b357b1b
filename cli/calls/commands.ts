/** The commands about calls. */

import { CALL_SID, readCount, readPhoneNumber, readTime, TIME_FORM } from '../command/arguments.ts';
import { type Command, textOf, type Values } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import { URL_OPTION } from '../recordings/commands.ts';
import type { CallListOptions } from './list.ts';

export const callsShow: Command = {
  name: 'calls show',
  operands: [CALL_SID],
  summary: "a call's whole story: states, attempts, reasons, recordings, where the audio is",
  help: `Reads the call's rows from the table, strongly consistent: one query. What the states mean is in
docs/states.md. Exit code 1 where the table knows no such call.`,
  options: { url: URL_OPTION },
  changes: false,
  run: async (context) => (await import('./show.ts')).showCall(context),
};

const LIMIT = { default: 50, max: 100_000 };

export const callsList: Command = {
  name: 'calls list',
  operands: [],
  summary: "calls, newest first, also by the other party's number",
  help: `Asks the recorder, over HTTP and signed with your AWS credentials, which need execute-api:Invoke on GET/calls. Shows
the calls of the last 24 hours, or of a range of at most 31 days; with --party all calls of that number, however long
ago. The recorder does not store the numbers of callers: it compares keyed hashes. Each list is an entry of the audit.`,
  options: {
    party: { type: 'string', value: '+1…', help: 'only calls from this number, or to it where yours called' },
    number: { type: 'string', value: '+1…', help: 'only calls of this number of yours' },
    team: { type: 'string', value: 'NAME', help: 'only calls of this team' },
    from: { type: 'string', value: 'TIME', help: `answered from this time on: ${TIME_FORM} (UTC)` },
    to: { type: 'string', value: 'TIME', help: 'answered before this time' },
    limit: { type: 'string', value: 'N', help: `how many to show (default ${LIMIT.default})` },
  },
  changes: false,
  run: async (context) => {
    const options = readListOptions(context.values);
    return (await import('./list.ts')).listCalls(context, options);
  },
};

function readListOptions(values: Values): CallListOptions {
  const team = textOf(values, 'team');
  const number = (name: string) =>
    textOf(values, name) === undefined ? {} : { [name]: readPhoneNumber(values, name) };
  return {
    ...{ from: readTime(values, 'from'), to: readTime(values, 'to') },
    limits: { ...number('party'), ...number('number'), ...(team !== undefined && { team }) },
    limit: readCount(values, 'limit', LIMIT.default, LIMIT.max),
  };
}

export const callsBackfill: Command = {
  name: 'calls backfill',
  operands: [],
  summary: "makes calls from before an upgrade findable by the other party's number",
  help: `Lists the account's calls that began from --from up to, not including, --to (now, if it is not given), and notes in the
table who the other party of each was, by a keyed hash, where its row does not say. Calls without a row stay as they
are. It may be killed at any time, and run again: what is noted stays noted. Needed once, after an upgrade.`,
  options: {
    from: { type: 'string', value: 'TIME', help: `calls from this time on: ${TIME_FORM} (UTC)` },
    to: { type: 'string', value: 'TIME', help: 'calls before this time' },
  },
  changes: true,
  run: async (context) => {
    const [from, to = context.now()] = [readTime(context.values, 'from'), readTime(context.values, 'to')];
    if (from === undefined) throw new Problem('--from is needed.', EXIT.usage);
    if (from >= to) throw new Problem('--from must be before --to.', EXIT.usage);
    return (await import('./backfill.ts')).backfill(context, { from, to });
  },
};

export const callsRecord: Command = {
  name: 'calls record',
  operands: [CALL_SID],
  summary: 'has a live call recorded that the recorder did not answer, such as an outbound one',
  help: `Asks the recorder, over HTTP and signed with your AWS credentials, which need execute-api:Invoke on
POST/calls/*/recording. The call is then recorded, copied and deleted at Twilio as every other. Nobody plays the
disclaimer in it. Doing it again changes nothing. Exit code 1 where the call is over or does not exist.`,
  options: {},
  changes: true,
  run: async (context) => (await import('./record.ts')).recordCall(context),
};

export const callsPlace: Command = {
  name: 'calls place',
  operands: [],
  summary: 'places a call that the recorder answers: disclaimer, recording, then your application',
  help: `Twilio calls --to from --from, one of the account's numbers, and asks the recorder for TwiML once it is answered.
The person who was called hears the disclaimer, the recording starts, and the call goes on to --after, or to what the recorder is
configured with (afterDisclaimer). Twilio begins one call a second, unless your account was raised, and bills it.`,
  options: {
    from: { type: 'string', value: '+1…', help: "the number that calls: one of the account's" },
    to: { type: 'string', value: '+1…', help: 'the number that is called' },
    after: {
      type: 'string',
      value: 'URL',
      help: 'TwiML that the call goes on to (POST), or tel:+1… to dial; otherwise as configured',
    },
  },
  changes: true,
  run: async (context) => {
    const { values } = context;
    const call = {
      from: readPhoneNumber(values, 'from'),
      to: readPhoneNumber(values, 'to'),
      after: textOf(values, 'after'),
    };
    return (await import('./place-call.ts')).placeCall(context, call);
  },
};
