/** What somebody breaks at a click, with the faults of `--chaos`: each lasts until it is switched off. */
import type { Fault } from '../../console/api/theatre-contract.ts';
import type { Outage } from '../chaos/faults/fault-schedule.ts';
import { type FaultProxy, startProxy } from '../chaos/faults/proxy.ts';
import type { Backend, BackendUrls, Interposed } from '../system/backends.ts';

const DOWN: { readonly [fault in Fault]?: Backend } = {
  's3-down': 's3',
  'dynamodb-down': 'dynamodb',
  'sqs-down': 'sqs',
};
const KILLED: { readonly [fault in Fault]?: string } = {
  'callback-lost': 'recording-callback',
  'copy-killed': 'recording-copy',
};
const LATE_MILLISECONDS = 20_000;
/** Into its work, but before its end. */
const KILLED_AFTER_MILLISECONDS = 30;
const UNAVAILABLE: Outage['kind'] = 'unavailable';

export type Switches = ReturnType<typeof createSwitches>;

/** @param onTime how long Twilio takes to know a call while nothing is broken */
export function createSwitches(onTime: () => number = () => 500 + Math.random() * 2000) {
  const broken = new Set<Fault>();
  const proxies = new Map<Backend, FaultProxy>();

  return {
    isBroken: (fault: Fault): boolean => broken.has(fault),
    async set(fault: Fault, on: boolean): Promise<void> {
      if (on) broken.add(fault);
      else broken.delete(fault);
      const proxy = proxies.get(DOWN[fault] ?? 'twilio');
      if (DOWN[fault] === undefined || proxy === undefined) return;
      await (on ? proxy.fail(UNAVAILABLE) : proxy.recover());
    },
    /** What a system is started with. */
    options: {
      registrationDelay: () => (broken.has('twilio-late') ? LATE_MILLISECONDS : onTime()),
      onInvoke(step: string, kill: () => void): (() => void) | undefined {
        const isKilled = [...broken].some((fault) => KILLED[fault] === step);
        if (!isKilled) return undefined;
        const timer = setTimeout(kill, KILLED_AFTER_MILLISECONDS);
        return () => clearTimeout(timer);
      },
      async interpose(direct: BackendUrls): Promise<Interposed> {
        const faultOf = (backend: Backend) => () =>
          backend === 'twilio' && broken.has('twilio-500') ? ({ kind: 'error-500' } as const) : undefined;
        for (const backend of Object.keys(direct) as Backend[]) {
          proxies.set(backend, await startProxy({ backend, backendUrl: direct[backend], faultOf: faultOf(backend) }));
        }
        const urls = Object.fromEntries([...proxies].map(([backend, { url }]) => [backend, url]));
        return {
          urls: { ...direct, ...urls },
          close: async () => void (await Promise.all([...proxies.values()].map((proxy) => proxy.close()))),
        };
      },
    },
  };
}
