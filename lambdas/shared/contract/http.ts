/** What the HTTP API is asked for, by Twilio and by the owner. */

/** Paths of the HTTP API. Twilio is given `<public URL><path>`. */
export const HTTP_PATHS = {
  voice: '/voice',
  streamStatus: '/stream-status',
  recordingCallback: '/recording-callback',
} as const;

/** Where Twilio fetches the disclaimers that `<Play>` names: `<public URL>/disclaimer/<SHA-256>.wav`. Public, as what callers hear is. */
export const DISCLAIMER_PATH = '/disclaimer';

/** Route keys of the HTTP API that IAM authorizes: for people and programs of the owner, not for Twilio. */
export const LOOK_UP_ROUTES = {
  call: 'GET /calls/{callSid}',
  calls: 'GET /calls',
  recordings: 'GET /recordings',
  peaks: 'GET /calls/{callSid}/recordings/{recordingSid}/peaks',
  link: 'POST /calls/{callSid}/recordings/{recordingSid}/link',
} as const;

/** The route by which the owner reads who looked up what. It takes a right of its own. */
export const AUDIT_ROUTE = 'GET /audit';

/** Path of the hosted console's routes, before that of the route that each stands for. */
export const CONSOLE_PREFIX = '/console';
const ofConsole = <Route extends string>(route: Route) => route.replace(' ', ` ${CONSOLE_PREFIX}`);

/**
 * What the hosted console asks for, by the route that it stands for: the same, authorized by a user's token instead of by IAM. One path for
 * both would need one authorizer for both.
 */
export const CONSOLE_ROUTES: { readonly [route: string]: string } = Object.fromEntries(
  [LOOK_UP_ROUTES.call, LOOK_UP_ROUTES.calls, LOOK_UP_ROUTES.peaks, LOOK_UP_ROUTES.link, AUDIT_ROUTE].map((route) => [
    route,
    ofConsole(route),
  ]),
);

/** Scope that a user's token must have: identity tokens have none, and so reach no route. */
export const CONSOLE_SCOPE = 'openid';

/** Members of this Cognito group see the calls of all teams, and the audit. No team can have this name: names of teams have no `_`. */
export const ALL_TEAMS = 'all_teams';

/** Parameters of the voice URL, `<public URL>/voice?…`, that say what a number's owner wants of its calls. */
export const POLICY_PARAMETERS = [
  'after',
  'afterMethod',
  'record',
  'team',
  'disclaimer',
  'startBy',
  'withoutStream',
] as const;

/** Names in them: of teams, and of disclaimers. */
export const POLICY_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Parameters beside them that `numbers point` keeps there for `numbers restore`. They mean nothing to a call. */
export const RESTORE_PARAMETERS = ['application', 'before', 'beforeMethod', 'fallback', 'fallbackMethod'] as const;

/** The route by which the owner's people and programs have a live call recorded. IAM authorizes it, too. */
export const RECORD_ROUTE = 'POST /calls/{callSid}/recording';

/** The routes by which the owner's people place calls on hold, release them, and list what is held. IAM authorizes each by itself. */
export const HOLD_ROUTES = {
  hold: 'POST /calls/{callSid}/hold',
  release: 'POST /calls/{callSid}/release',
  list: 'GET /holds',
} as const;

/** The route by which the owner's people have a call erased, or some of its recordings. IAM authorizes it, too. */
export const ERASE_ROUTE = 'POST /calls/{callSid}/erasure';

/** Where Twilio gets the sound of the canary's calling side. */
export const CANARY_TONE_PATH = '/canary/tone.wav';
