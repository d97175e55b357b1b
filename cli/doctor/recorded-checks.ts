/** What settings of the Twilio account make of recordings: no API tells of them, so what they do is looked for. */
import { dynamoDbByDay } from '../../lambdas/shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import type { TwilioRecording } from '../../lambdas/shared/ports/twilio.ts';
import { searchByDay } from '../../lambdas/shared/rows/search-by-day.ts';
import { HOUR, MINUTE, SECOND, toIso } from '../../lambdas/shared/rules/values/instant.ts';
import { Problem } from '../command/problem.ts';
import { withTwilio } from '../place/clients.ts';
import { type Check, NotChecked, Warned } from './check.ts';

/** So far back recordings are looked at. */
const RECENT_MS = 24 * HOUR;
/** Twilio has served the audio of a recording by then. */
const SERVED_AFTER_MS = 15 * MINUTE;
const TRIED = 3;
const ELSEWHERE = [301, 302, 303, 307, 308, 404];

/**
 * With external storage Twilio uploads new recordings to a bucket of the account's owner, and keeps none.
 *
 * @see https://www.twilio.com/docs/voice/recording-settings
 */
export const audio: Check = ({ place, now }) =>
  withTwilio(place, async (twilio) => {
    const listed = await twilio.recordingsSince(now - RECENT_MS);
    if (listed.kind !== 'page') throw new Problem(`Twilio does not list its recordings: ${listed.reason}.`);
    const tried = listed.recordings.filter((recording) => isServed(recording, now)).slice(0, TRIED);
    if (tried.length === 0) return new NotChecked('Twilio holds no recording of the last 24 hours to try');
    const refused: string[] = [];
    for (const { recordingSid, channels } of tried) {
      const reply = await twilio.openAudio(recordingSid, channels, 'wav');
      if (reply.kind === 'opened') {
        reply.close();
        return 'Twilio serves the audio of its recordings';
      }
      if (!ELSEWHERE.includes(reply.status ?? 0)) return new NotChecked(`Twilio does not serve audio: ${reply.reason}`);
      refused.push(`${recordingSid} (${reply.status})`);
    }
    throw new Problem(
      `Twilio lists recordings as complete, and does not have their audio: ${refused.join(', ')}. Most likely external storage is on: they ` +
        'go to a bucket that the account names, and none can be copied. Switch it off in Twilio’s console under Voice, Settings, Recordings; ' +
        'see docs/runbook.md#recording-fell-back for those made meanwhile.',
    );
  });

function isServed({ status, createdAt, durationSeconds = 0 }: TwilioRecording, now: number): boolean {
  return status === 'completed' && (createdAt ?? now) + durationSeconds * SECOND <= now - SERVED_AFTER_MS;
}

/** Rows looked at; the newest first. */
const ROWS = 50;

/** An account's default recording configuration records every call a second time, and so do other applications. */
export const otherRecordings: Check = async ({ place, clients, now }) => {
  const index = dynamoDbByDay(clients.dynamodb, place.table);
  const range = { from: now - RECENT_MS, before: toIso(now), state: undefined, limit: ROWS };
  const { found } = await searchByDay(index, range);
  const table = dynamoDbTable(clients.dynamodb, place.table);
  const rows = await Promise.all(
    found.map(({ callSid, recordingSid }) => table.read({ kind: 'recording', callSid, recordingSid })),
  );
  const extra = rows.filter((row) => row?.extra === true && row.madeBy === 'other');
  if (extra.length === 0) return `none among the last ${rows.length} of 24 hours`;
  return new Warned(
    `${extra.length} of the last ${rows.length} recordings were made by somebody else, of calls that are recorded here too, such as ` +
      `${extra[0]?.recordingSid}. Is that meant? If not: is a default recording configuration set for the account (Twilio’s console, ` +
      'Voice, Recordings, Configurations), or does an application record? See docs/runbook.md#extra-recording.',
  );
};
