/** `users add`, `users list`, `users remove`. */
import { ALL_TEAMS } from '../../lambdas/shared/contract/http.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { columns } from '../terminal/terminal.ts';
import { type ConsoleUser, type UserPool, userPool } from './user-pool.ts';

export function addUser(context: CommandContext, name: string, groups: readonly string[]): Promise<Result> {
  return withPool(context, async (pool) => {
    const isKnown = await pool.exists(name);
    if (!isKnown && !name.includes('@')) {
      throw new Problem(
        `There is no user ${name}, and an invitation needs an e-mail address. Users of your own identity provider are known once they have signed in.`,
      );
    }
    const before = isKnown ? await pool.groupsOf(name) : [];
    const missing = groups.filter((group) => !before.includes(group));
    if (!context.dryRun) {
      if (!isKnown) await pool.invite(name);
      for (const group of missing) await pool.addToGroup(name, group);
    }
    const now = [...before, ...missing];
    const done = isKnown ? changeOf(name, missing, 'added') : `${name} ${context.dryRun ? 'would be' : 'was'} invited.`;
    const { consoleUrl } = context.place();
    const where = isKnown || consoleUrl === undefined ? '' : `\nThe e-mail names the console: ${consoleUrl}`;
    const text = `${done} ${seesWhat(now)}${where}${now.length > 0 ? '' : `\nGive a team: ${context.again('--team NAME')}`}`;
    return { exit: EXIT.ok, text, json: { user: name, invited: !isKnown, groups: now, dryRun: context.dryRun } };
  });
}

export function listUsers(context: CommandContext): Promise<Result> {
  return withPool(context, async (pool) => {
    const users = [...(await pool.list())].sort((one, other) => one.name.localeCompare(other.name));
    const rows = users.map(({ name, groups, status }) => [name, teamsOf(groups), status.toLowerCase()]);
    const none = 'Nobody may sign in yet. Invite somebody with "users add EMAIL --team NAME".';
    const text = users.length === 0 ? none : columns([['USER', 'SEES', 'STATE'], ...rows]);
    return { exit: EXIT.ok, text, json: { users: users satisfies readonly ConsoleUser[] } };
  });
}

export function removeUser(context: CommandContext, name: string, groups: readonly string[]): Promise<Result> {
  return withPool(context, async (pool) => {
    if (!(await pool.exists(name))) throw new Problem(`There is no user ${name}. "users list" shows all.`);
    const before = await pool.groupsOf(name);
    const leaving = groups.filter((group) => before.includes(group));
    if (!context.dryRun && groups.length === 0) await pool.remove(name);
    if (!context.dryRun) for (const group of leaving) await pool.removeFromGroup(name, group);
    const now = groups.length === 0 ? [] : before.filter((group) => !leaving.includes(group));
    const removed = `${name} ${context.dryRun ? 'would be' : 'was'} removed. A page that is open is refused within five minutes.`;
    const text = groups.length === 0 ? removed : `${changeOf(name, leaving, 'taken away')} ${seesWhat(now)}`;
    return {
      exit: EXIT.ok,
      text,
      json: { user: name, removed: groups.length === 0, groups: now, dryRun: context.dryRun },
    };
  });
}

const changeOf = (name: string, groups: readonly string[], what: string): string =>
  groups.length === 0 ? `Nothing to change for ${name}.` : `${name}: ${teamsOf(groups)} ${what}.`;

const teamsOf = (groups: readonly string[]): string =>
  groups.map((group) => (group === ALL_TEAMS ? 'all teams' : group)).join(', ') || 'nothing';

const seesWhat = (groups: readonly string[]): string =>
  groups.length === 0 ? 'Without a team they see no call.' : `They see the calls of: ${teamsOf(groups)}.`;

async function withPool(context: CommandContext, use: (pool: UserPool) => Promise<Result>): Promise<Result> {
  const place = context.place();
  const { userPoolId } = place;
  if (userPoolId === undefined) {
    throw new Problem(
      `${place.title} hosts no console, so that it has no users. Set "console": {} in the configuration and deploy it; ` +
        'docs/console.md says more. Where it was deployed already, the outputs are of an earlier deployment: take its new ones.',
    );
  }
  return withClients(place, ['cognito'], ({ cognito }) => use(userPool(cognito, userPoolId)));
}
