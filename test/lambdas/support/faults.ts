/** Faults at the ports. */

/** Methods of a port, and `true` where a call is the one that goes wrong; calls are counted from 1. */
type Which = (call: number, ...request: never[]) => boolean;

export const always: Which = () => true;
export const nth =
  (wanted: number): Which =>
  (call) =>
    call === wanted;

/**
 * Makes a method of a port throw: `before` it takes effect, or `after`, as when the reply is lost.
 *
 * @returns what puts it right again.
 */
export function breakPort<Port extends object>(
  port: Port,
  method: keyof Port & string,
  which: Which = always,
  when: 'before' | 'after' = 'before',
): () => void {
  const original = port[method] as (...request: unknown[]) => Promise<unknown>;
  let calls = 0;
  const broken = async (...request: unknown[]) => {
    calls += 1;
    const failing = which(calls, ...(request as never[]));
    if (failing && when === 'before') throw new Outage(method);
    const reply = await original.apply(port, request);
    if (failing) throw new Outage(method);
    return reply;
  };
  Object.defineProperty(port, method, { value: broken, configurable: true, writable: true });
  return () => Object.defineProperty(port, method, { value: original, configurable: true, writable: true });
}

/** The error of a broken port. */
export class Outage extends Error {
  override readonly name = 'Outage';
}

/** Called around every request at a port. */
export type Around = (name: string, request: () => Promise<unknown>) => Promise<unknown>;

/** Ports whose methods answer later: the places where a function can be killed, and where others can come between. */
const PORTS = [
  'table',
  'twilio',
  'credentials',
  'store',
  'parties',
  'connections',
  'startQueue',
  'copyQueue',
  'deleteQueue',
  'bus',
  'clock',
] as const;
const ANSWERED_AT_ONCE = new Set(['now', 'urlOf']);

/** The same dependencies, with every request at a port handed to `around`. */
export function withAround<Dependencies extends object>(dependencies: Dependencies, around: Around): Dependencies {
  const wrapped = { ...dependencies } as { [name: string]: unknown };
  for (const port of PORTS) {
    const original = wrapped[port];
    if (typeof original === 'object' && original !== null) wrapped[port] = wrapPort(port, original, around);
  }
  return wrapped as Dependencies;
}

function wrapPort(port: string, original: object, around: Around): object {
  return new Proxy(original, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (ANSWERED_AT_ONCE.has(String(name))) return member.bind(target);
      return (...request: unknown[]) =>
        around(`${port}.${String(name)}`, async () => member.apply(target, request) as Promise<unknown>);
    },
  });
}

/** Thrown where an environment is killed: whatever it would have done from there on does not happen. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

export interface Kill {
  /** Which request at a port is the last, from 1. */
  readonly at: number;
  /** Whether that request still takes effect. */
  readonly when: 'before' | 'after';
}

/** Kills at one request; `requests` tells how many there were. */
export function killer({ at, when }: Kill): { around: Around; requests(): string[]; killed(): boolean } {
  const names: string[] = [];
  let dead = false;
  return {
    async around(name, request) {
      if (dead) throw new Killed(name);
      names.push(name);
      const last = names.length === at;
      if (last) dead = true;
      if (last && when === 'before') throw new Killed(name);
      const reply = await request();
      if (last || dead) throw new Killed(name);
      return reply;
    },
    requests: () => names,
    killed: () => dead,
  };
}

/**
 * Runs a history once for every request at a port and both sides of it, each time killed there.
 *
 * @param history gets what kills, and does the rest: redelivery and the checks. It returns whether anything was killed;
 *   the first history that outlives its kill ends the series.
 * @returns the number of histories.
 */
export async function killedEverywhere(history: (kill: Kill) => Promise<boolean>): Promise<number> {
  for (let at = 1; ; at++) {
    for (const when of ['before', 'after'] as const) {
      if (!(await history({ at, when }))) return (at - 1) * 2;
    }
  }
}
