/** How long the key of parties is remembered: for good, since it never changes. */
import type { Clock } from '../ports/clock.ts';
import type { PartyKey } from '../ports/party.ts';
import { type Instant, SECOND } from '../rules/values/instant.ts';

/** After a read that failed. A flood of requests must not become a flood of reads. */
const TRY_AGAIN_AFTER_MS = 10 * SECOND;

export function rememberedPartyKey(read: () => Promise<string>, clock: Pick<Clock, 'now'>): PartyKey {
  let reading: Promise<string> | undefined;
  let failedAt: Instant | undefined;
  return {
    current() {
      const isToBeRepeated = failedAt !== undefined && clock.now() - failedAt >= TRY_AGAIN_AFTER_MS;
      if (!reading || isToBeRepeated) {
        failedAt = undefined;
        reading = read();
        reading.catch(() => {
          failedAt = clock.now();
        });
      }
      return reading;
    },
  };
}
