/** The commands about calls. */

import { CALL_SID } from '../command/arguments.ts';
import type { Command } from '../command/command.ts';
import { URL_OPTION } from '../recordings/commands.ts';

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
