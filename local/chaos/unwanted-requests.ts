import { randomBytes } from 'node:crypto';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { WebSocket } from 'ws';
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import { DISCLAIMER_MARK } from '../../lambdas/shared/contract/stream.ts';
import { sendWebhook } from '../twilio/server/webhook.ts';

/** Requests that Twilio did not make, and ones that it made twice. */
export const UNWANTED_REQUESTS = [
  /** A webhook for a new call, signed with another token. */
  'forged-voice',
  /** A recording that does not exist is said to be complete, signed with another token. */
  'forged-callback',
  /** The real recording of the call is said to be absent, signed with another token. */
  'forged-absence',
  /** A stream without Twilio's signature. */
  'forged-handshake',
  /** Twilio's handshake, which is the same for every call, replayed; then a start for a call of the stranger's choice. */
  'forged-start',
  /** Twilio asks for the call's TwiML a second time. */
  'repeated-voice',
  /** The call's completed recording is called back again, then said to be in progress. */
  'repeated-callback',
  /** A second stream of the same call. */
  'repeated-start',
] as const;
export type UnwantedRequest = (typeof UNWANTED_REQUESTS)[number];

/** `refused`: 4xx, or a closed stream. `unanswered`: no reply, or an error of ours. */
export type Reception = 'accepted' | 'refused' | 'unanswered';

export interface SentRequest {
  readonly unwanted: UnwantedRequest;
  readonly reception: Reception;
}

export interface UnwantedRequestsOptions {
  readonly publicUrl: string;
  readonly streamUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** The call's recording at Twilio, if there is one. */
  readonly recordingOf: (callSid: string) => string | undefined;
  /** Resolves with the call's recording once Twilio has called back that it is complete; undefined if it never does. */
  readonly completedRecordingOf: (callSid: string) => Promise<string | undefined>;
  readonly onDone: (sentRequest: SentRequest) => void;
}

/** How long a stranger's stream is kept open. */
const STREAM_MILLISECONDS = 15_000;

/** Sends an unwanted request around a call. Never rejects: a refusal is what is hoped for. */
export function createUnwantedRequests(
  options: UnwantedRequestsOptions,
): (unwanted: UnwantedRequest, callSid: string) => Promise<void> {
  const { accountSid, authToken, streamUrl } = options;
  const forgersToken = randomBytes(16).toString('hex');
  const sid = (prefix: string) => prefix + randomBytes(16).toString('hex');

  const voice = (token: string, callSid: string) =>
    post(options, HTTP_PATHS.voice, token, {
      ...{ AccountSid: accountSid, CallSid: callSid, CallStatus: 'ringing', Direction: 'inbound' },
      ...{ From: '+15005550001', To: '+15005550006', ApiVersion: '2010-04-01' },
    });
  const callback = (token: string, callSid: string, recordingSid: string, status: string) =>
    post(options, HTTP_PATHS.recordingCallback, token, {
      ...{ AccountSid: accountSid, CallSid: callSid, RecordingSid: recordingSid, RecordingStatus: status },
      ...{ RecordingUrl: `https://stranger.invalid/${recordingSid}`, RecordingChannels: '2', RecordingDuration: '7' },
      ...{ RecordingSource: 'StartCallRecordingAPI', ErrorCode: '0' },
    });
  const stream = (signature: string | undefined, callSid: string, token: string) =>
    openStream({ url: streamUrl, signature, accountSid, streamSid: sid('MZ'), callSid, token });
  const handshake = getExpectedTwilioSignature(authToken, streamUrl, {});

  async function commit(unwanted: UnwantedRequest, callSid: string): Promise<Reception> {
    const recordingSid = options.recordingOf(callSid) ?? sid('RE');
    switch (unwanted) {
      case 'forged-voice':
        return (await voice(forgersToken, sid('CA'))).reception;
      case 'forged-callback':
        return (await callback(forgersToken, callSid, sid('RE'), 'completed')).reception;
      case 'forged-absence':
        return (await callback(forgersToken, callSid, recordingSid, 'absent')).reception;
      case 'forged-handshake':
        return stream(randomBytes(20).toString('base64'), sid('CA'), randomBytes(32).toString('base64url'));
      case 'forged-start':
        return stream(handshake, sid('CA'), randomBytes(32).toString('base64url'));
      case 'repeated-voice':
        return (await voice(authToken, callSid)).reception;
      case 'repeated-callback': {
        // What Twilio has not said once it cannot say twice.
        const known = await options.completedRecordingOf(callSid);
        if (known === undefined) return 'unanswered';
        await callback(authToken, callSid, known, 'completed');
        return (await callback(authToken, callSid, known, 'in-progress')).reception;
      }
      case 'repeated-start': {
        const { body } = await voice(authToken, callSid);
        const [, token] = body.match(/<Parameter name="token" value="([^"]+)"/) ?? [];
        return token === undefined ? 'unanswered' : stream(handshake, callSid, token);
      }
    }
  }
  return async (unwanted, callSid) => options.onDone({ unwanted, reception: await commit(unwanted, callSid) });
}

async function post(
  { publicUrl }: UnwantedRequestsOptions,
  path: string,
  authToken: string,
  parameters: Readonly<Record<string, string>>,
): Promise<{ readonly reception: Reception; readonly body: string }> {
  const url = `${publicUrl}${path}`;
  const idempotencyToken = randomBytes(16).toString('hex');
  const result = await sendWebhook({ url, method: 'POST', parameters, authToken, idempotencyToken });
  if (result.kind === 'failure') return { reception: 'unanswered', body: '' };
  return { reception: receptionOf(result.status), body: result.body };
}

function receptionOf(status: number): Reception {
  if (status < 300) return 'accepted';
  return status < 500 ? 'refused' : 'unanswered';
}

interface ForgedStream {
  readonly url: string;
  readonly signature: string | undefined;
  readonly accountSid: string;
  readonly streamSid: string;
  readonly callSid: string;
  readonly token: string;
}

/** Opens a stream and starts it. It is accepted once the first message comes back: the disclaimer is being played. */
function openStream({ url, signature, accountSid, streamSid, callSid, token }: ForgedStream): Promise<Reception> {
  const headers = signature === undefined ? {} : { 'x-twilio-signature': signature };
  const socket = new WebSocket(url, { headers, handshakeTimeout: 10_000, perMessageDeflate: false });
  const send = (event: string, body: object) => socket.send(JSON.stringify({ event, streamSid, ...body }));
  return new Promise((resolve) => {
    let reception: Reception = 'unanswered';
    const timer = setTimeout(() => socket.terminate(), STREAM_MILLISECONDS);
    socket.on('unexpected-response', (_request, response) => {
      reception = receptionOf(response.statusCode ?? 500);
      response.resume();
      socket.terminate();
    });
    socket.on('open', () => {
      socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
      const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
      const customParameters = { token };
      const start = { accountSid, streamSid, callSid, tracks: ['inbound'], mediaFormat, customParameters };
      send('start', { sequenceNumber: '1', start });
    });
    socket.on('message', (data) => {
      const { event, mark } = JSON.parse(String(data)) as { event?: string; mark?: { name?: string } };
      if (event === 'media' || event === 'mark') reception = 'accepted';
      if (event === 'mark' && mark?.name === DISCLAIMER_MARK) send('mark', { sequenceNumber: '2', mark });
    });
    // A handshake that is refused is told above, and a connection that breaks closes.
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      clearTimeout(timer);
      // Without a word, and in order: that is how a stream is cut off that cannot show its token.
      resolve(reception === 'unanswered' && code === 1000 ? 'refused' : reception);
    });
  });
}
