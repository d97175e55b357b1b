/** What is wrong with a command line is said before anything is asked for. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../cli/command/commands.ts';
import { temporaryDirectory } from '../local/support.ts';
import { run } from './support.ts';

/** Ends what hangs; a busy machine is slow. */

const ROOT = join(import.meta.dirname, '..', '..');
const CALL = `CA${'1'.repeat(32)}`;

describe('help', () => {
  test.each([[[]], [['--help']]])('lists all commands: %j', async (args) => {
    const { exit, out } = await run(args);
    expect(exit).toBe(0);
    for (const { name, summary } of COMMANDS) expect(out).toMatch(new RegExp(`  ${name}\\b.*${summary.slice(0, 20)}`));
  });

  test.each(COMMANDS)('of $name names each of its options, and asks nobody', async (command) => {
    const { exit, out } = await run([...command.name.split(' '), '--help', '--local=/nowhere']);
    expect(exit).toBe(0);
    expect(out).toContain(command.summary);
    for (const option of [...Object.keys(command.options), 'json', 'stack']) expect(out).toContain(`--${option}`);
    expect(out.includes('--dry-run')).toBe(command.changes);
  });

  test('of a group lists the group', async () => {
    const { exit, out } = await run(['recordings', '--help']);
    expect([exit, out.includes('recordings list'), out.includes('calls show')]).toEqual([0, true, false]);
  });

  test.each(COMMANDS)('and docs/cli.md tell of $name and its options', (command) => {
    const [, article] = readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8').split(`## ${command.name}\n`);
    const [text] = (article ?? '').split('\n## ');
    expect(text?.trim()).not.toBe('');
    for (const option of Object.keys(command.options)) expect(text).toContain(`--${option}`);
  });
});

test('the README names every command, in the words of the help', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const signatures = COMMANDS.map(({ name, operands }) => [
    name,
    ...operands.filter(({ required }) => required).map((one) => one.name),
  ]);
  for (const words of signatures) expect(readme).toContain(`\`${words.join(' ')}\``);
});

test('the version, before and behind a command', async () => {
  for (const args of [['--version'], ['doctor', '--version']]) {
    expect(await run(args)).toMatchObject({ exit: 0, out: '1.2.3\n' });
  }
});

describe('options before the command', () => {
  test.each([
    ['of all commands', ['--local=/nowhere', 'doctor'], 1, /No local system runs in \/nowhere/],
    ['with a value that is a command', ['--stack', 'doctor', 'calls', 'show'], 2, /^calls show needs CA…/],
    ['of its own', ['--limit', '0', '--json', 'recordings', 'list'], 2, /--limit 0: a number from 1/],
    ['that it does not know', ['--colour', 'calls', 'show', CALL], 2, /Unknown option '--colour'. See .*calls show/],
  ])('%s', async (_, args, code, message) => {
    const { exit, out, err } = await run(args);
    expect([exit, out + err]).toEqual([code, expect.stringMatching(message)]);
  });

  test('-h shows the help of the command', async () => {
    for (const args of [
      ['-h', 'redrive'],
      ['redrive', '-h'],
    ]) {
      expect((await run(args)).out).toMatch(/npm run recorder -- redrive \[STEP\]/);
    }
  });
});

describe('a command that does not exist', () => {
  test.each([
    [['doctro', '--local'], 'doctor --local'],
    [['numbers', 'piont', '+15005550006', '--stack', 'a b'], "numbers point +15005550006 --stack 'a b'"],
    [['--json', 'recording', 'list'], '--json recordings list'],
  ])('%j: the nearest is suggested, ready to paste', async (args, command) => {
    const { exit, out, err } = await run(args);
    expect(exit).toBe(2);
    expect((out + err).replaceAll('\\"', '"')).toContain(`Did you mean "npm run recorder -- ${command}"?`);
  });

  test('only what was typed is quoted, and nothing is suggested that is far off', async () => {
    const { err } = await run(['destroy', '--local']);
    expect(err).toBe('There is no command "destroy". See "npm run recorder -- --help".\n');
  });
});

describe('usage errors', () => {
  test.each([
    ['a negative number', ['recordings', 'list', '--limit', '-5'], /^--limit -5: a number from 1 to/],
    [
      'no value',
      ['recordings', 'list', '--limit', '--url'],
      /^--limit needs a value: --limit=N. See .*recordings list --help/,
    ],
    ['an option alone that nothing knows', ['--colour'], /^Unknown option --colour. See/],
    ['an unknown command', ['calls', 'destroy'], /There is no command "calls destroy". calls knows: calls show/],
    ['a missing operand', ['calls', 'show'], /needs CA…/],
    ['a malformed SID', ['calls', 'show', 'CA1'], /"CA1" is no CA…: a call SID is CA and 32 hex digits/],
    ['one operand too many', ['calls', 'show', CALL, 'more'], /does not know what to do with "more"/],
    ['an unknown option', ['calls', 'show', CALL, '--colour'], /Unknown option '--colour'. See .*calls show --help/],
    ['two places', ['calls', 'show', CALL, '--local', '--stack', 'x'], /exclude each other/],
    ['a URL that is none', ['calls', 'show', CALL, '--twilio-api-url', 'x'], /must be a URL/],
  ])('%s', async (_, args, message) => {
    const { exit, out, err } = await run(args);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  test('are JSON where JSON was asked for', async () => {
    const { exit, json } = await run(['calls', 'show', '--json']);
    expect([exit, json]).toEqual([2, { error: expect.stringContaining('needs CA…') }]);
  });
});

describe('where the system is', () => {
  const directory = temporaryDirectory();
  const file = (name: string, content: string) => {
    const path = join(directory, name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const outputs = { VoiceUrl: 'https://a/voice', StreamUrl: 'wss://b', SecretName: 'c', TableName: 'd' };

  test.each([
    ['no outputs', ['--outputs', join(directory, 'none.json')], /There is no .*none.json.*cdk deploy --outputs-file/],
    ['no JSON', ['--outputs', file('text.json', 'text')], /text.json cannot be read/],
    ['null', ['--outputs', file('null.json', 'null')], /null.json cannot be read: it holds no JSON object/],
    ['a folder', ['--outputs', directory], /cannot be read: it is a folder/],
    [
      'another stack',
      ['--outputs', file('other.json', '{"a":{},"b":{}}')],
      /no stack call-recorder-prod; it has: a, b/,
    ],
    [
      'an output too few',
      ['--stack', 's', '--outputs', file('few.json', JSON.stringify({ s: outputs }))],
      /few.json has no BucketName. Deploy s again/,
    ],
    [
      'no local system',
      ['--local', directory],
      /No local system runs in (\S+) .*Start it with "npm start -- --data \1"/,
    ],
  ])('%s', async (_, args, message) => {
    const { exit, err } = await run(['calls', 'show', CALL, ...args]);
    expect(exit).toBe(1);
    expect(err).toMatch(message);
  });

  test('a system that was killed has left its file, and does not answer', async () => {
    const endpoint = 'http://127.0.0.1:1';
    const endpoints = {
      ...{ publicUrl: endpoint, voiceUrl: `${endpoint}/voice`, twilio: { url: endpoint } },
      aws: {
        ...{ region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' },
        endpoints: { dynamodb: endpoint, s3: endpoint, sqs: endpoint, secretsmanager: endpoint },
      },
      ...{ table: 't', bucket: 'b', secret: 's', queues: { 'x-recording-start': endpoint } },
    };
    file('endpoints.json', JSON.stringify(endpoints));
    const { exit, err } = await run(['calls', 'show', CALL, '--local', directory]);
    expect(exit).toBe(1);
    expect(err).toMatch(/does not answer\. It is not running any more: .*endpoints.json was left behind. Start it/);
  });
});

describe('as a process, whose reader has left', () => {
  /** Closes the streams before anything is written to them. */
  const recorder = (closed: readonly ('stdout' | 'stderr')[], ...args: string[]) => {
    const child = spawn(process.execPath, ['cli/main.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of closed) child[stream].destroy();
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit) => resolve({ exit, text }));
    });
  };

  test.each([
    ['the help', ['stdout'] as const, ['--help'], 0],
    ['a problem', ['stderr'] as const, ['calls', 'show'], 2],
    ['a problem as JSON', ['stdout', 'stderr'] as const, ['calls', 'show', '--json'], 2],
  ])('%s ends quietly, with its own exit code', async (_, closed, args, exit) => {
    expect(await recorder(closed, ...args)).toEqual({ exit, text: '' });
  });
});

test('as a process: exit codes, and results apart from problems', () => {
  const recorder = (...args: string[]) =>
    spawnSync(process.execPath, ['cli/main.ts', ...args], { cwd: ROOT, encoding: 'utf8' });
  const wrong = recorder('calls', 'show');
  expect([wrong.status, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toMatch(/needs CA…/);
  const help = recorder('--help');
  expect([help.status, help.stderr]).toEqual([0, '']);
});
