/** `calls show`. */
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { recordingsOf, storyOf } from '../../lambdas/shared/rules/call/story.ts';
import { type Command, EXIT } from '../command/command.ts';
import { CALL_SID } from '../command/operands.ts';
import { withClients } from '../place/clients.ts';
import { linksTo, URL_OPTION, withLink } from '../recordings/links.ts';
import { storyAsText } from './story.ts';

export const callsShow: Command = {
  name: 'calls show',
  operands: [CALL_SID],
  summary: "a call's whole story: states, attempts, reasons, recordings, where the audio is",
  help: `Reads the call's rows from the table, strongly consistent: one query. What the states mean is in
docs/states.md. Exit code 1 where the table knows no such call.`,
  options: { url: URL_OPTION },
  changes: false,
  async run({ place, positionals, values, now }) {
    const [callSid = ''] = positionals;
    return withClients(place(), async (clients) => {
      const rows = await dynamoDbTable(clients.dynamodb, place().table).readCall(callSid);
      if (rows.length === 0) {
        const text = `${place().title} knows no call ${callSid}. Did its number point here at that time? See "numbers list".`;
        return { exit: EXIT.failed, text, json: { callSid, error: text } };
      }
      const recordings = recordingsOf(rows);
      const links = await linksTo(place(), clients, values.url === true ? recordings : [], now);
      const json = { ...storyOf(callSid, rows), recordings: recordings.map((row) => withLink(row, links)) };
      return { exit: EXIT.ok, text: storyAsText(callSid, rows, now(), links), json };
    });
  },
};
