/** Bugs in what plays recordings from Twilio: half of one passes for the whole, or a link gives more than it should. */
import type { Mutant } from './mutant.ts';

const STEP = 'lambdas/recording-play/recording-play.ts';

export const PLAYING: readonly Mutant[] = [
  {
    name: 'answers a request that is in no audit',
    file: 'lambdas/shared/entry/enter.ts',
    find: 'return jsonReply(503, {',
    replace: 'return answer.statusCode === 200 ? answer : jsonReply(503, {',
    costs: 'Somebody listens, and nobody can tell who.',
  },
  {
    name: 'enters the look-up of a call, and not the links that come with it',
    file: 'lambdas/look-up/look-up.ts',
    find: "act: { what: 'link-issued', callSid, recordingSid, for: 'play' }",
    replace: 'act: undefined',
    costs: 'Recordings are played without an entry.',
  },
  {
    name: 'ends the response of a source that broke off as if it were whole',
    file: 'lambdas/shared/adapters/aws/lambda-response-stream.ts',
    find: 'throw new BodyBrokeOff();',
    replace: 'begun.stream.end();',
    costs: 'Somebody saves half a conversation, and takes it for the recording.',
  },
  {
    name: 'takes a source that is too short for the whole',
    file: STEP,
    find: "if (contentLength !== undefined && bytes !== contentLength) throw new AudioRejected('truncated');",
    replace: '',
    costs: 'The same, where Twilio closes the connection in order.',
  },
  {
    name: 'plays a recording of a call SID that is not checked',
    file: STEP,
    find: '!isCallSid(callSid) || !isRecordingSid(recordingSid) || more.length > 0',
    replace: '!callSid || !recordingSid',
    costs: 'Who has signed a link chooses what the table and Twilio are asked for.',
  },
  {
    name: 'signs links that last for a week',
    file: 'lambdas/shared/adapters/aws/function-url-playback.ts',
    find: 'expiresIn: LINK_SECONDS,',
    replace: 'expiresIn: 604_800,',
    costs: 'A link that got lost lets strangers listen for as long as the session that signed it.',
  },
  {
    name: 'leaves the connection to Twilio open when the listener has left',
    file: 'lambdas/shared/adapters/aws/lambda-response-stream.ts',
    find: 'if (backpressure.closed) return;',
    replace: '',
    costs: 'A flood of listeners who leave at once keeps as many downloads going.',
  },
];
