/** The users of the hosted console, in Cognito. */
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  type CognitoIdentityProviderClient,
  CreateGroupCommand,
  GroupExistsException,
  paginateAdminListGroupsForUser,
  paginateListUsers,
  UserNotFoundException,
  UsernameExistsException,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import pMap from 'p-map';

export interface ConsoleUser {
  readonly name: string;
  readonly groups: readonly string[];
  /** Cognito's word, such as `CONFIRMED`. */
  readonly status: string;
}

/** Cognito answers 30 such requests a second: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html */
const AT_ONCE = { concurrency: 5 };

export type UserPool = ReturnType<typeof userPool>;

export function userPool(client: CognitoIdentityProviderClient, UserPoolId: string) {
  const ofUser = (Username: string) => ({ UserPoolId, Username });
  const groupsOf = async (name: string): Promise<readonly string[]> => {
    const groups: string[] = [];
    for await (const page of paginateAdminListGroupsForUser({ client }, ofUser(name))) {
      groups.push(...(page.Groups ?? []).flatMap(({ GroupName }) => GroupName ?? []));
    }
    return groups;
  };
  return {
    async list(): Promise<readonly ConsoleUser[]> {
      const users: UserType[] = [];
      for await (const page of paginateListUsers({ client }, { UserPoolId })) users.push(...(page.Users ?? []));
      return pMap(
        users,
        async ({ Username: name = '', UserStatus: status = '' }) => ({ name, status, groups: await groupsOf(name) }),
        AT_ONCE,
      );
    },
    /** @returns whether somebody was invited; not where there is such a user */
    async invite(email: string): Promise<boolean> {
      const UserAttributes = Object.entries({ email, email_verified: 'true' }).map(([Name, Value]) => ({
        Name,
        Value,
      }));
      const DesiredDeliveryMediums = ['EMAIL' as const];
      return wasDone(
        client.send(new AdminCreateUserCommand({ ...ofUser(email), UserAttributes, DesiredDeliveryMediums })),
        UsernameExistsException,
      );
    },
    async addToGroup(name: string, GroupName: string): Promise<void> {
      await wasDone(client.send(new CreateGroupCommand({ UserPoolId, GroupName })), GroupExistsException);
      await client.send(new AdminAddUserToGroupCommand({ ...ofUser(name), GroupName }));
    },
    removeFromGroup: (name: string, GroupName: string) =>
      client.send(new AdminRemoveUserFromGroupCommand({ ...ofUser(name), GroupName })),
    /** @returns whether there is such a user */
    exists: (name: string): Promise<boolean> =>
      wasDone(client.send(new AdminListGroupsForUserCommand(ofUser(name))), UserNotFoundException),
    groupsOf,
    remove: (name: string) => client.send(new AdminDeleteUserCommand(ofUser(name))),
  };
}

/** Whether the request was done, and not refused for the reason that was reckoned with. */
async function wasDone(request: Promise<unknown>, reason: abstract new (...given: never[]) => Error): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof reason) return false;
    throw error;
  }
}
