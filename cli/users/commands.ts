/** The commands about users of the hosted console. */
import { ALL_TEAMS } from '../../lambdas/shared/contract/http.ts';
import { isPolicyName } from '../../lambdas/shared/rules/call/policy.ts';
import { type Command, type Operand, type OptionHelp, textOf, type Values } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';

/** Names of federated users, such as `Okta_maria`, are known to Cognito once they have signed in. */
const NAME: Operand = {
  name: 'EMAIL',
  required: true,
  check: (text) =>
    /^[^\s\p{C}]{1,128}$/u.test(text) ? undefined : 'a user is named by an e-mail address, without spaces.',
};

const TEAMS: { readonly [name: string]: OptionHelp } = {
  team: { type: 'string', value: 'NAME,…', help: 'the teams whose calls they see, as in the voice URLs of numbers' },
  'all-teams': { type: 'boolean', help: 'they see the calls of all teams, and who listened' },
};

export const usersAdd: Command = {
  name: 'users add',
  operands: [NAME],
  summary: 'invites somebody to the hosted console, or adds teams to a user',
  help: `Cognito sends an invitation with a password for the first time, which is good for three days. Where there is such a user,
nothing is sent, and the teams are added to those that the user has: so is a user who signs in by your own identity provider,
once they have done so. Somebody without a team sees no call. A change of teams holds within five minutes.`,
  options: TEAMS,
  changes: true,
  run: async (context) => {
    const groups = groupsOf(context.values);
    const [name = ''] = context.positionals;
    return (await import('./users.ts')).addUser(context, name, groups);
  },
};

export const usersList: Command = {
  name: 'users list',
  operands: [],
  summary: 'who may sign in to the hosted console, and whose calls they see',
  help: 'Asks Cognito alone. Changes nothing.',
  options: {},
  changes: false,
  run: async (context) => (await import('./users.ts')).listUsers(context),
};

export const usersRemove: Command = {
  name: 'users remove',
  operands: [NAME],
  summary: 'takes a user, or some of their teams, away from the hosted console',
  help: `Without teams the user is deleted: they can no longer sign in, and a page that is open is refused within five minutes. With
teams only those are taken away. What they did stays in the audit.`,
  options: TEAMS,
  changes: true,
  run: async (context) => {
    const groups = groupsOf(context.values);
    const [name = ''] = context.positionals;
    return (await import('./users.ts')).removeUser(context, name, groups);
  },
};

function groupsOf(values: Values): readonly string[] {
  const names = (textOf(values, 'team') ?? '').split(',').filter((name) => name !== '');
  const wrong = names.filter((name) => !isPolicyName(name));
  if (wrong.length > 0) {
    throw new Problem(
      `--team ${wrong.join(',')}: a team has lowercase letters, digits and hyphens, 32 at most.`,
      EXIT.usage,
    );
  }
  return [...new Set([...names, ...(values['all-teams'] === true ? [ALL_TEAMS] : [])])];
}
