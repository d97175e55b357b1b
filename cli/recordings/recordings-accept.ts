/** `recordings accept`: an operator takes the audio of one recording as Twilio sends it. */
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { systemRandomness } from '../../lambdas/shared/adapters/clock.ts';
import { changeRow } from '../../lambdas/shared/rows/change-row.ts';
import { acceptAudio, whyNotAcceptable } from '../../lambdas/shared/rules/recording/accepted.ts';
import { isCallSid } from '../../lambdas/shared/rules/values/sids.ts';
import { type Command, EXIT, Problem, textOf, type Values } from '../command/command.ts';
import { RECORDING_SID } from '../command/operands.ts';
import { withClients } from '../place/clients.ts';
import { findRecording } from './recordings-download.ts';

/** It stands in the row and in a log line for good. */
const REASON_CHARACTERS_MAX = 200;

export const recordingsAccept: Command = {
  name: 'recordings accept',
  operands: [RECORDING_SID],
  summary: 'has audio stored that was refused, as Twilio sends it',
  help: `For one recording that stays at Twilio because its audio is not as expected, such as "duration-differs" or
"not-a-wav-file". Listen to it first: "recordings download" or Twilio's console. Then the next copy stores what Twilio sends,
as long as its transfer is proven whole and it is no error page. Twilio's copy is deleted afterwards as that of any other.

The reason that you give, the time, and what was wrong with the audio stay in the row, in the log, and in the story that
"calls show" tells.`,
  options: {
    reason: {
      type: 'string',
      value: 'TEXT',
      help: `why, in one line of up to ${REASON_CHARACTERS_MAX} characters; must be given`,
    },
    call: { type: 'string', value: 'CA…', help: 'the call that was recorded, which saves looking for it' },
  },
  changes: true,
  async run(context) {
    const { place, positionals, values, now, dryRun } = context;
    const [recordingSid = ''] = positionals;
    const { reason, call } = readOptions(values);
    return withClients(place(), async (clients) => {
      const found = await findRecording(context, clients, recordingSid, call);
      const { callSid, reason: refusedFor } = found;
      const why = whyNotAcceptable(found);
      if (why !== undefined)
        throw new Problem(`${why} See "calls show ${callSid}" and docs/runbook.md#recording-fell-back.`);
      const result = (accepted: boolean, text: string) => ({
        exit: EXIT.ok,
        text: `${recordingSid} was refused for "${refusedFor}". ${text}`,
        json: { recordingSid, callSid, refusedFor, accepted },
      });
      if (dryRun) return result(false, 'Its next copy would store it as Twilio sends it. Nothing was changed.');
      const table = dynamoDbTable(clients.dynamodb, place().table, place().events);
      const deps = { table, randomness: systemRandomness, clock: { now } };
      const { changed } = await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (row) =>
        row && whyNotAcceptable(row) === undefined ? acceptAudio(row, reason, now()) : undefined,
      );
      if (!changed) throw new Problem(`${recordingSid} has changed meanwhile. See "calls show ${callSid}".`);
      return result(
        true,
        `Its next copy, within some minutes, stores it as Twilio sends it: "calls show ${callSid}" tells.`,
      );
    });
  },
};

function readOptions(values: Values): { readonly reason: string; readonly call: string | undefined } {
  const reason = textOf(values, 'reason')?.trim() ?? '';
  if (reason === '' || reason.length > REASON_CHARACTERS_MAX || /\p{Cc}/u.test(reason)) {
    throw new Problem(
      `Say why by --reason TEXT: one line of 1 to ${REASON_CHARACTERS_MAX} characters, which stays in the recording's story.`,
      EXIT.usage,
    );
  }
  const call = textOf(values, 'call');
  if (call !== undefined && !isCallSid(call)) throw new Problem(`--call ${call}: that is no call SID.`, EXIT.usage);
  return { reason, call };
}
