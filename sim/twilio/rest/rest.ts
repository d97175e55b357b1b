/** Twilio's REST API: authentication and routing. */

import { announcedRefusal, notFound, TOO_MANY_REQUESTS, UNAUTHENTICATED } from '../errors.ts';
import { type Outcome, outcome } from '../outcome.ts';
import type { Context, RestRequest } from '../requests.ts';
import type { TwilioState } from '../state.ts';
import { applicationInstance } from './applications.ts';
import { callInstance, callList } from './call-resource.ts';
import { account, numberInstance, numberList } from './numbers.ts';
import {
  callRecording,
  callRecordings,
  recordingInstance,
  recordingList,
  recordingMedia,
} from './recording-resource.ts';

type Route = readonly [RegExp, (context: Context, ...sids: string[]) => Outcome];

const ROUTES: readonly Route[] = [
  [/^\.json$/, account],
  [/^\/IncomingPhoneNumbers\.json$/, numberList],
  [/^\/IncomingPhoneNumbers\/(PN[0-9a-f]{32})\.json$/i, numberInstance],
  [/^\/Applications\/(AP[0-9a-f]{32})\.json$/i, applicationInstance],
  [/^\/Calls\.json$/, callList],
  [/^\/Calls\/(CA[0-9a-f]{32})\.json$/i, callInstance],
  [/^\/Calls\/(CA[0-9a-f]{32})\/Recordings\.json$/i, callRecordings],
  [/^\/Calls\/(CA[0-9a-f]{32})\/Recordings\/(RE[0-9a-f]{32}|Twilio\.CURRENT)\.json$/i, callRecording],
  [/^\/Recordings\.json$/, recordingList],
  [/^\/Recordings\/(RE[0-9a-f]{32})\.json$/i, recordingInstance],
  [/^\/Recordings\/(RE[0-9a-f]{32})(\.wav|\.mp3|)$/i, recordingMedia],
];

/** Answers a request as `api.twilio.com` does. Errors are replies, never thrown. */
export function answer(state: TwilioState, now: number, request: RestRequest): Outcome {
  const url = URL.parse(request.target, 'http://host');
  if (!url) return outcome(state, notFound(request.target));
  if (state.refusals) {
    const { status, count } = state.refusals;
    const refusals = count > 1 ? { status, count: count - 1 } : null;
    return outcome({ ...state, refusals }, announcedRefusal(status));
  }
  if ((request.concurrent ?? 0) > state.settings.concurrentRequests) return outcome(state, TOO_MANY_REQUESTS);
  if (!isAuthentic(state, request.authorization)) return outcome(state, UNAUTHENTICATED);
  const [, accountSid, rest] = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})(\/.*|\.json)$/i.exec(url.pathname) ?? [];
  if (accountSid === undefined || rest === undefined) return outcome(state, notFound(url.pathname));
  if (accountSid !== state.credentials.accountSid) return outcome(state, UNAUTHENTICATED);
  for (const [pattern, handle] of ROUTES) {
    const match = pattern.exec(rest);
    if (!match) continue;
    const form = new URLSearchParams(request.body ?? '');
    const { method } = request;
    return handle(
      {
        state,
        now,
        method,
        path: url.pathname,
        query: url.searchParams,
        form,
        actor: request.actor,
        range: request.range,
      },
      ...match.slice(1),
    );
  }
  return outcome(state, notFound(url.pathname));
}

/** Basic authentication by account SID and auth token, or by API key SID and secret. */
function isAuthentic({ credentials }: TwilioState, authorization: string | undefined): boolean {
  const [, encoded] = /^Basic (\S+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return false;
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  const { accountSid, authToken, apiKeySid, apiKeySecret } = credentials;
  if (given === `${accountSid}:${authToken}`) return true;
  return apiKeySid !== undefined && apiKeySecret !== undefined && given === `${apiKeySid}:${apiKeySecret}`;
}
