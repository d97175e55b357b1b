/** Commands start at once: each loads what it needs, and nothing else. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../local/support.ts';

/** Ends what hangs; a busy machine is slow. */

const ROOT = join(import.meta.dirname, '..', '..');
const directory = temporaryDirectory();

/** Lists the files that Node has resolved, on a channel of its own. */
const LIST = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      writeSync(3, found.url + '\\n');
      return found;
    },
  });
`)}`;

interface Ended {
  readonly exit: number | null;
  readonly err: string;
  /** Paths from the root. */
  readonly loaded: readonly string[];
}

function recorder(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', LIST, 'cli/main.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let [err, urls] = ['', ''];
  child.stderr?.on('data', (text: Buffer) => {
    err += text.toString();
  });
  child.stdio[3]?.on('data', (text: Buffer) => {
    urls += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => {
      const files = urls.split('\n').filter((url) => url.startsWith('file:'));
      resolve({ exit, err, loaded: files.map((url) => decodeURI(new URL(url).pathname)) });
    });
  });
}

/** The packages among the files, by name. */
const packagesOf = (loaded: readonly string[]): string[] => [
  ...new Set(loaded.flatMap((file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])),
];

test.each([[['--help']], [['--version']], [['recordings', 'import', '--help']], [['calls', 'show']]])(
  '%j loads no package at all',
  async (args) => {
    const { loaded } = await recorder(...args);
    expect(loaded.some((file) => file.endsWith('cli/command/recorder.ts'))).toBe(true);
    expect(packagesOf(loaded)).toEqual([]);
  },
);

test('calls show loads the client of the table, and no other, nor Twilio', async () => {
  const endpoint = 'http://127.0.0.1:1';
  const endpoints = {
    ...{ publicUrl: endpoint, voiceUrl: `${endpoint}/voice`, twilio: { url: endpoint } },
    aws: {
      ...{ region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' },
      endpoints: { dynamodb: endpoint, s3: endpoint, sqs: endpoint, secretsmanager: endpoint },
    },
    ...{ table: 't', bucket: 'b', secret: 's', queues: { 'x-recording-start': endpoint } },
  };
  writeFileSync(join(directory, 'endpoints.json'), JSON.stringify(endpoints));
  const { exit, err, loaded } = await recorder('calls', 'show', `CA${'1'.repeat(32)}`, `--local=${directory}`);
  expect([exit, err]).toEqual([1, expect.stringMatching(/does not answer/)]);
  const packages = packagesOf(loaded);
  expect(packages.filter((name) => name.startsWith('@aws-sdk/client-'))).toEqual(['@aws-sdk/client-dynamodb']);
  expect(packages).not.toContain('twilio');
});
