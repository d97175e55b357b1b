/** A backfill on the running system, killed half-way and resumed; then everything is counted from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type System, type SystemEvent, startSystem } from '../../local/system/system.ts';
import { wavFile } from '../lambdas/support/wav.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface BackfillOptions {
  readonly recordings: number;
  /** Recordings of conferences among them, besides. */
  readonly conferences: number;
  readonly perSecond: number;
  readonly inFlight: number;
  /** Empty. */
  readonly directory: string;
  readonly write: (text: string) => void;
}

export interface BackfillFinding {
  readonly what: string;
  readonly seen: boolean;
  readonly detail: string;
}

export async function runBackfill(options: BackfillOptions): Promise<readonly BackfillFinding[]> {
  const { recordings, conferences, directory, write } = options;
  const fetched = new Map<string, number>();
  let halfWay: (() => void) | undefined;
  const onEvent = (event: SystemEvent): void => {
    if (event.kind === 'problem') write(`${event.message}\n`);
    if (event.kind !== 'twilio' || event.event.kind !== 'rest-request' || event.event.status !== 200) return;
    const [, recordingSid] = /\/(RE[0-9a-f]{32})\.(?:wav|mp3)$/.exec(event.event.path) ?? [];
    if (recordingSid === undefined) return;
    fetched.set(recordingSid, (fetched.get(recordingSid) ?? 0) + 1);
    if (fetched.size >= recordings / 2) halfWay?.();
  };
  const system = await startSystem({
    ...{ root: ROOT, port: 0, dataDirectory: join(directory, 'local'), keepAtTwilioSeconds: 86_400, onEvent },
  });
  try {
    const made = await makeRecordings(system, options);
    write(`${made.length} recordings are at Twilio, ${conferences} of them of conferences.\n`);
    const first = startImport(options);
    await new Promise<void>((resolve) => {
      halfWay = resolve;
      void first.ended.then(() => resolve());
    });
    first.process.kill('SIGKILL');
    const killed = await first.ended;
    const atKill = fetched.size;
    write(`The import was killed (${killed.signal}) after ${atKill} recordings had been fetched.\n`);
    const second = await startImport(options).ended;
    return [
      {
        what: 'the first run was killed half-way',
        seen: killed.signal === 'SIGKILL' && atKill < recordings,
        detail: `by ${killed.signal}, after ${atKill} of ${recordings}`,
      },
      ...judgeReport(second, options),
      ...(await judgeSystem(system, options, fetched)),
    ];
  } finally {
    await system.stop();
  }
}

async function makeRecordings({ twilio }: System, options: BackfillOptions): Promise<readonly string[]> {
  const { recordings, conferences, directory } = options;
  if (!twilio) throw new Error('The simulated Twilio is missing.');
  // Of different lengths, so that no audio passes for another's.
  const voices = [1, 2].flatMap((channels) =>
    [0.5, 0.75, 1].map((seconds) => {
      const file = join(directory, `voice-${channels}-${seconds}.wav`);
      writeFileSync(file, wavFile({ channels, seconds }));
      return file;
    }),
  );
  const made: string[] = [];
  for (let index = 0; index < recordings + conferences; index += 1) {
    const number = index.toString(16).padStart(32, '0');
    const wav = voices[index % voices.length] ?? '';
    const conference = index >= recordings && { conferenceSid: `CF${number}` };
    made.push(await twilio.importRecording({ callSid: `CA${number}`, wav, ...conference }));
  }
  return made;
}

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command as an operator runs it, in a process of its own. */
function startImport(options: BackfillOptions): { readonly process: ChildProcess; readonly ended: Promise<Ended> } {
  const { directory, perSecond, inFlight } = options;
  const args = [
    ...['recordings', 'import', '--json', `--local=${join(directory, 'local')}`],
    ...['--from', '2020-01-01', '--to', '2100-01-01', '--remembered', join(directory, 'imports.json')],
    ...['--per-second', String(perSecond), '--in-flight', String(inFlight)],
  ];
  return startCommand(args);
}

function startCommand(args: readonly string[]): { readonly process: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['cli/main.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    err += text.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve({ exit, signal, out, err }));
  });
  return { process: child, ended };
}

function judgeReport({ exit, out, err }: Ended, { recordings, conferences }: BackfillOptions): BackfillFinding[] {
  const report = out.startsWith('{') ? JSON.parse(out) : {};
  const { resumed, stored, left } = report;
  const named = Array.isArray(left) ? left.filter(({ why }) => why === 'no-call').length : 0;
  return [
    {
      what: 'the second run went on with the first, and counted all of them as its own',
      seen: resumed === true && stored === recordings && exit === (conferences > 0 ? 1 : 0),
      detail: `resumed: ${resumed}, stored: ${stored}, exit code ${exit}${err}${report.error ?? ''}`,
    },
    {
      what: 'recordings without a call were named, and nothing else was left',
      seen: named === conferences && left.length === conferences,
      detail: `${named} were named`,
    },
  ];
}

async function judgeSystem(
  system: System,
  { recordings, directory }: BackfillOptions,
  fetched: ReadonlyMap<string, number>,
): Promise<BackfillFinding[]> {
  const keys = await objectKeys(system.clients.s3, system.endpoints.bucket);
  const known = new Map(system.twilio?.recordings().map((recording) => [recording.sid, recording]));
  let same = 0;
  for (const key of new Set(keys)) {
    const [, callSid, recordingSid = ''] =
      /^recordings\/(CA[0-9a-f]{32})\/(RE[0-9a-f]{32})\.(?:wav|mp3)$/.exec(key) ?? [];
    const audio = system.audioAtTwilio(recordingSid);
    if (known.get(recordingSid)?.callSid !== callSid || audio === undefined) continue;
    if ((await digestOf(system.clients.s3, system.endpoints.bucket, key)) === digest(await buffer(audio))) same += 1;
  }
  const twice = [...fetched].filter(([, count]) => count > 1).length;
  const local = `--local=${join(directory, 'local')}`;
  const listed = await startCommand(['recordings', 'list', '--json', '--limit', '1000000', local]).ended;
  const { recordings: rows = [] } = JSON.parse(listed.out);
  const kept = rows.filter(
    (row: { state: string; madeBy: string }) => row.state === 'stored' && row.madeBy === 'other',
  );
  return [
    {
      what: 'S3 has each recording once, with the very bytes that Twilio has',
      seen: keys.length === recordings && same === recordings,
      detail: `${keys.length} objects, ${same} identical`,
    },
    {
      what: 'none was copied twice',
      seen: fetched.size === recordings && twice === 0,
      detail: `${fetched.size} were fetched, ${twice} more than once`,
    },
    {
      what: 'the table has each as stored, and as none of ours to delete',
      seen: rows.length === recordings && kept.length === recordings,
      detail: `${rows.length} rows, ${kept.length} stored and kept at Twilio`,
    },
  ];
}

async function objectKeys(s3: S3Client, Bucket: string): Promise<string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await s3.send(
      // Waveforms lie beside them.
      new ListObjectsV2Command({ Bucket, Prefix: 'recordings/', ContinuationToken: after }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    after = page.NextContinuationToken;
  } while (after !== undefined);
  return keys;
}

async function digestOf(s3: S3Client, Bucket: string, Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return digest((await Body?.transformToByteArray()) ?? new Uint8Array());
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
