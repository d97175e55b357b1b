/** A model's account for the tests: requests are made as text, and the state is carried along. */
import type { Reply } from '../../../sim/twilio/errors.ts';
import { apply } from '../../../sim/twilio/model.ts';
import type { Effect } from '../../../sim/twilio/outcome.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import { makeState, type TwilioSettings, type TwilioState } from '../../../sim/twilio/state.ts';

export const ACCOUNT_SID = `AC${'0123456789abcdef'.repeat(2)}`;
export const CREDENTIALS = {
  accountSid: ACCOUNT_SID,
  authToken: 'token',
  apiKeySid: `SK${'0'.repeat(32)}`,
  apiKeySecret: 'secret',
};
export const BASE = `/2010-04-01/Accounts/${ACCOUNT_SID}`;
/** Sat, 04 Jul 2026 12:00:00 UTC. */
export const START = Date.UTC(2026, 6, 4, 12);

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  readonly body: any;
  /** The audio that is sent instead of a body. */
  readonly media: Reply['media'];
  readonly effects: readonly Effect[];
}

export interface Account {
  now: number;
  state: TwilioState;
  /** A request outside of the REST API; answers the SID. */
  act(request: TwilioRequest): string;
  /** The effects of the last request. */
  effects: readonly Effect[];
  rest(method: string, path: string, form?: Record<string, string>, more?: object): Answer;
  /** An answered incoming call that REST knows. */
  call(registrationDelay?: number): string;
  /** A recording of that call. */
  record(callSid: string, form?: Record<string, string>): string;
}

export function openAccount(settings: Partial<TwilioSettings> = {}): Account {
  const account: Account = {
    now: START,
    state: makeState(CREDENTIALS, 'seed', settings),
    effects: [],
    act(request) {
      const { state, reply, effects } = apply(account.state, account.now, request);
      account.state = state;
      account.effects = effects;
      return reply.sid ?? '';
    },
    rest(method, path, form = {}, more = {}) {
      const { state, reply, effects } = apply(account.state, account.now, {
        ...{ kind: 'rest', method, target: path.startsWith('/2010') ? path : BASE + path },
        authorization: basic(ACCOUNT_SID, 'token'),
        body: new URLSearchParams(form).toString(),
        ...more,
      });
      account.state = state;
      account.effects = effects;
      return { status: reply.status, body: reply.body, media: reply.media, effects };
    },
    call(registrationDelay = 0) {
      const callSid = account.act({
        kind: 'call-arrived',
        from: '+15005550001',
        to: '+15005550006',
        registrationDelay,
      });
      account.act({ kind: 'call-answered', callSid });
      return callSid;
    },
    record(callSid, form = {}) {
      return account.rest('POST', `/Calls/${callSid}/Recordings.json`, form).body.sid;
    },
  };
  return account;
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
