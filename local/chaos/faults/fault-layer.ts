import type { Backend, BackendUrls, Interposed } from '../../system/backends.ts';
import { type Draws, pauseUnless } from './draws.ts';
import { faultOf, type Outage, outageOf, type Rates } from './fault-schedule.ts';
import { type FaultProxy, type ObservedRequest, startProxy } from './proxy.ts';

export interface FaultLayerOptions {
  readonly draws: Draws;
  readonly rates: Rates;
  readonly onSeen: (request: ObservedRequest) => void;
  readonly onOutage: (backend: Backend, outage: Outage) => void;
  readonly onProblem: (problem: string) => void;
}

/** A proxy before each backend. */
export interface FaultLayer extends Interposed {
  /** Begins with outages; single requests fail from the start. */
  beginOutages(): void;
  /** No further faults of any kind. */
  calm(): Promise<void>;
}

export async function startFaultLayer(direct: BackendUrls, options: FaultLayerOptions): Promise<FaultLayer> {
  const { draws, rates, onSeen } = options;
  const proxies = new Map<Backend, FaultProxy>();
  const ending = new AbortController();
  const outages: Promise<void>[] = [];
  const close = async () => {
    ending.abort();
    await Promise.all(outages);
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
  };
  try {
    for (const backend of Object.keys(direct) as Backend[]) {
      const faults = (operation: string, n: number) => faultOf(draws, rates, backend, operation, n);
      proxies.set(backend, await startProxy({ backend, backendUrl: direct[backend], faultOf: faults, onSeen }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    urls: { ...direct, ...Object.fromEntries([...proxies].map(([backend, { url }]) => [backend, url])) },
    beginOutages() {
      for (const [backend, proxy] of proxies) outages.push(runOutages(backend, proxy, options, ending.signal));
    },
    async calm() {
      ending.abort();
      await Promise.all(outages);
      await Promise.all([...proxies.values()].map((proxy) => proxy.calm()));
    },
    close,
  };
}

/** One outage after the other, until `signal` ends them. */
async function runOutages(
  backend: Backend,
  proxy: FaultProxy,
  { draws, rates, onOutage, onProblem }: FaultLayerOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let n = 1; ; n += 1) {
      const outage = outageOf(draws, rates, backend, n);
      await pauseUnless(signal, outage.after);
      if (signal.aborted) return;
      onOutage(backend, outage);
      await proxy.fail(outage.kind);
      await pauseUnless(signal, outage.milliseconds);
      await proxy.recover();
    }
  } catch (error) {
    onProblem(`The proxy before ${backend} did not come back: ${error instanceof Error ? error.message : error}`);
  }
}
