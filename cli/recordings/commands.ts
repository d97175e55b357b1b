/** The commands about recordings, but for the import. */
import { RECORDING_STATES } from '../../lambdas/shared/rules/recording/recording.ts';
import { isCallSid } from '../../lambdas/shared/rules/values/sids.ts';
import { REASON_OPTION, RECORDING_SID, readCount, readReason, readTime, TIME_FORM } from '../command/arguments.ts';
import { type Command, type OptionHelp, textOf, type Values } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import type { AcceptOptions } from './accept.ts';
import type { DownloadOptions } from './download.ts';
import type { ListOptions } from './list.ts';

export const URL_OPTION: OptionHelp = {
  type: 'boolean',
  help: 'with a link to the audio of each, in S3 or else at Twilio, valid for 15 minutes or until your AWS session ends; anyone who has it can listen',
};

const CALL_OPTION: OptionHelp = {
  type: 'string',
  value: 'CA…',
  help: 'the call that was recorded, which saves looking for it',
};

const LIMIT = { default: 100, max: 1_000_000 };

export const recordingsList: Command = {
  name: 'recordings list',
  operands: [],
  summary: 'recordings by time and state, newest first',
  help: `With --from it asks the index by day, which costs four queries a day and one read for each recording shown. Without, or
for more than 400 days, it reads the whole table: DynamoDB bills one read unit for 8 KB, which is about ten rows. A million
rows are some 100,000 units, cents. What a run took is shown at its end.
Times are UTC: when the recording began, or was noted where Twilio did not say.`,
  options: {
    from: { type: 'string', value: 'TIME', help: `from this time on, such as ${TIME_FORM} (UTC)` },
    to: { type: 'string', value: 'TIME', help: 'before this time' },
    state: { type: 'string', value: 'STATE', help: `one of ${RECORDING_STATES.join(', ')}` },
    limit: { type: 'string', value: 'N', help: `the newest N (default ${LIMIT.default})` },
    wide: { type: 'boolean', help: 'with exact times and where the audio is: some 260 columns' },
    url: URL_OPTION,
  },
  changes: false,
  run: async (context) => {
    const options = readListOptions(context.values);
    return (await import('./list.ts')).listRecordings(context, options);
  },
};

function readListOptions(values: Values): ListOptions {
  const given = textOf(values, 'state');
  const state = RECORDING_STATES.find((one) => one === given);
  if (given !== undefined && state === undefined) {
    throw new Problem(`Unknown --state ${given}: it is one of ${RECORDING_STATES.join(', ')}.`, EXIT.usage);
  }
  const limit = readCount(values, 'limit', LIMIT.default, LIMIT.max);
  const [from, to] = [readTime(values, 'from'), readTime(values, 'to')];
  if (from !== undefined && to !== undefined && from >= to) {
    throw new Problem('--from must be before --to.', EXIT.usage);
  }
  return { from, to, state, limit, wide: values.wide === true, withLinks: values.url === true };
}

export const recordingsDownload: Command = {
  name: 'recordings download',
  operands: [RECORDING_SID],
  summary: 'the audio into a file, from S3 or, where it is still the fallback, from Twilio',
  help: `What comes from S3 must have the bytes and the SHA-256 that the table noted when the copy was verified; what comes
from Twilio must be a whole recording by its own header and lengths. Only then the file gets its name. Nobody but you can
read it. An encrypted recording comes as it is, with what to decrypt it by; only its length can be checked.

With --to - the audio goes to standard output while it is checked, and everything else to standard error: the exit code
says whether it was the whole recording. Use "npm run --silent recorder -- …" then, so that npm prints nothing of its own.

Twilio is asked which call the recording belongs to, unless --call names it. Where Twilio has forgotten the recording, the
whole table is read (see "recordings list" for what that costs).`,
  options: {
    to: {
      type: 'string',
      value: 'FILE',
      help: 'where to (default in this folder RE….wav, or .mp3 where that is stored); - is standard output',
    },
    call: CALL_OPTION,
    overwrite: { type: 'boolean', help: 'replaces a file that is there' },
  },
  changes: false,
  run: async (context) => {
    const options = readDownloadOptions(context.values);
    return (await import('./download.ts')).downloadRecording(context, options);
  },
};

function readDownloadOptions(values: Values): DownloadOptions {
  const [callSid, to] = [readCall(values), textOf(values, 'to')];
  if (to === '') throw new Problem('--to needs the name of a file, or - for standard output.', EXIT.usage);
  if (to === '-' && values.json === true) {
    throw new Problem('--to - and --json both need standard output: leave one out.', EXIT.usage);
  }
  return { callSid, to, overwrite: values.overwrite === true };
}

function readCall(values: Values): string | undefined {
  const callSid = textOf(values, 'call');
  if (callSid === undefined || isCallSid(callSid)) return callSid;
  throw new Problem(`--call ${callSid}: that is no call SID.`, EXIT.usage);
}

export const recordingsAccept: Command = {
  name: 'recordings accept',
  operands: [RECORDING_SID],
  summary: 'has audio stored that was refused, as Twilio sends it',
  help: `For one recording that stays at Twilio because its audio is not as expected, such as "duration-differs" or
"not-a-wav-file". Listen to it first in Twilio's console. Then the next copy stores what Twilio sends, as long as
its transfer is proven whole and it is no error page. Twilio's copy is deleted afterwards as that of any other.

The reason that you give, the time, and what was wrong with the audio stay in the row, in the log, and in the story that
"calls show" tells.`,
  options: {
    reason: REASON_OPTION,
    call: CALL_OPTION,
  },
  changes: true,
  run: async (context) => {
    const options = readAcceptOptions(context.values);
    return (await import('./accept.ts')).acceptRecording(context, options);
  },
};

function readAcceptOptions(values: Values): AcceptOptions {
  return { reason: readReason(values, "which stays in the recording's story"), callSid: readCall(values) };
}
