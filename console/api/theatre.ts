/** What only the system on this machine offers: `local/theatre/` answers. */
import { ask } from './ask.ts';
import { backend } from './backend.ts';
import type { Counters, Fault, Faults, Told } from './theatre-contract.ts';

export const readFaults = (): Promise<Faults> => ask<Faults>('local/faults');
export const readCounters = (signal: AbortSignal): Promise<Counters> => ask<Counters>('local/counters', { signal });
export const setFault = (fault: Fault, on: boolean): Promise<unknown> =>
  ask('local/faults', { method: 'POST', body: { fault, on } });
export const placeCalls = (count: number): Promise<unknown> => ask('local/calls', { method: 'POST', body: { count } });
export const runSchedules = (): Promise<unknown> => ask('local/schedules', { method: 'POST', body: {} });

const AGAIN_MILLISECONDS = 1000;

/** Server-sent events by `fetch`, which can send the key. Connects again where the connection breaks, until it is ended. */
export async function watchEvents(onTold: (told: readonly Told[]) => void, signal: AbortSignal): Promise<void> {
  let last = 0;
  while (!signal.aborted) {
    try {
      const headers = { ...(await backend().headers()), 'last-event-id': String(last) };
      const { body } = await fetch('local/events', { headers, signal });
      for await (const told of eventsIn(body)) {
        last = told.at(-1)?.id ?? last;
        onTold(told);
      }
    } catch {
      // The system was stopped, or the view was left.
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
  }
}

async function* eventsIn(body: ReadableStream<Uint8Array> | null): AsyncGenerator<readonly Told[]> {
  const reader = body?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = '';
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    const events = (text + part.value).split('\n\n');
    text = events.pop() ?? '';
    const data = events.flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? []);
    if (data.length > 0) yield data.map((one) => JSON.parse(one) as Told);
  }
}
