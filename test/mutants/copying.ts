/** Bugs around the copy: what is stored may not be the recording. */
import type { Mutant } from './mutant.ts';

const CHECK = 'lambdas/shared/rules/audio/audio-check.ts';
const STEP = 'lambdas/recording-copy/recording-copy.ts';
const CLAIM = 'lambdas/recording-copy/copy-claim.ts';
const MP3 = 'lambdas/shared/rules/audio/mp3-frames.ts';
const RULES = 'lambdas/shared/rules/recording/recording.ts';
const STORE = 'lambdas/shared/adapters/aws/s3-audio-store.ts';

export const COPYING: readonly Mutant[] = [
  {
    name: 'leaves a recording to its own earlier delivery',
    file: 'lambdas/recording-copy/recording-copy.ts',
    find: '!isClaimedByOther(known, now) ? claimCopy',
    replace: '!isClaimed(known, now) ? claimCopy',
    costs: 'A copy whose result could not be noted waits five minutes, for each time that this happens.',
  },
  {
    name: 'takes a recording from whoever holds it',
    file: 'lambdas/recording-copy/recording-copy.ts',
    find: '!isClaimedByOther(known, now) ? claimCopy',
    replace: 'now > 0 ? claimCopy',
    costs: 'Each duplicate of a message downloads the recording again.',
  },
  {
    name: 'stores audio that broke off',
    file: CHECK,
    find: "if (bytes === 0) throw new AudioRejected('no-audio');",
    replace: 'if (bytes > 0) return;',
    costs: 'Half a conversation is kept, and the whole one deleted.',
  },
  {
    name: 'does not compare the length with Content-Length',
    file: CHECK,
    find: 'if (expected.contentLength !== undefined && bytes !== expected.contentLength)',
    replace: 'if (false)',
    costs: 'Encrypted audio has no other length to be held against: half of it is kept.',
  },
  {
    name: 'does not compare the length with the duration',
    file: CHECK,
    find: 'if (Math.abs(seconds - expected.durationSeconds) > DURATION_TOLERANCE_SECONDS) {',
    replace: 'if (false) {',
    costs: 'A file that was cut and closed properly is taken for the recording.',
  },
  {
    name: 'counts an MP3 that breaks off between two frames as whole',
    file: CHECK,
    find: "if (!endIsKnown) throw new AudioRejected('length-unknown');",
    replace: '',
    costs: 'The last seconds of a conversation are lost, and up to two of them go unnoticed.',
  },
  {
    name: 'believes a WAV that was written into a pipe, whatever the transfer says',
    file: CHECK,
    find: 'if (!isEndKnown(expected) && fileBytes === undefined)',
    replace: 'if (false)',
    costs: 'Half a conversation is kept, and the whole one deleted.',
  },
  {
    name: 'forgives an accepted recording a transfer that proves nothing',
    file: CHECK,
    find: 'expected.accepted && isEndKnown(expected) ?',
    replace: 'expected.accepted ?',
    costs: 'An operator accepts one channel, and half a conversation is kept.',
  },
  {
    name: 'takes the end of a connection for the end of the audio',
    file: 'lambdas/shared/adapters/twilio/twilio-audio.ts',
    find: '...(transfer !== undefined && /(^|,)\\s*chunked\\s*$/i.test(transfer) && { endIsMarked: true }),',
    replace: 'endIsMarked: true,',
    costs: 'The last seconds of a conversation are lost, and up to two of them go unnoticed.',
  },
  {
    name: 'counts an MP3 whose last frame is cut as whole',
    file: MP3,
    find: "if (!isAtAnEnd) return 'truncated';",
    replace: '',
    costs: 'A file that was cut is kept, and the whole one deleted.',
  },
  {
    name: 'asks for an encrypted recording as MP3',
    file: STEP,
    find: "const format = recording.encryption === undefined ? deps.audioFormat : 'wav';",
    replace: 'const format = deps.audioFormat;',
    costs: 'Twilio refuses each time: encrypted recordings are never copied.',
  },
  {
    name: 'takes every reply for encrypted audio, of which only the length is checked',
    file: CHECK,
    find: 'encrypted: encryption !== undefined,',
    replace: 'encrypted: true,',
    costs: 'An error page is kept, and the conversation deleted.',
  },
  {
    name: 'does not look at the content type',
    file: STEP,
    find: 'if (!isRight(audio.contentType)) {',
    replace: 'if (false) {',
    costs: 'A page in the place of encrypted audio is kept, and the conversation deleted.',
  },
  {
    name: 'copies before Twilio says completed',
    file: STEP,
    find: "if (recording.status !== 'completed') return",
    replace: 'if (false) return',
    costs: 'What Twilio has so far is kept as the whole.',
  },
  {
    name: "believes S3's reply to the upload",
    file: STEP,
    find: 'const head = await deps.store.head(key);',
    replace: 'const head = { ...put, versionId: undefined };',
    costs: 'An upload that was acknowledged and lost is found out a day later.',
  },
  {
    name: 'takes whatever lies under the key for its copy',
    file: STEP,
    find: 'if (head.bytes !== put.bytes || head.checksum !== put.checksum) {',
    replace: 'if (head.bytes !== put.bytes) {',
    costs: "Somebody else's object counts as the recording.",
  },
  {
    name: 'overwrites an object',
    file: STORE,
    find: "ChecksumSHA256: checksum,\n    IfNoneMatch: '*',",
    replace: 'ChecksumSHA256: checksum,',
    costs: 'A good copy can be replaced by a bad one.',
  },
  {
    name: 'overwrites an object by an upload in parts',
    file: STORE,
    find: "...upload,\n        IfNoneMatch: '*',",
    replace: '...upload,',
    costs: 'A good copy can be replaced by a bad one.',
  },
  {
    name: 'drops what an encrypted recording is read with',
    file: RULES,
    find: 'attempts: 0, ...(encryption && { encryption }) };',
    replace: 'attempts: 0 };',
    costs: 'The audio is there, and nobody can ever hear it.',
  },
  {
    name: 'has a failed copy wait for nothing',
    file: RULES,
    find: "reason, waiting: { next: 'copy', due } };",
    replace: 'reason, waiting: undefined };',
    costs: 'After the retries of the queue the recording stays at Twilio for ever.',
  },
  {
    name: 'does not renew the claim of a copy that takes long',
    file: CLAIM,
    find: 'if (deps.clock.now() - renewedAt >= COPY_RENEWED_AFTER_MS) {',
    replace: 'if (false) {',
    costs: 'Long recordings are copied several times at once.',
  },
  {
    name: 'goes on with a copy that another has taken over',
    file: CLAIM,
    find: 'if (!ours) throw new AudioRejected(CLAIM_LOST);',
    replace: '',
    costs: 'Long recordings are copied several times at once.',
  },
  {
    name: 'makes a key of any text',
    file: 'lambdas/shared/rules/recording/storage-key.ts',
    find: 'if (!isCallSid(callSid) || !isRecordingSid(recordingSid)) {',
    replace: 'if (false) {',
    costs: 'A name from outside could reach any object of the bucket.',
  },
];
