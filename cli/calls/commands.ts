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
