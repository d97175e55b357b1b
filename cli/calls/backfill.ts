/** `calls backfill`. */
import pMap from 'p-map';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { secretsManagerPartyKey } from '../../lambdas/shared/adapters/aws/look-ups/secrets-manager-party-key.ts';
import { systemClock, systemRandomness } from '../../lambdas/shared/adapters/clock.ts';
import { LIST_TIMEOUTS } from '../../lambdas/shared/adapters/twilio/https-client.ts';
import type { TwilioCall } from '../../lambdas/shared/ports/twilio.ts';
import { type NotePartyDependencies, noteParty } from '../../lambdas/shared/rows/note-party.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import { withClients, withTwilio } from '../place/clients.ts';
import { Pace } from '../place/pace.ts';
import type { Days } from '../report/days.ts';
import { listCalls } from '../report/listed-calls.ts';
import { counted, progressBar } from '../terminal/progress.ts';

/** Requests to Twilio a second: pages of the list. */
const PER_SECOND = 20;
/** Calls concurrently. */
const AT_ONCE = { concurrency: 20 };

export async function backfill(context: CommandContext, days: Days): Promise<Result> {
  const place = context.place();
  const { partySecretId } = place;
  if (partySecretId === undefined) {
    throw new Problem(`${place.title} has no key of parties yet. Deploy the current version first.`);
  }
  return withClients(place, ['dynamodb', 'secretsmanager'], ({ dynamodb, secretsmanager }) =>
    withTwilio(
      place,
      async (twilio) => {
        const deps = {
          table: dynamoDbTable(dynamodb, place.table, place.events),
          partyKey: secretsManagerPartyKey(secretsmanager, partySecretId),
          ...{ clock: systemClock, randomness: systemRandomness },
        };
        const looking = progressBar(context.terminal.err, 'Looking at calls', undefined, counted('calls'));
        const asking = { twilio, pace: new Pace(systemClock, PER_SECOND), place };
        let [seen, filled] = [0, 0];
        for await (const { calls } of listCalls(asking, days)) {
          if (context.dryRun) filled += (await withoutParty(deps, calls)).length;
          else filled += await fillIn(deps, calls);
          seen += calls.length;
          looking.at(seen);
        }
        looking.end();
        const done = context.dryRun ? 'would be made findable' : 'can be found from now on';
        const text = `Of ${seen} calls that Twilio lists, ${filled} ${done} by the number of their other party.`;
        return { exit: EXIT.ok, text, json: { calls: seen, filled, changed: !context.dryRun && filled > 0 } };
      },
      LIST_TIMEOUTS,
    ),
  );
}

/** Makes the calls of a page findable that have a row without a party. @returns how many */
export async function fillIn(deps: NotePartyDependencies, calls: readonly TwilioCall[]): Promise<number> {
  const lacking = await withoutParty(deps, calls);
  const filled = await pMap(
    lacking,
    async (call) => noteParty(deps, call, await deps.table.read({ kind: 'call', callSid: call.callSid })),
    AT_ONCE,
  );
  return filled.filter(Boolean).length;
}

async function withoutParty({ table }: Pick<NotePartyDependencies, 'table'>, calls: readonly TwilioCall[]) {
  const rows = await pMap(calls, ({ callSid }) => table.read({ kind: 'call', callSid }), AT_ONCE);
  return calls.filter((_, index) => rows[index] && rows[index]?.party === undefined && !rows[index]?.canary);
}
