/**
 * Who asks, and whose calls they may see. IAM decides of principals by the route: they see all calls. A user of the hosted console sees the
 * calls of their teams, which are their groups in Cognito, as the verified token tells.
 */
import { ALL_TEAMS, CONSOLE_ROUTES } from '../contract/http.ts';
import { isPolicyName } from '../rules/call/policy.ts';
import type { Row } from '../rules/table/rows.ts';
import { type IamRequest, iamCaller } from './iam-request.ts';

/** A request of one of the routes that a user's token may authorize, or of any other. */
export interface ViewerRequest extends IamRequest {
  readonly routeKey?: string;
}

export interface Viewer {
  /** As the audit has it: an ARN, or `user:` and a name. */
  readonly who: string;
  /** Cognito's `sub`, of a user. */
  readonly userId?: string;
  /** As the log has it. A user's name may be a telephone number; their id is not. */
  readonly caller: string | undefined;
  readonly teams: 'all' | ReadonlySet<string>;
}

/** By the route of the hosted console, the one that it stands for. */
const PLAIN_ROUTES = new Map(Object.entries(CONSOLE_ROUTES).map(([route, ofConsole]) => [ofConsole, route]));

/** The route without regard to who authorizes it. */
export const plainRoute = ({ routeKey = '' }: ViewerRequest): string => PLAIN_ROUTES.get(routeKey) ?? routeKey;

/** The route alone says who has authorized the request: what else the event holds is believed only as far as that goes. */
export function viewerOf(request: ViewerRequest): Viewer {
  if (PLAIN_ROUTES.has(request.routeKey ?? '')) return userOf(request.requestContext.authorizer?.jwt?.claims ?? {});
  const caller = iamCaller(request);
  return { who: caller ?? 'unknown', caller, teams: 'all' };
}

function userOf({
  sub,
  username,
  token_use: use,
  'cognito:groups': groups,
}: {
  readonly [name: string]: unknown;
}): Viewer {
  // Only an access token is meant for an API. Without an id nobody could be held to what they see.
  if (typeof sub !== 'string' || sub === '' || use !== 'access')
    return { who: 'unknown', caller: undefined, teams: NONE };
  const who = `user:${typeof username === 'string' ? username : sub}`;
  return { who, userId: sub, caller: `user:${sub}`, teams: teamsOf(groups) };
}

const NONE: ReadonlySet<string> = new Set();

/**
 * API Gateway writes a list as `[one two]`. Names of Cognito's groups hold no space.
 *
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateGroup.html
 */
function teamsOf(groups: unknown): Viewer['teams'] {
  const [, list = ''] = typeof groups === 'string' ? (/^\[(.*)\]$/s.exec(groups) ?? []) : [];
  const names = list.split(' ');
  // Groups that Cognito makes for federated users, and other applications' own, are no teams.
  return names.includes(ALL_TEAMS) ? 'all' : new Set(names.filter(isPolicyName));
}

/** A call without a team is seen by those alone who see all. */
export const seesTeam = ({ teams }: Viewer, team: string | undefined): boolean =>
  teams === 'all' || (team !== undefined && teams.has(team));

/** Whether the viewer sees a call, by its rows. */
export function seesCall(viewer: Viewer, rows: readonly Row[]): boolean {
  const call = rows.find((row) => row.kind === 'call');
  return seesTeam(viewer, call?.policy?.team);
}

/** Whether there are calls at all that the viewer may see. */
export const seesAny = ({ teams }: Viewer): boolean => teams === 'all' || teams.size > 0;
