/** Bugs in who sees which call of the hosted console. */
import type { Mutant } from '../mutant.ts';

export const TEAMS: readonly Mutant[] = [
  {
    name: 'has users without the group of all teams see all',
    file: 'lambdas/shared/entry/viewer.ts',
    find: "names.includes(ALL_TEAMS) ? 'all'",
    replace: "names.length > 0 ? 'all'",
    costs: 'Everybody who may sign in listens to every call.',
  },
  {
    name: 'has a call without a team be seen by every team',
    file: 'lambdas/shared/entry/viewer.ts',
    find: '(team !== undefined && teams.has(team))',
    replace: '(team === undefined || teams.has(team))',
    costs: 'Imported calls, and those of numbers without a team, are heard by people they are not for.',
  },
  {
    name: 'believes an identity token',
    file: 'lambdas/shared/entry/viewer.ts',
    find: "sub === '' || use !== 'access'",
    replace: "sub === '' || use === ''",
    costs: 'A token that was made for a page, and may lie in logs, opens the API.',
  },
  {
    name: 'links to recordings of other teams',
    file: 'lambdas/look-up/visible.ts',
    find: 'row === undefined || seesCall(viewer, rows)',
    replace: 'row === undefined || rows.length > 0',
    costs: 'Whoever guesses two SIDs, or has seen them, hears the call of another team.',
  },
  {
    name: 'shows the audit to every team',
    file: 'lambdas/look-up/read-audit.ts',
    find: "if (teams !== 'all')",
    replace: "if (teams !== 'all' && teams.size === 0)",
    costs: 'It names the calls of all teams, and who has heard them.',
  },
  {
    name: 'tells another team’s call from one that nobody knows by the audit alone, and forgets to',
    file: 'lambdas/look-up/look-up.ts',
    find: '[{ ...act, refused: true }]',
    replace: '[act]',
    costs: 'An attack on other teams looks like a mistake.',
  },
  {
    name: 'names a call of another team where a list pauses',
    file: 'lambdas/look-up/calls.ts',
    find: "viewer.teams === 'all' ? page : pageOfTeams(page, asked)",
    replace: 'pageOfTeams({ ...page }, asked).found.length < 0 ? page : page',
    costs: 'The SID of a foreign call stands in `next`.',
  },
  {
    name: 'lets tokens of any scope in',
    file: 'lib/apis/webhook-api.ts',
    find: 'step, [CONSOLE_SCOPE]);',
    replace: 'step);',
    costs: "Identity tokens, and tokens of Cognito's own API, reach the function.",
  },
  {
    name: "lets users sign in past Cognito's page",
    file: 'lib/console/users.ts',
    find: "explicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH']",
    replace: "explicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_PASSWORD_AUTH']",
    costs: 'Passwords can be tried by a program, without PKCE and without the page.',
  },
  {
    name: "does not check the host of the page's sounds and tokens",
    file: 'lib/console/policy.ts',
    find: "['media-src', ...audio].join(' ')",
    replace: "'media-src *'",
    costs: 'A page that was tampered with plays, and leaks by, any host.',
  },
];
