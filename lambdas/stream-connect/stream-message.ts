/** Reads Twilio's stream messages, and decides whether a stream may have its call recorded. */
import type { ForeignStreams } from '../shared/contract/settings.ts';
import type { TwilioCredentials } from '../shared/ports/twilio.ts';
import { isPolicyName } from '../shared/rules/call/policy.ts';
import {
  checkStreamToken,
  isTimelessStreamToken,
  STREAM_DISCLAIMER_PARAMETER,
  STREAM_TOKEN_PARAMETER,
} from '../shared/rules/call/stream-token.ts';
import type { Instant } from '../shared/rules/values/instant.ts';
import { isCallSid, isStreamSid } from '../shared/rules/values/sids.ts';

/** Names the leg to record where it is not the stream's own. */
const PARENT_CALL_SID_PARAMETER = 'parentCallSid';

export interface StartedStream {
  readonly streamSid: string;
  /** The leg to record: recordings belong to the parent leg. */
  readonly callSid: string;
  /** Opened by somebody else's TwiML. */
  readonly foreign: boolean;
  /** Name of what is to be played instead of the stack's own disclaimer. A foreign stream cannot choose. */
  readonly disclaimer?: string;
}

export type StartReading =
  | { readonly ok: true; readonly stream: StartedStream }
  | { readonly ok: false; readonly reason: string };

type Fields = { readonly [name: string]: unknown };
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

function parse(body: string): Fields {
  try {
    return fields(JSON.parse(body));
  } catch {
    return {};
  }
}

const refused = (reason: string) => ({ ok: false, reason }) as const;

export interface StartExpectations {
  readonly credentials: TwilioCredentials;
  readonly foreignStreams: ForeignStreams;
  readonly now: Instant;
}

/**
 * Reads a `start` message `{start: {streamSid, accountSid, callSid, customParameters}}`.
 *
 * Our own stream carries a token for the leg to record. A token for any other, its own call's included, is refused even where foreign
 * streams are allowed: somebody has tampered with it.
 */
export function readStart(body: string, { credentials, foreignStreams, now }: StartExpectations): StartReading {
  const start = fields(parse(body).start);
  const parameters = fields(start.customParameters);
  const { streamSid, accountSid, callSid } = start;
  if (!isStreamSid(streamSid)) return refused('stream-sid-malformed');
  if (!isCallSid(callSid)) return refused('call-sid-malformed');
  if (accountSid !== credentials.accountSid) return refused('account-differs');

  const parent = own(parameters, PARENT_CALL_SID_PARAMETER);
  if (parent !== undefined && !isCallSid(parent)) return refused('parent-call-sid-malformed');
  const leg = parent ?? callSid;

  const token = own(parameters, STREAM_TOKEN_PARAMETER);
  if (token === undefined) {
    if (foreignStreams === 'refuse') return refused('stream-without-token');
    return { ok: true, stream: { streamSid, callSid: leg, foreign: true } };
  }
  const disclaimer = own(parameters, STREAM_DISCLAIMER_PARAMETER);
  if (typeof token !== 'string' || !(disclaimer === undefined || isPolicyName(disclaimer))) {
    return refused('token-does-not-fit');
  }
  const { authTokens } = credentials;
  // Our TwiML has never named another leg.
  const isTimeless = parent === undefined && disclaimer === undefined && isTimelessStreamToken(token, leg, authTokens);
  const check = isTimeless ? 'fits' : checkStreamToken(token, leg, authTokens, now, disclaimer);
  if (check === 'differs') return refused('token-does-not-fit');
  if (check === 'expired') return refused('token-expired');
  return {
    ok: true,
    stream: { streamSid, callSid: leg, foreign: false, ...(disclaimer !== undefined && { disclaimer }) },
  };
}

const own = (object: Fields, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

/** The name of a returned mark, or `undefined` where the message is none. */
export function readMark(body: string): string | undefined {
  const { name } = fields(parse(body).mark);
  return typeof name === 'string' ? name : undefined;
}
