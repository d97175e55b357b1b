/** The whole local system with load from outside: functions, queues and table are the real ones, Twilio is a fast one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startSystem } from '../../local/system/system.ts';
import type { BenchContext } from '../group.ts';
import { ACCOUNT, type FastTwilio, preciseNow, startFastTwilio, type TwilioOptions } from '../loopback/twilio.ts';
import { openStreams, type Streams } from './streams.ts';

const CONNECTIONS = 8;

export async function withSystem<Result>(
  context: BenchContext,
  name: string,
  options: TwilioOptions,
  act: (loaded: { readonly twilio: FastTwilio; readonly streams: Streams }) => Promise<Result>,
): Promise<Result> {
  const assemblyDirectory = await context.assembly();
  const twilio = await startFastTwilio(options);
  const system = await startSystem({
    root: context.root,
    port: 0,
    dataDirectory: `${context.directory}/${name}`,
    assemblyDirectory,
    keepAtTwilioSeconds: 86_400,
    twilio: { ...ACCOUNT, apiUrl: twilio.url },
  });
  const streams = await openStreams(system.endpoints, CONNECTIONS);
  try {
    return await act({ twilio, streams });
  } finally {
    streams.close();
    await system.stop();
    await twilio.close();
  }
}

/** Calls `act` so many times a second for so long, on time whatever came before. */
export async function atRate(perSecond: number, seconds: number, act: (index: number) => void): Promise<void> {
  const begun = preciseNow();
  const total = Math.round(perSecond * seconds);
  for (let index = 0; index < total; index += 1) {
    const due = begun + (index / perSecond) * 1000;
    const early = due - preciseNow();
    if (early > 1) await sleep(early);
    act(index);
  }
}

/** Waits until `isDone`, at most so long. @returns whether it was. */
export async function within(milliseconds: number, isDone: () => boolean): Promise<boolean> {
  const until = preciseNow() + milliseconds;
  while (!isDone()) {
    if (preciseNow() > until) return false;
    await sleep(50);
  }
  return true;
}
