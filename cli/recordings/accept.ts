/** `recordings accept`: an operator takes the audio of one recording as Twilio sends it. */
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { systemRandomness } from '../../lambdas/shared/adapters/clock.ts';
import { changeRow } from '../../lambdas/shared/rows/change-row.ts';
import { acceptAudio, whyNotAcceptable } from '../../lambdas/shared/rules/recording/accepted.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint, Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { findRecording } from './find-recording.ts';

export interface AcceptOptions {
  /** Why, in one line. */
  readonly reason: string;
  /** The call that was recorded, where it was named. */
  readonly callSid: string | undefined;
}

export async function acceptRecording(context: CommandContext, options: AcceptOptions): Promise<Result> {
  const { positionals, now, dryRun } = context;
  const place = context.place();
  const [recordingSid = ''] = positionals;
  const found = await findRecording(context, recordingSid, options.callSid);
  const { callSid, reason: refusedFor } = found;
  const show = hint(place, `calls show ${callSid}`);
  const why = whyNotAcceptable(found);
  if (why !== undefined) throw new Problem(`${why} See ${show} and docs/runbook.md#recording-fell-back.`);
  const result = (accepted: boolean, text: string): Result => ({
    exit: EXIT.ok,
    text: `${recordingSid} was refused for "${refusedFor}". ${text}`,
    json: { recordingSid, callSid, refusedFor, accepted },
  });
  if (dryRun) return result(false, 'Its next copy would store it as Twilio sends it. Nothing was changed.');
  return withClients(place, ['dynamodb'], async ({ dynamodb }) => {
    const table = dynamoDbTable(dynamodb, place.table, place.events);
    const deps = { table, randomness: systemRandomness, clock: { now } };
    const { changed } = await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (row) =>
      row && whyNotAcceptable(row) === undefined ? acceptAudio(row, options.reason, now()) : undefined,
    );
    if (!changed) throw new Problem(`${recordingSid} has changed meanwhile. See ${show}.`);
    return result(true, `Its next copy, within some minutes, stores it as Twilio sends it: ${show} tells.`);
  });
}
