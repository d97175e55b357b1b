/**
 * Simulates histories until one breaks an invariant: the simulation as a check, which ends at the first finding.
 *
 * Given are how many histories, and the first seed (default 1). Prints the finding as JSON and exits 1, or exits 0 where there is none.
 * Used by `main.ts`, in a copy of the repository.
 */
import { crashEverywhere } from '../simulation/crashes.ts';
import { nameOf } from '../simulation/faults/faults.ts';
import { type History, runHistory } from '../simulation/history.ts';

/** What the simulation says of a planted bug. */
export interface Finding {
  readonly invariant: string;
  readonly what: string;
  /** Where: the seed, or the fault of the crash series. */
  readonly where: string;
}

async function hunt(histories: number, firstSeed: number): Promise<Finding | undefined> {
  // Stacks cost a tenth of the time, and nobody reads them here.
  Error.stackTraceLimit = 0;
  for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
    const finding = findingOf(await runHistory({ seed }), `seed ${seed}`);
    if (finding) return finding;
  }
  const { failures } = await crashEverywhere({ pairs: 'none' });
  const [first] = failures;
  return first && findingOf(first, first.faults.map(nameOf).join(', '));
}

function findingOf({ violations }: History, where: string): Finding | undefined {
  const [first] = violations;
  return first && { invariant: first.invariant, what: first.what, where };
}

const finding = await hunt(Number(process.argv[2]), Number(process.argv[3] ?? 1));
if (finding) {
  console.log(JSON.stringify(finding));
  process.exitCode = 1;
}
