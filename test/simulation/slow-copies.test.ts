/** Copies that take longer than an invocation, in whole histories: audio, rate and parts have a 500th of their real size. */
import { HOUR, MINUTE, SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import { SCENARIO } from './crashes.ts';
import { type History, runHistory } from './history.ts';
import type { Transfer } from './world/twilio-world.ts';

/** Half a megabyte a second. */
const SLOW = 1000;

/** A call of so many hours, whose audio comes slowly. */
async function callOf(hours: number, transfer: Transfer): Promise<History & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const [call] = SCENARIO.calls;
  if (!call) throw new Error('a call');
  const calls = [{ ...call, talkMs: hours * HOUR + MINUTE + SECOND, otherRecording: undefined, replayAfterMs: [] }];
  const scenario = { ...SCENARIO, calls, transfer };
  const history = await runHistory({ seed: 11, scenario, trace: (line) => lines.push(line) });
  return { ...history, lines };
}
const count = (lines: readonly string[], text: string): number => lines.filter((line) => line.includes(text)).length;

test('a day on two channels is copied at half a megabyte a second, where parts are served', async () => {
  const { violations, lines } = await callOf(23, { bytesPerSecond: SLOW, parts: 'served' });
  expect(violations).toEqual([]);
  expect(count(lines, 'copy_handed_over')).toBeGreaterThan(5);
  expect(count(lines, 'recording_fallback')).toBe(0);
  expect(count(lines, '"event":"recording_stored"')).toBe(1);
});

test('where they are refused it stays at Twilio, named by its reason and by no other violation', async () => {
  const { violations, lines } = await callOf(23, { bytesPerSecond: SLOW, parts: 'refused' });
  expect(violations.length).toBeGreaterThan(0);
  for (const { what } of violations) expect(what).toMatch(/fallback|still waits to copy|completed at Twilio|not hold/);
  expect(lines.filter((line) => line.includes('"reason":"too-slow-in-one-piece"')).length).toBeGreaterThan(2);
});

test('what twelve minutes carry is copied there as well', async () => {
  const { violations } = await callOf(2, { bytesPerSecond: SLOW, parts: 'refused' });
  expect(violations).toEqual([]);
});
