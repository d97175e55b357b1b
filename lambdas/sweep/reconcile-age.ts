/** Measures for how long Twilio's lists have not been compared with the table. */
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { beginMemory } from '../shared/rules/reconcile/reconcile-memory.ts';
import { SECOND } from '../shared/rules/values/instant.ts';

/**
 * The first sweep begins the memory, unless `reconcile` has: a comparison that never comes about has an age from then on.
 *
 * @param failures what fails is added here: a missing figure raises the alarm on errors
 */
export async function measureReconcileAge(
  deps: Pick<StepPorts, 'table' | 'clock' | 'randomness' | 'log'>,
  failures: unknown[],
): Promise<void> {
  try {
    const { row: memory } = await changeRow(deps, { kind: 'reconcile' }, (known) =>
      known ? undefined : beginMemory(deps.clock.now()),
    );
    const age = deps.clock.now() - (memory?.checkedUntil ?? 0);
    deps.log.measure('ReconcileAgeSeconds', Math.max(0, age / SECOND));
  } catch (error) {
    failures.push(error);
  }
}
