/** Bugs at the doors: who is believed, and what becomes of what Twilio says. */
import type { Mutant } from './mutant.ts';

const DOOR = 'lambdas/shared/entry/verified-webhook.ts';
const WEBHOOK = 'lambdas/shared/rules/webhook/webhook.ts';
const STREAM = 'lambdas/stream-connect/stream-message.ts';
const CALLBACK = 'lambdas/recording-callback/recording-callback.ts';
const READING = 'lambdas/shared/rules/webhook/recording-callback.ts';
const RECORDING = 'lambdas/shared/rules/recording/recording.ts';
const SIGNATURES = 'lambdas/shared/adapters/twilio/twilio-signatures.ts';
const ACCEPTS = 'authTokens.some((authToken) => validateRequest(authToken, signature, url, parameters))';

export const TAKING_IN: readonly Mutant[] = [
  {
    name: 'refuses streams for the minute in which the token was rotated',
    file: 'lambdas/stream-connect/stream-connect.ts',
    find: "await deps.credentials.refresh('at-once');",
    replace: 'await deps.credentials.refresh();',
    costs: 'Calls that begin just after a rotation are not recorded.',
  },
  {
    name: "remembers the credentials for the environment's life",
    file: 'lambdas/shared/adapters/remembered-credentials.ts',
    find: 'now - readAt >= READ_AFTER_MS',
    replace: 'readAt < 0',
    costs: 'A revoked token is believed for days.',
  },
  {
    name: 'reads the secret at each use while it cannot be read',
    file: 'lambdas/shared/adapters/remembered-credentials.ts',
    find: ' && now - triedAt >= TRY_AGAIN_AFTER_MS',
    replace: '',
    costs: 'While Secrets Manager is out, every caller waits for it.',
  },
  {
    name: 'waits for the secret as long as it takes',
    file: 'lambdas/shared/adapters/aws/secrets-manager-credentials.ts',
    find: 'urgent ? {',
    replace: 'false ? {',
    costs: 'While Secrets Manager hangs, callers hear nothing for seconds, though the credentials are known.',
  },
  {
    name: 'asks only once to close a stream',
    file: 'lambdas/stream-connect/stream-connect.ts',
    find: 'const willRetry = deps.clock.now() + pause - since < KEEP_CLOSING_MS;',
    replace: 'const willRetry = false;',
    costs: 'After a disclaimer, callers wait in silence until they hang up.',
  },
  {
    name: 'lets requests hang for as long as they like',
    file: 'lambdas/shared/adapters/aws/timeouts.ts',
    find: 'throwOnRequestTimeout: true',
    replace: 'throwOnRequestTimeout: false',
    costs: 'A table that hangs keeps callers in silence until they hang up.',
  },
  {
    name: 'offers a call to table and queue only once',
    file: 'lambdas/stream-connect/stream-connect.ts',
    find: 'if (deps.clock.now() - startedAt >= KEEP_TRYING_MS) {',
    replace: 'if (deps.clock.now() >= startedAt) {',
    costs: 'A call that begins in the second of an outage is not recorded.',
  },
  {
    name: 'does not check signatures',
    file: DOOR,
    find: 'if (accepts(known)) return known;',
    replace: 'return known;',
    costs: 'Anybody can make recordings up, or have calls recorded.',
  },
  {
    name: 'compares only the beginning of a signature',
    file: SIGNATURES,
    find: `import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { Signatures } from '../../ports/twilio.ts';

/** @see https://www.twilio.com/docs/usage/security#validating-requests */
export const twilioSignatures: Signatures = {
  isValid: (authTokens, signature, url, parameters) =>
    ${ACCEPTS},`,
    replace: `import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';

export const twilioSignatures = {
  isValid: (authTokens, signature, url, parameters) =>
    authTokens.some((authToken) =>
      signature.startsWith(getExpectedTwilioSignature(authToken, url, parameters).slice(0, 8))),`,
    costs: 'A signature can be guessed in an afternoon.',
  },
  {
    name: 'does not accept the previous auth token',
    file: SIGNATURES,
    find: ACCEPTS,
    replace: "validateRequest(authTokens[0] ?? '', signature, url, parameters)",
    costs: 'While the token is rotated every call is refused.',
  },
  {
    name: 'does not read the secret again after a mismatch',
    file: DOOR,
    find: 'if (await credentials.refresh()) {',
    replace: 'if (false) {',
    costs: 'After a rotation every call is refused until each environment is replaced.',
  },
  {
    name: 'believes the Host header',
    file: DOOR,
    find: 'const urls = signedUrls(auth.publicUrl, request);',
    replace:
      "const host = header(request.headers, 'host'); const urls = signedUrls(host ? 'https://' + host : auth.publicUrl, request);",
    costs: 'A request that Twilio signed for another service of the account is believed.',
  },
  {
    name: 'takes a parameter twice',
    file: WEBHOOK,
    find: 'if (Object.hasOwn(parameters, name)) {',
    replace: 'if (false) {',
    costs: 'What Twilio signed can be sent as something else.',
  },
  {
    name: 'reads bodies of any size',
    file: WEBHOOK,
    find: 'if (body.length > WEBHOOK_BYTES_MAX) {',
    replace: 'if (false) {',
    costs: 'Ten megabytes are hashed for anyone who sends them.',
  },
  {
    name: 'lets every handshake pass',
    file: 'lambdas/stream-connect/stream-connect.ts',
    find: 'return { statusCode: accepted ? 200 : 403 };',
    replace: 'return { statusCode: 200 };',
    costs: 'Anybody can open streams at our cost.',
  },
  {
    name: 'makes the same token for every call',
    file: 'lambdas/shared/rules/call/stream-token.ts',
    find: `\`\${callSid} \${seconds}\${bound}\``,
    replace: `\`\${seconds}\${bound}\``,
    costs: 'Anyone who has seen one token can have any call recorded.',
  },
  {
    name: "does not compare a stream's token with its call",
    file: STREAM,
    find: "if (check === 'differs') return refused('token-does-not-fit');",
    replace: '',
    costs: 'Anybody who can replay a handshake can have any call recorded.',
  },
  {
    name: "takes a token of the stream's own call for another leg",
    file: STREAM,
    find: 'checkStreamToken(token, leg, authTokens, now, disclaimer)',
    replace: 'checkStreamToken(token, callSid, authTokens, now, disclaimer)',
    costs: 'One token has any call of the account recorded.',
  },
  {
    name: 'takes a token for ever',
    file: STREAM,
    find: "if (check === 'expired') return refused('token-expired');",
    replace: '',
    costs: 'A token that was read off once serves for years.',
  },
  {
    name: 'takes a token without a time for any leg',
    file: STREAM,
    find: 'parent === undefined && disclaimer === undefined && isTimelessStreamToken(token, leg, authTokens)',
    replace: 'disclaimer === undefined && isTimelessStreamToken(token, callSid, authTokens)',
    costs: 'One old token has any call of the account recorded.',
  },
  {
    name: 'takes streams without a token',
    file: STREAM,
    find: "if (foreignStreams === 'refuse') return refused('stream-without-token');",
    replace: '',
    costs: 'Anybody who can replay a handshake can have any call recorded.',
  },
  {
    name: "starts for another account's stream",
    file: STREAM,
    find: "if (accountSid !== credentials.accountSid) return refused('account-differs');",
    replace: '',
    costs: 'Calls that are none of ours are noted and asked for.',
  },
  {
    name: "takes another account's callbacks",
    file: READING,
    find: 'if (!isAccountSid(AccountSid) || AccountSid !== accountSid)',
    replace: 'if (!isAccountSid(AccountSid))',
    costs: 'Recordings that are none of ours are noted and asked for.',
  },
  {
    name: 'takes any text that begins with a SID for one',
    file: 'lambdas/shared/rules/values/sids.ts',
    find: '}[0-9a-f]{32}$`);',
    replace: '}[0-9a-f]{32}`);',
    costs: 'A name from outside could reach any URL, key or row.',
  },
  {
    name: 'takes any text that ends with a SID for one',
    file: 'lambdas/shared/rules/values/sids.ts',
    find: 'new RegExp(`^',
    replace: 'new RegExp(`',
    costs: 'A name from outside could reach any URL, key or row.',
  },
  {
    name: "keeps the callback's RecordingUrl",
    file: CALLBACK,
    find: 'twilioUrl: deps.twilio.urlOf(accountSid, recordingSid) };',
    replace: "twilioUrl: verified.parameters.RecordingUrl ?? '' };",
    costs: 'The way to the audio is what somebody else says it is.',
  },
  {
    name: 'acknowledges a callback that the table did not take',
    file: CALLBACK,
    find: 'applyReport(known, report, deps.clock.now()),\n  );',
    replace: 'applyReport(known, report, deps.clock.now()),\n  ).catch(() => ({ row: undefined, changed: false }));',
    costs: 'Twilio does not call again: the recording is found late, or never.',
  },
  {
    name: 'lets absent overwrite completed',
    file: RECORDING,
    find: '  absent: 1,',
    replace: '  absent: 3.5,',
    costs: 'Audio that is there counts as not there, and is never copied.',
  },
  {
    name: 'lets a late report take a row back',
    file: RECORDING,
    find: 'if (RANK[report.status] > RANK[row.state])',
    replace: 'if (RANK[report.status] !== RANK[row.state])',
    costs: 'A repeated callback has a recording copied, or deleted, all over.',
  },
  {
    name: 'has a completed recording wait for nothing',
    file: RECORDING,
    find: "completedAt: now, waiting: { next: 'copy', due: now + COPY_OVERDUE_MS } };",
    replace: 'completedAt: now };',
    costs: 'A copy message that is lost is a copy that is never made.',
  },
  {
    name: 'does not flag a second recording',
    file: 'lambdas/shared/rows/extra-recordings.ts',
    find: 'recordings.length + unreadable < 2) return;',
    replace: 'recordings.length + unreadable < 3) return;',
    costs: 'Recordings are paid for twice, and nobody is told.',
  },
  {
    name: 'lets in what is marked as meant to be refused',
    file: DOOR,
    find: 'if (await isMarked({ credentials, log }, headers, urls)) return undefined;',
    replace: 'if (await isMarked({ credentials, log }, headers, urls)) return credentials.current();',
    costs: 'A mark, and no signature, opens the door.',
  },
];
