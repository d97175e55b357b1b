/** Bugs around copies that take longer than an invocation. */
import type { Mutant } from '../mutant.ts';

const AUDIO = 'lambdas/recording-copy/copy-audio.ts';
const CHECK = 'lambdas/shared/rules/audio/audio-check.ts';
const OPEN = 'lambdas/recording-copy/open-audio.ts';
const RESUMPTION = 'lambdas/shared/rules/recording/resumption.ts';
const RULES = 'lambdas/shared/rules/recording/recording.ts';
const STORE = 'lambdas/shared/adapters/aws/s3-audio-store.ts';

export const LONG_COPIES: readonly Mutant[] = [
  {
    name: 'goes on with a copy at another byte',
    file: OPEN,
    find: 'open({ bytes: upload.bytes, etag',
    replace: 'open({ bytes: upload.bytes - 1, etag',
    costs: 'No long recording is ever copied.',
  },
  {
    name: 'takes whatever part Twilio sends for the one that was asked for',
    file: RESUMPTION,
    find: 'if (audio.from !== bytes) return false;',
    replace: '',
    costs: 'A copy has pieces twice, or lacks some.',
  },
  {
    name: 'mixes two versions of the audio',
    file: RESUMPTION,
    find: 'return isSame(source.length, audio.contentLength) && isSame(source.etag, audio.etag);',
    replace: 'return isSame(source.length, audio.contentLength);',
    costs: 'The copy is neither of the two, and Twilio deletes its own.',
  },
  {
    name: 'begins the count of bytes anew in each invocation',
    file: CHECK,
    find: 'let bytes = from?.bytes ?? 0;',
    replace: 'let bytes = 0;',
    costs: 'Every long copy is refused as truncated, after hours.',
  },
  {
    name: 'forgets between two invocations what was forgiven',
    file: CHECK,
    find: 'if (forgiven) note(forgiven);',
    replace: '',
    costs: 'Nobody sees any more that the audio was accepted in spite of something.',
  },
  {
    name: "gives up another copy's upload when the claim is lost",
    file: AUDIO,
    find: "if (error instanceof ClaimLost) return { kind: 'lost' };",
    replace: '',
    costs: 'Two deliveries of one message keep a long copy from ever coming to its end.',
  },
  {
    name: 'does not note how far a long copy is while it lives',
    file: RULES,
    find: 'withUpload(claimCopy(row, row.claim.owner, now), upload) : row;',
    replace: 'claimCopy(row, row.claim.owner, now) : row;',
    costs: 'An environment that dies takes eleven minutes of the copy with it, each time.',
  },
  {
    name: 'hands over without an end where Twilio sends all of the audio each time',
    file: OPEN,
    find: "if (rest.kind === 'opened' && rest.from === undefined) return whole(rest, false);",
    replace: "if (rest.kind === 'opened' && rest.from === undefined) return whole(rest, true);",
    costs: 'A long recording is begun again and again, and nobody is told.',
  },
  {
    name: 'keeps the upload of audio that was refused',
    file: AUDIO,
    find: 'const isRight = !(error instanceof AudioRejected) && (interrupted || advanced);',
    replace: 'const isRight = interrupted || advanced;',
    costs: 'What was wrong with the first half of a recording stays in its copy.',
  },
  {
    name: "copies beyond the function's time",
    file: RESUMPTION,
    find: 'export const COPY_HANDS_OVER_MS = 11 * MINUTE;',
    replace: 'export const COPY_HANDS_OVER_MS = 14 * MINUTE;',
    costs: 'The function is killed in the middle of a part, each time, and says nothing.',
  },
  {
    name: 'goes on with an upload for longer than the bucket keeps its parts',
    file: RESUMPTION,
    find: 'export const UPLOAD_LASTS_MS = 3 * DAY;',
    replace: 'export const UPLOAD_LASTS_MS = 9 * DAY;',
    costs: 'A copy that was nearly complete begins anew.',
  },
  {
    name: 'completes an upload without the parts of earlier invocations',
    file: STORE,
    find: 'lasting?.from ?? { parts: [], bytes: 0 };',
    replace: '{ parts: [], bytes: 0 };',
    costs: 'The object is the end of a conversation.',
  },
];
