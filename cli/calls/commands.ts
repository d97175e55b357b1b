/** The commands about calls. */

import { CALL_SID, readPhoneNumber } from '../command/arguments.ts';
import { type Command, textOf } from '../command/command.ts';
import { URL_OPTION } from '../recordings/commands.ts';

export const callsShow: Command = {
  name: 'calls show',
  operands: [CALL_SID],
  summary: "a call's whole story: states, attempts, reasons, recordings, where the audio is",
  help: `Reads the call's rows from the table, strongly consistent: one query. What the states mean is in
docs/states.md. Exit code 1 where the table knows no such call.`,
  options: { url: URL_OPTION },
  changes: false,
  run: async (context) => (await import('./show.ts')).showCall(context),
};

export const callsRecord: Command = {
  name: 'calls record',
  operands: [CALL_SID],
  summary: 'has a live call recorded that the recorder did not answer, such as an outbound one',
  help: `Asks the recorder, over HTTP and signed with your AWS credentials, which need execute-api:Invoke on
POST/calls/*/recording. The call is then recorded, copied and deleted at Twilio as every other. Nobody plays the
disclaimer in it. Doing it again changes nothing. Exit code 1 where the call is over or does not exist.`,
  options: {},
  changes: true,
  run: async (context) => (await import('./record.ts')).recordCall(context),
};

export const callsPlace: Command = {
  name: 'calls place',
  operands: [],
  summary: 'places a call that the recorder answers: disclaimer, recording, then your application',
  help: `Twilio calls --to from --from, one of the account's numbers, and asks the recorder for TwiML once it is answered.
The person who was called hears the disclaimer, the recording starts, and the call goes on to --after, or to what the recorder is
configured with (afterDisclaimer). Twilio begins one call a second, unless your account was raised, and bills it.`,
  options: {
    from: { type: 'string', value: '+1…', help: "the number that calls: one of the account's" },
    to: { type: 'string', value: '+1…', help: 'the number that is called' },
    after: {
      type: 'string',
      value: 'URL',
      help: 'TwiML that the call goes on to (POST), or tel:+1… to dial; otherwise as configured',
    },
  },
  changes: true,
  run: async (context) => {
    const { values } = context;
    const call = {
      from: readPhoneNumber(values, 'from'),
      to: readPhoneNumber(values, 'to'),
      after: textOf(values, 'after'),
    };
    return (await import('./place-call.ts')).placeCall(context, call);
  },
};
