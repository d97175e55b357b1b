/** The command that reads the audit. */
import { isCallSid } from '../../lambdas/shared/rules/values/sids.ts';
import { readCount, readTime } from '../command/arguments.ts';
import { type Command, textOf, type Values } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import type { AuditOptions } from './audit.ts';

const LIMIT = { default: 100, max: 100_000 };

export const audit: Command = {
  name: 'audit',
  operands: [],
  summary: 'who looked up, listed, played or downloaded what, when and from where',
  help: `Asks the recorder, over HTTP and signed with your AWS credentials, which need execute-api:Invoke on GET/audit. Shows the
newest first: all of a range, by default of the last 24 hours, or all that was ever done with one call. Reading the audit
is an entry of its own. A link counts as a play, or a download, when it is issued.`,
  options: {
    from: {
      type: 'string',
      value: 'TIME',
      help: 'what was done from then on, such as 2026-01-31 or 2026-01-31T08:00:00Z',
    },
    to: { type: 'string', value: 'TIME', help: 'what was done before then; at most 31 days after --from' },
    call: { type: 'string', value: 'CA…', help: 'only what was done with this call, however long ago' },
    limit: { type: 'string', value: 'N', help: `how many to show (default ${LIMIT.default})` },
  },
  changes: false,
  run: async (context) => {
    const options = readOptions(context.values);
    return (await import('./audit.ts')).readAudit(context, options);
  },
};

function readOptions(values: Values): AuditOptions {
  const callSid = textOf(values, 'call');
  if (callSid !== undefined && !isCallSid(callSid)) {
    throw new Problem(`--call ${callSid}: a call SID is CA and 32 hex digits in lowercase letters.`, EXIT.usage);
  }
  const [from, to] = [readTime(values, 'from'), readTime(values, 'to')];
  return { from, to, callSid, limit: readCount(values, 'limit', LIMIT.default, LIMIT.max) };
}
