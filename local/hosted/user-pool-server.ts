/** The part of Cognito's JSON 1.1 protocol by which `recorder users` manages users. */

import type { PoolUser, UserPoolModel } from '../../sim/aws/user-pool.ts';
import { type JsonServer, ServiceError, serveJson } from '../emulators/json-protocol.ts';

interface PoolRequest {
  readonly UserPoolId?: string;
  readonly Username?: string;
  readonly GroupName?: string;
  readonly UserAttributes?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Limit?: number;
  readonly PaginationToken?: string;
}

interface Serving {
  readonly pool: UserPoolModel;
  readonly poolId: string;
  /** Told of each change. */
  readonly onChange: () => void;
}

/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/ */
export function startUserPoolServer({ pool, poolId, onChange }: Serving): Promise<JsonServer> {
  return serveJson<PoolRequest>({
    target: 'AWSCognitoIdentityProviderService',
    perform(operation, request) {
      const perform = OPERATIONS[operation];
      if (perform === undefined)
        throw new ServiceError('UnknownOperationException', `Local mode does not know ${operation}.`);
      if (request.UserPoolId !== poolId) {
        throw new ServiceError('ResourceNotFoundException', `User pool ${request.UserPoolId} does not exist.`);
      }
      const result = perform(pool, request);
      onChange();
      return result;
    },
  });
}

const known = (pool: UserPoolModel, { Username = '' }: PoolRequest): PoolUser => {
  const user = pool.user(Username);
  if (!user) throw new ServiceError('UserNotFoundException', 'User does not exist.');
  return user;
};

const knownGroup = (pool: UserPoolModel, { GroupName = '' }: PoolRequest): string => {
  if (!pool.groups().includes(GroupName)) throw new ServiceError('ResourceNotFoundException', 'Group not found.');
  return GroupName;
};

const shown = ({ username, sub, email, createdAt }: PoolUser) => ({
  ...{ Username: username, Enabled: true, UserStatus: 'FORCE_CHANGE_PASSWORD', UserCreateDate: createdAt / 1000 },
  Attributes: Object.entries({ sub, email, email_verified: 'true' }).map(([Name, Value]) => ({ Name, Value })),
});

const PAGE_MAX = 60;

const OPERATIONS: { readonly [operation: string]: (pool: UserPoolModel, request: PoolRequest) => object } = {
  AdminCreateUser(pool, { Username = '', UserAttributes = [] }) {
    const email = UserAttributes.find(({ Name }) => Name === 'email')?.Value ?? '';
    const user = pool.createUser(Username, email);
    if (!user) throw new ServiceError('UsernameExistsException', 'User account already exists');
    return { User: shown(user) };
  },
  AdminDeleteUser(pool, request) {
    pool.deleteUser(known(pool, request).username);
    return {};
  },
  ListUsers(pool, { Limit = PAGE_MAX, PaginationToken = '0' }) {
    const [from, users] = [Number(PaginationToken), pool.users()];
    const to = from + Math.min(Limit, PAGE_MAX);
    return { Users: users.slice(from, to).map(shown), ...(to < users.length && { PaginationToken: String(to) }) };
  },
  AdminListGroupsForUser: (pool, request) => ({
    Groups: known(pool, request).groups.map((GroupName) => ({ GroupName })),
  }),
  AdminAddUserToGroup(pool, request) {
    const group = knownGroup(pool, request);
    pool.setGroups(known(pool, request).username, (groups) => [...groups, group]);
    return {};
  },
  AdminRemoveUserFromGroup(pool, request) {
    const group = knownGroup(pool, request);
    pool.setGroups(known(pool, request).username, (groups) => groups.filter((one) => one !== group));
    return {};
  },
  CreateGroup(pool, { GroupName = '' }) {
    if (!pool.createGroup(GroupName))
      throw new ServiceError('GroupExistsException', 'A group with the name already exists.');
    return { Group: { GroupName } };
  },
};
