/** Rows 8 to 10: what a call takes, counted in runs of the whole system, against a Lambda for each frame. */
import { join } from 'node:path';
import {
  type CallQuantities,
  dollarsByItem,
  dollarsOf,
  FRAMES_PER_SECOND,
  PRICES_CHECKED_ON,
  withLambdaPerFrame,
} from '../../cli/cost/prices.ts';
import { DEFAULT_DISCLAIMER } from '../../lib/configuration/configuration.ts';
import { readDisclaimer } from '../../lib/steps/disclaimer.ts';
import type { BenchContext, Group } from '../group.ts';
import { atLeast, atMost, type Measurement, measured, spread } from '../report/measurement.ts';
import { type CallRun, runCall } from './call-run.ts';

export const calls: Group = { name: 'calls', rows: [8, 9, 10], run };

const SAMPLES_PER_SECOND = 8000;
const TEN_MINUTES = 600;

async function run(context: BenchContext): Promise<readonly Measurement[]> {
  const { quick, rows, tell } = context;
  const assemblyDirectory = await context.assembly();
  const disclaimer = readDisclaimer(DEFAULT_DISCLAIMER);
  const call = (name: string, seconds: number, speed: number) =>
    runCall({
      root: context.root,
      directory: join(context.directory, name),
      ...{ assemblyDirectory, seconds, speed, disclaimer },
    });
  tell('a call of ten seconds');
  // The telephone keeps real time here: how long the stream is open, and so how many frames come, depends on us.
  const short = await call('short', 10, 1);
  const measurements: Measurement[] = [];
  if (rows.has(8)) {
    const [seconds, speed] = quick ? [60, 20] : [7200, 240];
    tell(`a call of ${seconds} seconds, ${speed} times as fast`);
    measurements.push(invocations(short, await call('long', seconds, speed), seconds));
  }
  if (rows.has(9)) measurements.push(messages(short, disclaimer.length / SAMPLES_PER_SECOND));
  if (rows.has(10)) {
    const speed = quick ? 120 : 30;
    tell(`a call of ten minutes, ${speed} times as fast`);
    measurements.push(dollars(short, await call('ten-minutes', TEN_MINUTES, speed)));
  }
  return measurements;
}

function invocations(short: CallRun, long: CallRun, seconds: number): Measurement {
  return measured({
    row: 8,
    of: `${seconds} s over 10 s`,
    baseline: `${seconds * FRAMES_PER_SECOND + long.invocations} over ${10 * FRAMES_PER_SECOND + short.invocations}`,
    ours: `${long.invocations} over ${short.invocations}`,
    ratio: spread([long.invocations / short.invocations]),
    goal: atMost(1),
  });
}

function messages(short: CallRun, disclaimerSeconds: number): Measurement {
  const { webSocketMessages } = short.quantities;
  const routes = Object.entries(short.messagesIn).map(([route, count]) => `${route} ${count}`);
  return measured({
    row: 9,
    of: `disclaimer of ${disclaimerSeconds.toFixed(1)} s`,
    baseline: `${10 * FRAMES_PER_SECOND} in 10 s`,
    ours: String(webSocketMessages),
    ratio: spread([webSocketMessages]),
    goal: atMost(Math.floor(FRAMES_PER_SECOND * (disclaimerSeconds + 2))),
    note: `the stream was open for ${short.streamSeconds.toFixed(2)} s; in: ${routes.join(', ')}; out: the disclaimer and its mark. The goal is a count, not a ratio`,
  });
}

/** All that a ten-minute call took, but the messages of the stream as they come in real time. */
function dollars(short: CallRun, long: CallRun): Measurement {
  const { webSocketMessages, webSocketConnectionMinutes } = short.quantities;
  const ours: CallQuantities = { ...long.quantities, webSocketMessages, webSocketConnectionMinutes };
  const baseline = withLambdaPerFrame(ours, TEN_MINUTES);
  const items = Object.entries(dollarsByItem(ours))
    .sort(([, a], [, b]) => b - a)
    .map(([item, amount]) => `${item} ${(amount * 1e6).toFixed(0)}`);
  return measured({
    row: 10,
    of: 'ten-minute call',
    baseline: `$${dollarsOf(baseline).toFixed(5)}`,
    ours: `$${dollarsOf(ours).toFixed(5)}`,
    ratio: spread([dollarsOf(baseline) / dollarsOf(ours)]),
    goal: atLeast(50),
    note: `list prices of ${PRICES_CHECKED_ON} (cli/cost/prices.ts), without storage; in millionths of a dollar: ${items.join(', ')}`,
  });
}
