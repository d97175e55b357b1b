/**
 * `npm run simulate`: many histories from one seed on, on all processors, and what was broken.
 *
 * Exits 0 only if nothing was.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { START_BY } from '../../lambdas/shared/contract/settings.ts';
import { DAY } from '../../lambdas/shared/rules/values/instant.ts';
import { crashEverywhere } from './crashes.ts';
import { addDraws, DRAWS, type DrawCounts } from './faults/drawn.ts';
import { type Fault, faultsAt, listedPlan, nameOf } from './faults/faults.ts';
import { type Coverage, type History, runHistory } from './history.ts';
import { reportLoad } from './load/load-command.ts';
import { shrink } from './shrink.ts';
import { type Row, runFailure, tableLines } from './watch/alarm-table.ts';
import { FAILURES } from './watch/failures.ts';
import type { Portion, Share } from './worker.ts';

const HELP = `Runs the steps over models of Twilio and AWS in virtual time, and judges what becomes of every recording.

  npm run simulate -- [options]

  --histories N   how many histories (default 2000)
  --seed S        the first seed; each further history takes the next (default 1)
  --threads N     how many at a time (default: the processors)
  --trace         with one history: tells everything that happens in it
  --faults LIST   with one history: exactly these faults, as a failing run prints them
  --load CALLS    a day of so many calls against the account's quotas: what binds, and what waits (1000000 takes 10 s)
    --hours N       the calls evenly within so many hours, in place of a working day's curve
    --start-by twiml  recordings that TwiML starts: no streams, and no start requests
    --set NAME=N    an option of the stack, a quota or an assumption: copyConcurrency=60; again for each
  --alarms        each way in which something is not done, and how soon which alarm tells of it
  --crashes       every fault at every request of a call singly, and crashes in all pairs
  --help          shows this
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string', default: String(availableParallelism()) },
      trace: { type: 'boolean', default: false },
      faults: { type: 'string' },
      load: { type: 'string' },
      hours: { type: 'string' },
      'start-by': { type: 'string' },
      set: { type: 'string', multiple: true },
      alarms: { type: 'boolean', default: false },
      crashes: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [histories, seed, threads] = [values.histories, values.seed, values.threads].map(Number);
  if (![histories, seed, threads].every((n) => n !== undefined && Number.isInteger(n) && n >= 1)) {
    console.error('--histories, --seed and --threads are whole numbers from 1. See --help.');
    return 2;
  }
  if (values.load !== undefined) return reportLoad({ ...values, load: values.load }, seed ?? 1, console.log);
  if (values.alarms) return reportAlarms();
  if (values.crashes) return reportCrashes();
  if (values.trace || values.faults !== undefined) return replay(seed ?? 1, readFaults(values.faults), values.trace);
  return simulate(histories ?? 1, seed ?? 1, Math.min(threads ?? 1, histories ?? 1));
}

/** One history, told in full. */
async function replay(seed: number, faults: readonly Fault[] | undefined, tell: boolean): Promise<number> {
  const history = await runHistory({
    seed,
    ...(faults && { plan: listedPlan(faults) }),
    ...(tell && { trace: (line) => console.log(line) }),
  });
  console.log(`\nseed ${seed}, ${history.faults.length} faults, trace hash ${hex(history.hash)}`);
  for (const fault of history.faults) console.log(`  ${nameOf(fault)}`);
  printViolations(history);
  return history.violations.length === 0 ? 0 : 1;
}

async function simulate(histories: number, seed: number, threads: number): Promise<number> {
  const begun = performance.now();
  const total = { histories: 0, requests: 0, virtualMs: 0, recordings: 0, hash: 0 };
  const coverage: Coverage = new Map();
  const draws: DrawCounts = new Map();
  const failures: Portion['failures'][number][] = [];
  const shares = Array.from({ length: threads }, (_, thread): Share => {
    return { first: seed + thread, stride: threads, count: Math.ceil((histories - thread) / threads) };
  });
  await Promise.all(
    shares.map((share) =>
      runShare(share, (portion) => {
        total.histories += portion.histories;
        total.requests += portion.requests;
        total.virtualMs += portion.virtualMs;
        total.recordings += portion.recordings;
        total.hash ^= portion.hash;
        failures.push(...portion.failures);
        mergeCoverage(coverage, portion.coverage);
        addDraws(draws, portion.draws);
        if (process.stdout.isTTY)
          process.stdout.write(`\r${total.histories} of ${histories}, ${failures.length} failed `);
      }),
    ),
  );
  if (process.stdout.isTTY) process.stdout.write('\r');
  printCoverage(coverage);
  printDraws(draws);
  const days = Math.round(total.virtualMs / DAY);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`
histories     ${total.histories} (seeds ${seed} to ${seed + histories - 1}), in ${seconds} s
virtual time  ${days} days
recordings    ${total.recordings}
requests      ${total.requests}
trace hash    ${hex(total.hash)}
violations    ${failures.length === 0 ? 'none' : `in ${failures.length} histories`}`);
  failures.sort((a, b) => a.seed - b.seed);
  for (const failure of failures.slice(0, 3)) await explain(failure.seed);
  return failures.length === 0 ? 0 : 1;
}

function runShare(share: Share, onPortion: (portion: Portion) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), { workerData: share });
    worker.on('message', onPortion);
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A thread ended with ${code}.`))));
  });
}

/** Shrinks a failing history and says how to see it again. */
async function explain(seed: number): Promise<void> {
  const history = await shrink(await runHistory({ seed }));
  console.log(`\nSeed ${seed} fails; of its faults these suffice:`);
  for (const fault of history.faults) console.log(`  ${nameOf(fault)}`);
  printViolations(history);
  const list = history.faults.map(({ kind, site, occurrence }) => `${kind}@${site}#${occurrence}`).join(',');
  console.log(`To see it again, step by step:\n  npm run simulate -- --seed ${seed} --trace --faults '${list}'`);
}

function printViolations({ violations }: History): void {
  if (violations.length === 0) console.log('violations: none');
  for (const { invariant, what } of violations) console.log(`  ${invariant} broken: ${what}`);
}

function readFaults(list: string | undefined): Fault[] | undefined {
  return list
    ?.split(',')
    .filter((text) => text !== '')
    .map((text) => {
      const [, kind, site, occurrence] = /^([\w-]+)@(.+)#(\d+)$/.exec(text) ?? [];
      const known = site && faultsAt(site).find((one) => one === kind);
      if (!known)
        throw new Error(`--faults: "${text}" is not a fault such as crash-after@recording-start twilio.start#1.`);
      return { kind: known, site, occurrence: Number(occurrence) };
    });
}

function mergeCoverage(into: Coverage, portion: Coverage): void {
  for (const [site, kinds] of portion) {
    const known = into.get(site) ?? new Map();
    for (const [kind, count] of kinds) known.set(kind, (known.get(kind) ?? 0) + count);
    into.set(site, known);
  }
}

/** How often every kind of fault hit every site, and what was hit least. */
function printCoverage(coverage: Coverage): void {
  const pairs = [...coverage].flatMap(([site, kinds]) =>
    faultsAt(site).map((kind) => ({ site, kind, count: kinds.get(kind) ?? 0 })),
  );
  console.log('faults by site (all kinds), and the kind that hit it least:');
  for (const site of [...coverage.keys()].sort()) {
    const own = pairs.filter((pair) => pair.site === site).sort((a, b) => a.count - b.count);
    const sum = own.reduce((all, { count }) => all + count, 0);
    console.log(`  ${site.padEnd(48)} ${String(sum).padStart(9)}   ${own[0]?.kind} ${own[0]?.count}`);
  }
  const often = pairs.filter(({ count }) => count >= 100).length;
  const hit = pairs.filter(({ count }) => count > 0).length;
  console.log(`pairs of fault kind and site: ${pairs.length}; hit: ${hit}; at least 100 times: ${often}`);
}

/** How often each draw has come about. */
function printDraws(draws: DrawCounts): void {
  console.log('\ndraws that have come about:');
  for (const draw of DRAWS) console.log(`  ${draw.padEnd(64)} ${String(draws.get(draw) ?? 0).padStart(9)}`);
  const counts = DRAWS.map((draw) => draws.get(draw) ?? 0);
  console.log(
    `draws: ${DRAWS.length}; hit: ${counts.filter((count) => count > 0).length}; least: ${Math.min(...counts)}`,
  );
}

async function reportAlarms(): Promise<number> {
  const rows: Row[] = [];
  for (const failure of FAILURES) rows.push(await runFailure(failure));
  for (const line of tableLines(rows)) console.log(line);
  return rows.every(({ first }) => first) ? 0 : 1;
}

async function reportCrashes(): Promise<number> {
  let failed = 0;
  for (const startBy of START_BY) {
    console.log(`\na call whose recording is started by its ${startBy === 'twiml' ? 'TwiML' : 'stream'}:`);
    const report = await crashEverywhere({ pairs: 'all', startBy, onProgress: (line) => console.log(line) });
    for (const history of report.failures.slice(0, 5)) {
      console.log(`\nfaults: ${history.faults.map(nameOf).join(', ')}`);
      printViolations(history);
    }
    failed += report.failures.length;
    console.log(
      `\n${report.sites} requests, ${report.histories} histories, ${report.failures.length} with a violation`,
    );
  }
  return failed === 0 ? 0 : 1;
}

const hex = (hash: number): string => (hash >>> 0).toString(16).padStart(8, '0');

process.exitCode = await main();
