import { setTimeout as pause } from 'node:timers/promises';
import type { Backend, BackendUrls, Interposed } from '../../system/backends.ts';
import type { Draws } from './draws.ts';
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
  const backends = Object.keys(direct) as Backend[];
  const started = await Promise.allSettled(
    backends.map((backend) =>
      startProxy({
        backend,
        backendUrl: direct[backend],
        faultOf: (operation, n) => faultOf(draws, rates, backend, operation, n),
        onSeen,
      }),
    ),
  );
  const proxies = new Map<Backend, FaultProxy>();
  for (const [index, result] of started.entries()) {
    const backend = backends[index];
    if (result.status === 'fulfilled' && backend !== undefined) proxies.set(backend, result.value);
  }
  const ending = new AbortController();
  const outages: Promise<void>[] = [];
  const close = async () => {
    ending.abort();
    await Promise.all(outages);
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed?.status === 'rejected') {
    await close();
    throw failed.reason;
  }
  const urlOf = (backend: Backend) => proxies.get(backend)?.url ?? direct[backend];
  return {
    urls: {
      dynamodb: urlOf('dynamodb'),
      eventbridge: urlOf('eventbridge'),
      s3: urlOf('s3'),
      sqs: urlOf('sqs'),
      secretsmanager: urlOf('secretsmanager'),
      twilio: urlOf('twilio'),
    },
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
  const wait = (milliseconds: number) =>
    pause(milliseconds, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  try {
    for (let n = 1; ; n += 1) {
      const outage = outageOf(draws, rates, backend, n);
      await wait(outage.after);
      if (signal.aborted) return;
      onOutage(backend, outage);
      await proxy.fail(outage.kind);
      await wait(outage.milliseconds);
      await proxy.recover();
    }
  } catch (error) {
    onProblem(`The proxy before ${backend} did not come back: ${error instanceof Error ? error.message : error}`);
  }
}
