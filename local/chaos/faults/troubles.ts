/** What went wrong on purpose, when, and for whom: the only excuse that the judge takes. */
import type { Backend } from '../../system/backends.ts';
import type { Outage } from './fault-schedule.ts';
import { callSidsIn, type ObservedRequest } from './proxy.ts';

/** Times are milliseconds since 1970. */
export interface Trouble {
  /** A backend, or the step whose environment was killed. */
  readonly of: Backend | `environment of ${string}`;
  /** In words. */
  readonly what: string;
  readonly from: number;
  readonly until: number;
  /** The calls that it was about; undefined where it was about every call at work. */
  readonly callSids: readonly string[] | undefined;
}

export type TroubleLog = ReturnType<typeof createTroubleLog>;

/** Requests that belong to no call by name, and yet hold up the one for which they are made. */
const NAMELESS = new Set(['GetSecretValue', 'ChangeMessageVisibility']);

export function createTroubleLog(now: () => number = Date.now) {
  const troubles: Trouble[] = [];
  /** By service: since when its emulator is dead. */
  const dead = new Map<Backend, number>();
  return {
    troubles: (): readonly Trouble[] => troubles,
    /** A request that met a fault. Outages are noted as such. */
    request({ backend: of, operation, fault, arrivedAt: from, endedAt: until, callSids }: ObservedRequest): void {
      if (fault === undefined || fault.startsWith('outage')) return;
      const named = callSids.length > 0;
      if (!named && !NAMELESS.has(operation)) return;
      troubles.push({ of, what: `${operation} ${fault}`, from, until, callSids: named ? callSids : undefined });
    },
    outage(of: Backend, { kind, milliseconds }: Outage): void {
      troubles.push({ of, what: `outage, ${kind}`, from: now(), until: now() + milliseconds, callSids: undefined });
    },
    crash(of: Backend): void {
      dead.set(of, now());
    },
    back(of: Backend): void {
      troubles.push({ of, what: 'crash', from: dead.get(of) ?? now(), until: now(), callSids: undefined });
    },
    kill(step: string, event: unknown): void {
      const callSids = callSidsIn(JSON.stringify(event ?? null));
      const of = `environment of ${step}` as const;
      troubles.push({
        of,
        what: 'killed',
        from: now(),
        until: now(),
        callSids: callSids.length > 0 ? callSids : undefined,
      });
    },
  };
}
