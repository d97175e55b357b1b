/** The commands about holds. */
import { CALL_SID, REASON_OPTION, readReason } from '../command/arguments.ts';
import type { Command } from '../command/command.ts';

const WHERE = "which stays in the call's story and in the audit";

export const hold: Command = {
  name: 'hold',
  operands: [CALL_SID],
  summary: 'keeps a call as it is: nothing of it is erased or deleted at Twilio',
  help: `Asks the recorder, over HTTP and signed with your AWS credentials, which need execute-api:Invoke on
POST/calls/*/hold. The hold stands until "release". Doing it again changes nothing: the first reason stands. The answer
says of each recording where it is, and whether a deletion at Twilio had begun before.`,
  options: { reason: REASON_OPTION },
  changes: true,
  run: async (context) => {
    const reason = readReason(context.values, WHERE);
    return (await import('./holds.ts')).changeHold(context, 'hold', reason);
  },
};

export const release: Command = {
  name: 'release',
  operands: [CALL_SID],
  summary: 'releases a call from its hold: what the hold has kept back is done',
  help: `Asks the recorder, over HTTP and signed with your AWS credentials, which need execute-api:Invoke on
POST/calls/*/release. Deletions at Twilio that were due meanwhile are carried out within minutes.`,
  options: { reason: REASON_OPTION },
  changes: true,
  run: async (context) => {
    const reason = readReason(context.values, WHERE);
    return (await import('./holds.ts')).changeHold(context, 'release', reason);
  },
};

export const holds: Command = {
  name: 'holds',
  operands: [],
  summary: 'which calls are on hold, since when, who placed them, and why',
  help: `Asks the recorder, over HTTP and signed with your AWS credentials, which need execute-api:Invoke on GET/holds.
The newest first.`,
  options: {},
  changes: false,
  run: async (context) => (await import('./holds.ts')).listHolds(context),
};
