/** The owner imports what Twilio has, by the command's own code. */
import { Problem } from '../../../cli/command/problem.ts';
import { noProgress } from '../../../cli/import/ledger.ts';
import { listAtTwilio } from '../../../cli/import/listing.ts';
import { ImportRun } from '../../../cli/import/run.ts';
import { Pace } from '../../../cli/place/pace.ts';
import { twilioRest } from '../../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import type { Table } from '../../../lambdas/shared/ports/table.ts';
import { HOUR, type Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { ACCOUNT_SID, API_URL } from '../world/deployment.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { World } from '../world/world.ts';

const PER_SECOND = 50;

/** Nothing goes wrong with it: what may go wrong in an import is for its own tests. */
export async function importRecordings(
  deleteAtTwilio: boolean,
  from: Instant,
  world: World,
  scheduler: Scheduler,
): Promise<void> {
  const { twilio, queues, table: model } = world;
  const clock = {
    now: () => scheduler.now,
    sleep: (milliseconds: number) => new Promise<void>((resolve) => scheduler.after(milliseconds, resolve)),
  };
  const table: Table = {
    addsPendingEvents: model.addsPendingEvents,
    pendingEvents: (shard, cursor) => model.pendingEvents(shard, cursor),
    read: (key) => model.read(key),
    readCall: (callSid) => model.readCall(callSid),
    due: (shard, until, cursor) => model.due(shard, until, cursor),
    async write(row, expected) {
      const written = await model.write(row, expected);
      if (written === 'written') world.noteWrite(row);
      if (row.kind === 'recording') world.imported.set(row.recordingSid, deleteAtTwilio);
      return written;
    },
  };
  const rest = twilioRest({
    apiUrl: API_URL,
    credentials: { current: async () => world.secret, refresh: async () => false },
    client: twilio.client({ alive: true, request: async (_operation, effect) => effect() }),
  });
  const pace = new Pace(clock, PER_SECOND);
  const place = { options: '' };
  let count = 0;
  const randomness = { id: () => `import ${scheduler.now} ${count++}`, fraction: () => 0.5 };
  const run = new ImportRun(
    {
      ...{ place, table, twilio: rest, accountSid: ACCOUNT_SID, pace, clock, randomness },
      copyQueue: queues['recording-copy'],
      remember: () => undefined,
      show: () => undefined,
    },
    { deleteAtTwilio, wait: false, inFlight: 100 },
    noProgress(scheduler.now),
  );
  try {
    await run.run(listAtTwilio({ twilio: rest, pace, place }, { from, to: scheduler.now + 1 }, undefined));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // While the secret names a token that is gone, Twilio lists nothing: the owner tries again.
    scheduler.after(HOUR, () => void importRecordings(deleteAtTwilio, from, world, scheduler));
    return;
  }
  world.note(deleteAtTwilio ? 'an import that deletes' : 'an import that keeps');
}
