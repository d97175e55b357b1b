/** `recorder users`, over HTTP, on a model of the user pool. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startUserPoolServer } from '../../../local/hosted/user-pool-server.ts';
import { UserPoolModel } from '../../../sim/aws/user-pool.ts';
import { beforeRemoval, temporaryDirectory } from '../../local/support.ts';
import { run } from '../support.ts';

const POOL = 'us-east-1_AbCdEfGhI';
const directory = temporaryDirectory();
let changes = 0;
let pool: UserPoolModel;

const service = 'http://127.0.0.1:9';
const endpoints = {
  ...{ voiceUrl: `${service}/voice`, publicUrl: service, secret: 's', table: 't', bucket: 'b' },
  ...{ twilio: { url: service, simulated: true }, queues: { 'call-recorder-prod-recording-start': service } },
};
const aws = { region: 'us-east-1', accessKeyId: 'A', secretAccessKey: 'S' };
const services = { dynamodb: service, s3: service, sqs: service, secretsmanager: service };
const write = (to: string, console?: object) =>
  writeFileSync(
    join(to, 'endpoints.json'),
    JSON.stringify({ ...endpoints, aws: { ...aws, endpoints: services }, console }),
  );

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const settings = {
    issuer: 'i',
    clientId: 'c',
    callbackUrls: [],
    scopes: [],
    valid: { access: 1, id: 1, refresh: 1 },
  };
  pool = new UserPoolModel({ ...settings, privateKey, now: () => 0, newId }, [], ['all_teams']);
  const onChange = () => {
    changes += 1;
  };
  const server = await startUserPoolServer({ pool, poolId: POOL, onChange });
  beforeRemoval(() => server.close());
  write(directory, { url: 'http://127.0.0.1:8', userPoolId: POOL, usersUrl: server.url });
});

const users = (...args: string[]) => run(['users', ...args, `--local=${directory}`]);

test('nobody is there at first, and the list says what to do', async () => {
  const { exit, out } = await users('list');
  expect([exit, out]).toEqual([0, expect.stringContaining('"users add EMAIL --team NAME"')]);
});

test('somebody is invited to teams, which are made where they are new', async () => {
  const { exit, out, json } = await users('add', 'maria@example.com', '--team', 'sales,support', '--json');
  expect([exit, json]).toEqual([
    0,
    { user: 'maria@example.com', invited: true, groups: ['sales', 'support'], dryRun: false },
  ]);
  expect(out).not.toContain('undefined');
  expect(pool.user('maria@example.com')).toMatchObject({ email: 'maria@example.com', groups: ['sales', 'support'] });
});

test('somebody who is known already gets the teams that they lack, and no other invitation', async () => {
  const { out } = await users('add', 'MARIA@example.com', '--team', 'sales', '--all-teams');
  expect(out).toBe('MARIA@example.com: all teams added. They see the calls of: sales, support, all teams.\n');
  expect(pool.users()).toHaveLength(1);
  expect((await users('add', 'maria@example.com', '--team', 'sales')).out).toContain('Nothing to change');
});

test('without a team the command says that they see nothing, and how to change that', async () => {
  const { exit, out } = await users('add', 'omar@example.com');
  expect(exit).toBe(0);
  expect(out).toContain('was invited. Without a team they see no call.');
  expect(out).toContain('users add omar@example.com');
});

test('the list shows whose calls each sees', async () => {
  const { out } = await users('list');
  expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['USER', 'SEES', 'STATE'],
    ['maria@example.com', 'sales, support, all teams', 'force_change_password'],
    ['omar@example.com', 'nothing', 'force_change_password'],
    [''],
  ]);
});

test('teams are taken away, or the user', async () => {
  const { out } = await users('remove', 'maria@example.com', '--all-teams', '--team', 'support');
  expect(out).toBe('maria@example.com: support, all teams taken away. They see the calls of: sales.\n');
  expect((await users('remove', 'omar@example.com')).out).toContain('was removed');
  expect(pool.users().map(({ username }) => username)).toEqual(['maria@example.com']);
});

test('--dry-run changes nothing', async () => {
  const before = JSON.stringify(pool.users());
  expect((await users('add', 'new@example.com', '--dry-run')).out).toContain('would be invited');
  expect((await users('remove', 'maria@example.com', '--dry-run')).out).toContain('would be removed');
  expect((await users('add', 'maria@example.com', '--team', 'other', '--dry-run')).exit).toBe(0);
  expect(JSON.stringify(pool.users())).toBe(before);
});

test.each([
  [['remove', 'nobody@example.com'], 1, 'There is no user nobody@example.com.'],
  [['add', 'Okta_maria'], 1, 'an invitation needs an e-mail address'],
  [['add', 'maria@example.com', '--team', 'Sales!'], 2, 'lowercase letters, digits and hyphens'],
  [['add'], 2, 'EMAIL'],
])('%p fails, and says why', async (args, exit, why) => {
  const ran = await users(...args);
  expect([ran.exit, ran.err]).toEqual([exit, expect.stringContaining(why)]);
});

test('a recorder that hosts no console has no users, and the command says how to host one', async () => {
  const without = temporaryDirectory();
  write(without);
  const { exit, err } = await run(['users', 'list', `--local=${without}`]);
  expect([exit, err]).toEqual([1, expect.stringContaining('"console": {}')]);
});

test('more users than fit on a page are all listed', async () => {
  for (let index = 0; index < 130; index += 1) pool.createUser(`u${index}@example.com`, `u${index}@example.com`);
  expect((await users('list', '--json')).json.users).toHaveLength(131);
  expect(changes).toBeGreaterThan(0);
});
