/** How long the key of parties is remembered: for good, since it never changes. */
import type { PartyKey } from '../ports/party.ts';

/** All who need it wait for the same read. After one that failed, the next who needs it has it read again, as with credentials. */
export function rememberedPartyKey(read: () => Promise<string>): PartyKey {
  let reading: Promise<string> | undefined;
  return {
    current() {
      reading ??= read().catch((error: unknown) => {
        reading = undefined;
        throw error;
      });
      return reading;
    },
  };
}
