/** How long credentials are remembered: the rules are the same whatever they are read from. */
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Credentials, TwilioCredentials } from '../ports/twilio.ts';
import { MINUTE, SECOND } from '../rules/values/instant.ts';

/** A token that was revoked is refused after this long at most. Lambda keeps a busy environment for hours. */
export const READ_AFTER_MS = 5 * MINUTE;
/** After a read that failed. A caller may be waiting for each attempt. */
const TRY_AGAIN_AFTER_MS = 10 * SECOND;
/** A flood of forged requests must not become a flood of reads. */
const REFRESH_AFTER_MS = MINUTE;
/** An environment handles one event at a time, so that waiting limits the rate too. */
const REFRESH_AT_ONCE_AFTER_MS = SECOND;

export interface RememberedCredentialsOptions {
  /** @param urgent older credentials are known, and a caller may be waiting: better no answer than a late one */
  readonly read: (urgent: boolean) => Promise<TwilioCredentials>;
  readonly clock: Clock;
  readonly log?: Pick<Log, 'count' | 'error'>;
}

/**
 * Credentials that are read before use once they are five minutes old. They cannot be read in the background: Lambda freezes an
 * environment when it has replied. If a read fails, the last ones remain in use, and an alarm tells of it.
 */
export function rememberedCredentials({ read, clock, log }: RememberedCredentialsOptions): Credentials {
  let known: TwilioCredentials | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  /** The read under way. All who need it wait for the same one. */
  let reading: Promise<boolean> | undefined;

  /** @returns whether `known` is fresh now. @throws what the read throws where nothing is known */
  const readOnce = (): Promise<boolean> => {
    reading ??= readNow().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  const readNow = async (): Promise<boolean> => {
    triedAt = clock.now();
    try {
      known = await read(known !== undefined);
      readAt = triedAt;
      return true;
    } catch (error) {
      log?.count('CredentialsUnread');
      log?.error('The credentials could not be read', { event: 'credentials_unread', error });
      if (known === undefined) throw error;
      return false;
    }
  };

  return {
    async current() {
      const now = clock.now();
      const isDue = now - readAt >= READ_AFTER_MS && now - triedAt >= TRY_AGAIN_AFTER_MS;
      if (known === undefined || reading !== undefined || isDue) await readOnce();
      // Without any, the read has thrown.
      return known as TwilioCredentials;
    },

    async refresh(how) {
      const since = clock.now() - triedAt;
      if (how === 'at-once' && since < REFRESH_AT_ONCE_AFTER_MS) await clock.sleep(REFRESH_AT_ONCE_AFTER_MS - since);
      else if (how !== 'at-once' && since < REFRESH_AFTER_MS) return false;
      return readOnce();
    },
  };
}
