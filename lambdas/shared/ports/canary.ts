/** What the canary needs of S3: what it remembers, and the copies of its calls. */
import type { CanaryMemory } from '../rules/canary/canary.ts';
import type { Instant } from '../rules/values/instant.ts';

export interface CanaryCopy {
  readonly key: string;
  readonly storedAt: Instant;
}

export interface CanaryStore {
  /** Empty where nothing is remembered. */
  recall(): Promise<CanaryMemory>;
  remember(memory: CanaryMemory): Promise<void>;
  /** The copies under a prefix. */
  list(prefix: string): Promise<readonly CanaryCopy[]>;
  /** The object's bytes, and when its recording began, if it says so. */
  read(key: string): Promise<{ readonly bytes: Buffer; readonly startTime?: Instant }>;
}
