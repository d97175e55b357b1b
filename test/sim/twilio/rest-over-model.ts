/** The REST adapter over the model of Twilio: what is asked is what Twilio would be asked. */
import type { HttpClient } from '../../../lambdas/shared/adapters/twilio/https-client.ts';
import { twilioRest } from '../../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import type { TwilioRest } from '../../../lambdas/shared/ports/twilio.ts';
import { DAY, type Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { apply } from '../../../sim/twilio/model.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import { type FinalStatus, makeState, type TwilioSettings, type TwilioState } from '../../../sim/twilio/state.ts';
import { ACCOUNT, API_URL, CREDENTIALS, TOKEN } from '../../lambdas/support/fixtures.ts';
import { NOON } from '../../lambdas/support/time.ts';

export interface AtModel {
  readonly rest: TwilioRest;
  readonly accountSid: string;
  /** The paths and queries that were asked, in order. */
  readonly asked: string[];
  state: TwilioState;
  /** When REST is asked; later than whatever the tests make happen. */
  now: Instant;
  /** A call that is over, unless `status` says otherwise. @returns its SID */
  called(
    at: Instant,
    call: { to: string; from?: string; seconds?: number; status?: FinalStatus | 'in-progress' },
  ): string;
  /** A completed recording of a second, of a call of its own. @returns its SID */
  recorded(at: Instant, callSid?: string): string;
}

export function restOverModel(settings: Partial<TwilioSettings> = {}): AtModel {
  const { username, password } = CREDENTIALS.rest;
  const account = { accountSid: ACCOUNT, authToken: TOKEN, apiKeySid: username, apiKeySecret: password };
  const credentials = { current: async () => CREDENTIALS, refresh: async () => false };
  const act = (now: Instant, request: TwilioRequest): string => {
    const { state, reply } = apply(model.state, now, request);
    model.state = state;
    return reply.sid ?? '';
  };
  const client: HttpClient = {
    async text({ method, path, headers, body }) {
      model.asked.push(path);
      const request = { kind: 'rest', method, target: path, authorization: headers.authorization } as const;
      const { state, reply } = apply(model.state, model.now, body === undefined ? request : { ...request, body });
      model.state = state;
      return { statusCode: reply.status, body: reply.body ? JSON.stringify(reply.body) : '', headers: {} };
    },
    open: () => Promise.reject(new Error('No audio is asked for.')),
  };
  const model: AtModel = {
    rest: twilioRest({ apiUrl: API_URL, credentials, client }),
    accountSid: ACCOUNT,
    asked: [],
    now: NOON + 7 * DAY,
    state: makeState(account, 'seed', { baseUrl: API_URL, ...settings }),
    called(at, { to, from = '+15005550001', seconds = 60, status = 'completed' }) {
      const callSid = act(at, { kind: 'call-arrived', from, to, registrationDelay: 0 });
      if (status === 'completed' || status === 'in-progress') act(at, { kind: 'call-answered', callSid });
      if (status !== 'in-progress') act(at + seconds * 1000, { kind: 'call-ended', callSid, status });
      return callSid;
    },
    recorded(at, callSid = model.called(at, { to: '+15005550099' })) {
      const options = { channels: 2, track: 'both', source: 'StartCallRecordingAPI', callback: null } as const;
      return act(at + 1000, { kind: 'recording-imported', callSid, audioMilliseconds: 1000, options });
    },
  };
  return model;
}
