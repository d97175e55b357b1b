/** Measures for how long Twilio's lists have not been compared with the table. */
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { SECOND } from '../shared/rules/values/instant.ts';

/** Failures are added to `failures`: a missing figure raises the alarm on errors. */
export async function measureReconcileAge(
  { table, clock, log }: Pick<StepPorts, 'table' | 'clock' | 'log'>,
  failures: unknown[],
): Promise<void> {
  try {
    const memory = await table.read({ kind: 'reconcile' });
    const age = memory ? clock.now() - memory.checkedUntil : 0;
    log.measure('ReconcileAgeSeconds', Math.max(0, age / SECOND));
  } catch (error) {
    failures.push(error);
  }
}
