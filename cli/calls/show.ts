/** `calls show`. */
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { recordingsOf, storyOf } from '../../lambdas/shared/rules/call/story.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { capital, EXIT, hint, Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { linksTo, withLink } from '../recordings/audio-place.ts';
import { storyAsText } from './story-text.ts';

export async function showCall(context: CommandContext): Promise<Result> {
  const { positionals, values, now } = context;
  const [callSid = ''] = positionals;
  const place = context.place();
  const rows = await withClients(place, ['dynamodb'], ({ dynamodb }) =>
    dynamoDbTable(dynamodb, place.table).readCall(callSid),
  );
  if (rows.length === 0) {
    const todo = `Did its number point here at that time? See ${hint(place, 'numbers list')}.`;
    throw new Problem(`${capital(place.title)} knows no call ${callSid}. ${todo}`);
  }
  const recordings = recordingsOf(rows);
  const links = await linksTo(place, values.url === true ? recordings : [], now);
  const json = { ...storyOf(callSid, rows), recordings: recordings.map((row) => withLink(row, links)) };
  return { exit: EXIT.ok, text: storyAsText(callSid, rows, now(), links), json };
}
