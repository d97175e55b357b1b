/** What every step that changes rows needs. */
import type { Clock, Randomness } from './clock.ts';
import type { Log } from './log.ts';
import type { Table } from './table.ts';

export interface StepPorts {
  readonly table: Table;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
}
