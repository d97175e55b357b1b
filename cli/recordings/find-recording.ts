/** Finds a recording's row where only its SID is known. */
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';
import type { CommandContext } from '../command/command.ts';
import { hint } from '../command/hint.ts';
import { capital, Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { withTwilio } from '../place/twilio-rest.ts';
import { counted, progressBar } from '../terminal/progress.ts';
import { scanRecordings } from './scan.ts';

/** @param named the call that was recorded, where it was named; otherwise Twilio is asked, then the whole table is read */
export async function findRecording(
  context: CommandContext,
  recordingSid: string,
  named: string | undefined,
): Promise<RecordingRow> {
  const place = context.place();
  const callSid = named ?? (await callOf(place, recordingSid));
  return withClients(place, ['dynamodb'], async ({ dynamodb }) => {
    const table = dynamoDbTable(dynamodb, place.table);
    const row = callSid && (await table.read({ kind: 'recording', callSid, recordingSid }));
    if (row) return row;
    if (named !== undefined) {
      throw new Problem(
        `The call ${named} has no recording ${recordingSid}. See ${hint(place, `calls show ${named}`)}.`,
      );
    }
    const progress = progressBar(context.terminal.err, 'Reading the table', undefined, counted('rows'));
    let read = 0;
    try {
      for await (const page of scanRecordings(dynamodb, place.table, recordingSid)) {
        const [found] = page.rows;
        if (found) return found;
        read += page.read;
        progress.at(read);
      }
    } finally {
      progress.end();
    }
    throw new Problem(
      `${capital(place.title)} knows no recording ${recordingSid}. See ${hint(place, 'recordings list')}.`,
    );
  });
}

/** Asks Twilio; whatever keeps it from answering only makes the search longer. */
async function callOf(place: Place, recordingSid: string): Promise<string | undefined> {
  try {
    const reply = await withTwilio(place, (twilio) => twilio.recording(recordingSid));
    return reply.kind === 'found' ? reply.recording.callSid : undefined;
  } catch {
    // Without the secret there is still the table.
    return undefined;
  }
}
