/**
 * `npm run mutants`: plants each bug in a copy of the repository, and says which check finds it.
 *
 * Exits 0 only if every one is found, and the copy without a bug passes.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { adapterTests, type Check, deploymentTests, simulation, stepTests, wiringTests } from './checks.ts';
import { RepositoryCopy } from './copy.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

const HELP = `Plants bugs in copies of the repository, one at a time, and says which check finds each: first the simulation, then
the tests of steps, rules, adapters, wiring and deployment. Of what is deployed, those that run it come first. A bug that no check finds
is a gap in the checks.

  npm run mutants -- [options]

  --only TEXT       only those whose name or file contains it
  --histories N     of the simulation, for each bug (default 400)
  --copies N        how many at a time (default: the processors)
  --help            shows this
`;

interface Result {
  readonly mutant: Mutant;
  /** What found it; `undefined`: nothing did. */
  readonly found: string | undefined;
  readonly seconds: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      histories: { type: 'string', default: '400' },
      copies: { type: 'string', default: String(availableParallelism()) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [histories, copies] = [Number(values.histories), Number(values.copies)];
  if (![histories, copies].every((n) => Number.isInteger(n) && n >= 1)) {
    console.error('--histories and --copies are whole numbers from 1. See --help.');
    return 2;
  }
  const chosen = MUTANTS.filter(({ name, file }) => `${name} ${file}`.includes(values.only));
  if (chosen.length === 0) {
    console.error(`--only: no bug has "${values.only}" in its name or file.`);
    return 2;
  }
  return hunt(chosen, checksOf(histories), Math.min(copies, chosen.length));
}

/** The checks of a bug, in their order. Neither the simulation nor the steps' tests have anything to do with what is in `lib/`. */
function checksOf(histories: number): (mutant: Mutant) => readonly Check[] {
  const deployed = [deploymentTests, adapterTests, wiringTests];
  const coded = [simulation(histories), stepTests, adapterTests, wiringTests, deploymentTests];
  return ({ file }) => (file.startsWith('lib/') ? deployed : coded);
}

type ChecksOf = ReturnType<typeof checksOf>;

async function hunt(mutants: readonly Mutant[], checks: ChecksOf, count: number): Promise<number> {
  const copies = Array.from({ length: count }, () => new RepositoryCopy());
  const clean = () => {
    for (const copy of copies) copy.remove();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  }
  try {
    const needed = [...new Set(mutants.flatMap(checks))];
    const healthy = await firstFinding(needed, copies[0]?.folder ?? '');
    if (healthy !== undefined) {
      console.error(`Without any bug a check fails, so that its findings would mean nothing: ${healthy}`);
      return 1;
    }
    console.log(`${mutants.length} bugs; without any, all checks pass.\n`);
    const waiting = mutants[Symbol.iterator]();
    const results = (await Promise.all(copies.map((copy) => work(copy, waiting, checks)))).flat();
    return report(results);
  } finally {
    clean();
  }
}

/** One copy takes bug after bug. */
async function work(copy: RepositoryCopy, waiting: Iterator<Mutant>, checks: ChecksOf): Promise<Result[]> {
  const results: Result[] = [];
  for (let next = waiting.next(); !next.done; next = waiting.next()) {
    const mutant = next.value;
    const begun = performance.now();
    const takeOut = copy.plant(mutant);
    const found = await firstFinding(checks(mutant), copy.folder);
    takeOut();
    const seconds = (performance.now() - begun) / 1000;
    results.push({ mutant, found, seconds });
    console.log(`${mutant.name.padEnd(74)} ${seconds.toFixed(0).padStart(3)} s  ${short(found ?? 'NOT FOUND')}`);
  }
  return results;
}

async function firstFinding(checks: readonly Check[], folder: string): Promise<string | undefined> {
  for (const check of checks) {
    const { passed, what } = await check(folder);
    if (!passed) return what;
  }
  return undefined;
}

function report(results: readonly Result[]): number {
  const survivors = results.filter(({ found }) => found === undefined);
  const simulated = results.filter(({ found }) => found?.startsWith('simulation'));
  const minutes = results.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  console.log(`
planted      ${results.length}
found        ${results.length - survivors.length}: ${simulated.length} by the simulation, the others by a test
not found    ${survivors.length}
time         ${minutes.toFixed(1)} minutes of checks`);
  for (const { mutant } of survivors) console.log(`\nNOT FOUND: ${mutant.name} (${mutant.file})\n  ${mutant.costs}`);
  return survivors.length === 0 ? 0 : 1;
}

const short = (text: string): string => (text.length > 150 ? `${text.slice(0, 149)}…` : text);

process.exitCode = await main();
