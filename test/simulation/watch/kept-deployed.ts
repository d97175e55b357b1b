/**
 * Alarms and schedules as they are deployed, read from the synthesized template.
 *
 * A synthesis takes as long as hundreds of histories. So what it gives is kept, under the hash of all that it is made of: threads and
 * later runs read the file, and a change of the stack, such as a planted bug, has it made anew.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Deployed } from './deployed.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** In a folder that no tool looks into, and that a copy of the repository shares. */
const FOLDER = join(ROOT, 'node_modules', '.cache', 'call-recorder');
/** What the template is made of, the steps' code aside. */
const INPUTS = [
  ...['lib', 'lambdas/shared/contract', 'docs/runbook.md', 'cdk.json', 'package-lock.json'],
  ...['test/lib/templates.ts', 'test/simulation/world/deployment.ts'],
  ...['deployed.ts', 'deployed-alarms.ts', 'log-filters.ts', 'synthesize-deployed.ts'].map(
    (file) => `test/simulation/watch/${file}`,
  ),
];

let known: Deployed | undefined;

/** Reads what is kept; the first time, it is synthesized. */
export function keptDeployed(): Deployed {
  if (known) return known;
  const file = join(FOLDER, `deployed-${hashOfInputs()}.json`);
  known = readKept(file) ?? synthesized(file);
  return known;
}

function readKept(file: string): Deployed | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // None is kept for this state of the sources.
    return undefined;
  }
}

function synthesized(file: string): Deployed {
  const folder = mkdtempSync(join(tmpdir(), 'call-recorder-deployed-'));
  try {
    const { CDK_OUTDIR: _out, CDK_CONTEXT_JSON: _context, ...environment } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'synthesize-deployed.ts')],
      {
        cwd: ROOT,
        env: { ...environment, CDK_VALIDATION: 'false', SHARED_FOLDER: folder },
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      },
    );
    if (status !== 0) throw new Error(`The template could not be synthesized:\n${stderr}`);
    mkdirSync(FOLDER, { recursive: true });
    // A reader finds a whole file or none meanwhile.
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, stdout);
    renameSync(unfinished, file);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hashOfInputs(): string {
  const hash = createHash('sha256').update(process.version);
  for (const input of INPUTS) {
    for (const file of filesUnder(join(ROOT, input)))
      hash.update(`${relative(ROOT, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 32);
}

const filesUnder = (path: string): readonly string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => filesUnder(join(path, name)))
    : [path];
