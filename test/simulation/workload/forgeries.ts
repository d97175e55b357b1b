/** Requests of somebody who is not Twilio. */
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import { STREAM_TOKEN_PARAMETER, streamToken } from '../../../lambdas/shared/rules/call/stream-token.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { ACCOUNT_SID, PUBLIC_URL, STREAM_URL } from '../world/deployment.ts';
import type { World } from '../world/world.ts';
import { OLD_TOKEN } from './parties.ts';
import type { Forgery } from './scenario.ts';
import { startMessage } from './start-message.ts';

/**
 * Somebody who knows all but the auth token. The signature is almost the genuine one, so that no comparison of a part of
 * it will do; the token is a genuine one, but of another call.
 */
export async function forge(forgery: Forgery, callSid: string, world: World, now: Instant): Promise<void> {
  const parameters = {
    AccountSid: ACCOUNT_SID,
    CallSid: callSid,
    RecordingSid: `RE${callSid.slice(2)}`,
    RecordingStatus: 'completed',
    StreamEvent: 'stream-error',
  };
  const connectionId = `forged ${callSid}`;
  const almost = (url: string, signed: { readonly [name: string]: string }) =>
    world.twilio.sign(url, signed).replace(/...=$/, (end) => (end === 'AAA=' ? 'BBB=' : 'AAA='));
  const post = (url: string) => world.webhook({ url, parameters, signature: almost(url, parameters) }, true);
  const start = (body: object) =>
    world.streamEvent({ requestContext: { routeKey: 'start', connectionId }, body: JSON.stringify(body) }, true);
  switch (forgery) {
    case 'voice':
      await post(PUBLIC_URL + HTTP_PATHS.voice);
      return;
    case 'stream-status':
      await post(PUBLIC_URL + HTTP_PATHS.streamStatus);
      return;
    case 'callback':
      await post(PUBLIC_URL + HTTP_PATHS.recordingCallback);
      return;
    case 'handshake': {
      const requestContext = { routeKey: '$connect', connectionId };
      await world.streamEvent({ requestContext, headers: { 'x-twilio-signature': almost(STREAM_URL, {}) } }, true);
      return;
    }
    case 'start':
      // Where foreign streams are recorded, the handshake alone says whose a stream is, and a forged one opens none.
      if (world.configuration.foreignStreams !== 'refuse') return;
      await start(startMessage(callSid, {}));
      return;
    case 'start-of-another-call': {
      // The handshake can be replayed, the token cannot be moved.
      const token = streamToken(OLD_TOKEN, `CA${'0'.repeat(32)}`, now);
      await start(startMessage(callSid, { [STREAM_TOKEN_PARAMETER]: token }));
      return;
    }
  }
}
