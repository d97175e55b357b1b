/** The command that erases. */
import { isCallSid, isRecordingSid } from '../../lambdas/shared/rules/values/sids.ts';
import { REASON_OPTION, readReason } from '../command/arguments.ts';
import type { Command, Operand } from '../command/command.ts';

const SID: Operand = {
  name: 'SID',
  required: true,
  check: (text) =>
    isCallSid(text) || isRecordingSid(text)
      ? undefined
      : 'a call SID is CA, and a recording SID RE, with 32 hex digits in lowercase letters.',
};

export const erase: Command = {
  name: 'erase',
  operands: [SID],
  summary: 'erases a call or a recording for good, wherever it is, and keeps a receipt',
  help: `Shows what would go, asks, then asks the recorder over HTTP, signed with your AWS credentials, which need
execute-api:Invoke on POST/calls/*/erasure. Erased are every version in S3, this recorder's copy at Twilio, and what the
rows tell of the conversation. A receipt stays, with hashes. It waits for a hold to be released and for an Object Lock to
end. Twilio's record of the call itself, with its numbers, is yours to delete.`,
  options: {
    reason: REASON_OPTION,
    'also-others': { type: 'boolean', help: 'recordings of other applications are deleted at Twilio too' },
    yes: { type: 'boolean', help: 'does not ask before it erases' },
  },
  changes: true,
  run: async (context) => {
    const reason = readReason(context.values, 'which stays in the receipt and in the audit');
    const [alsoOthers, yes] = [context.values['also-others'] === true, context.values.yes === true];
    return (await import('./erase.ts')).eraseForGood(context, { reason, alsoOthers, yes });
  },
};
