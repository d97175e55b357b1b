/** Rows 11 to 14: when Twilio gets the request to start a recording, one by one, late, and in a burst. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext, Group } from '../group.ts';
import { callSidOf, type FastTwilio, preciseNow, type StartRequest, startFastTwilio } from '../loopback/twilio.ts';
import { atLeast, atMost, type Measurement, measured, percentile, spread } from '../report/measurement.ts';
import { atRate, within, withSystem } from './loaded-system.ts';
import { openStartLine, type StartLine } from './start-line.ts';

export const pacing: Group = { name: 'pacing', rows: [11, 12, 13, 14], run };

async function run(context: BenchContext): Promise<readonly Measurement[]> {
  const { rows } = context;
  return [
    ...(rows.has(11) || rows.has(13) ? await steadily(context) : []),
    ...(rows.has(12) ? await registeredLate(context) : []),
    ...(rows.has(14) ? await burst(context) : []),
  ].filter(({ row }) => rows.has(row));
}

/** Seconds from each call's `start` to the first request for it. */
async function delays({ twilio, start, problems }: StartLine, name: string, perSecond: number, seconds: number) {
  const started = new Map<string, number>();
  await atRate(perSecond, seconds, (index) => {
    const callSid = callSidOf(`${name} ${index}`);
    started.set(callSid, start(callSid));
  });
  const isAsked = (callSid: string) => twilio.starts.has(callSid);
  if (!(await within(60_000, () => [...started.keys()].every(isAsked)))) {
    const lost = [...started.keys()].filter((callSid) => !isAsked(callSid)).length;
    throw new Error(`For ${lost} of ${started.size} calls Twilio was not asked within a minute: ${problems[0]}`);
  }
  return [...started].map(([callSid, at]) => ((twilio.starts.get(callSid)?.[0]?.at ?? Number.NaN) - at) / 1000);
}

/** Rows 11 and 13. */
async function steadily(context: BenchContext): Promise<Measurement[]> {
  const [rate, seconds] = context.quick ? [5, 4] : [50, 60];
  const line = await openStartLine(join(context.directory, 'steadily'), {});
  try {
    context.tell('warming up');
    await delays(line, 'warm-up', rate, context.quick ? 2 : 10);
    context.tell(`1 call a second for ${Math.min(seconds, 40)} s`);
    const slow = await delays(line, 'slow', 1, Math.min(seconds, 40));
    context.tell(`${rate} calls a second for ${seconds} s`);
    const fast = await delays(line, 'fast', rate, seconds);
    const row = (of: string, value: number, goal: Measurement['goal'], note?: string) =>
      measured({
        row: 11,
        of,
        baseline: '1.000 s',
        ours: `${value.toFixed(3)} s`,
        ratio: spread([value]),
        goal,
        ...(note !== undefined && { note }),
      });
    const [p50, p99, slowP99] = [percentile(fast, 0.5), percentile(fast, 0.99), percentile(slow, 0.99)];
    const note = `${fast.length} calls at ${rate} a second; the steps run in one process, over the emulator of SQS`;
    return [
      row('p50', p50, atMost(1.05), note),
      row('p99', p99, atMost(1.15)),
      row('earliest', Math.min(...fast, ...slow), atLeast(1)),
      measured({
        row: 13,
        of: `p99 at ${rate}/s`,
        baseline: `${slowP99.toFixed(3)} s`,
        ours: `${p99.toFixed(3)} s`,
        ratio: spread([p99 / slowP99]),
        goal: atMost(1.1),
      }),
    ];
  } finally {
    await line.close();
  }
}

/** A call of ours and its twin of the baseline become known to Twilio after the same time. */
async function registeredLate(context: BenchContext): Promise<Measurement[]> {
  // Few enough at a time that none waits for another's turn: that is the matter of row 14.
  const [count, perSecond] = context.quick ? [10, 10] : [90, 3];
  const registered = new Map<string, number>();
  const options = { registeredAt: (callSid: string) => registered.get(callSid) ?? 0 };
  context.tell(`${count} calls that Twilio registers after 0.2 to 20 s`);
  const line = await openStartLine(join(context.directory, 'late'), options);
  try {
    await delays(line, 'warm-up', 5, context.quick ? 1 : 5);
    const polled = await startFastTwilio(options);
    const ages = new Map<string, number>();
    const polls: Promise<void>[] = [];
    await atRate(perSecond, count / perSecond, (index) => {
      // Half of them below 3 s, where most are; evenly spread, so that no run is luckier than another.
      const share = (((index >> 1) * 0.618) % 1) * (index % 2 === 0 ? 2.8 : 17);
      const age = index % 2 === 0 ? 0.2 + share : 3 + share;
      const callSid = callSidOf(`late ${index}`);
      ages.set(callSid, age);
      const now = preciseNow();
      registered.set(callSid, now + age * 1000);
      line.start(callSid);
      polls.push(pollEachSecond(polled, callSid));
    });
    const isRecorded = (callSid: string) => acceptedAt(line.twilio, callSid) !== undefined;
    const done = await within(60_000, () => [...ages.keys()].every(isRecorded));
    await Promise.all(polls);
    await polled.close();
    if (!done) throw new Error('A call was not recorded within a minute of its registration.');
    const waits = (twilio: FastTwilio, accepts: (age: number) => boolean) =>
      [...ages]
        .filter(([, age]) => accepts(age))
        .map(([callSid]) => ((acceptedAt(twilio, callSid) ?? Number.NaN) - (registered.get(callSid) ?? 0)) / 1000);
    const row = (of: string, accepts: (age: number) => boolean, goal: number) => {
      const [baseline, ours] = [waits(polled, accepts), waits(line.twilio, accepts)];
      const median = (values: readonly number[]) => spread(values).median;
      return measured({
        row: 12,
        of,
        baseline: `${median(baseline).toFixed(3)} s`,
        ours: `${median(ours).toFixed(3)} s`,
        ratio: spread([median(ours)]),
        goal: atMost(goal),
        note: `the goal is in seconds; p90 ${percentile(baseline, 0.9).toFixed(2)} s and ${percentile(ours, 0.9).toFixed(2)} s`,
      });
    };
    return [
      row('p50, known before 3 s', (age) => age < 3, 0.5),
      // The pause grows with the call's age, by design: 15 % of it. That is no goal of the row, but must stay true.
      row('p50, known after 3 to 20 s', (age) => age >= 3, 3),
    ];
  } finally {
    await line.close();
  }
}

const acceptedAt = (twilio: FastTwilio, callSid: string): number | undefined =>
  twilio.starts.get(callSid)?.find(({ status }) => status === 201)?.at;

/** The baseline: asks after a second, and again each second while it is refused. */
async function pollEachSecond({ url }: FastTwilio, callSid: string): Promise<void> {
  for (;;) {
    await sleep(1000);
    const reply = await fetch(`${url}/2010-04-01/Accounts/AC/Calls/${callSid}/Recordings.json`, { method: 'POST' });
    await reply.text();
    if (reply.status === 201) return;
  }
}

const LIMIT = 50;
const START_MS = 250;

/** Row 14: Twilio takes so many requests at once, and a start takes a quarter of a second. */
async function burst(context: BenchContext): Promise<Measurement[]> {
  const count = context.quick ? 30 : 500;
  const limited = { concurrency: context.quick ? 20 : LIMIT, startMilliseconds: START_MS };
  context.tell(`a burst of ${count} calls in a second`);
  const callSids = Array.from({ length: count }, (_, index) => callSidOf(`burst ${index}`));

  const uncapped = await startFastTwilio(limited);
  const polls: Promise<void>[] = [];
  await atRate(count, 1, (index) => void polls.push(pollEachSecond(uncapped, callSids[index] ?? '')));
  await Promise.all(polls);
  const baseline = outcome(uncapped, callSids);
  await uncapped.close();

  const ours = await withSystem(context, 'burst', limited, async ({ twilio, streams }) => {
    await atRate(count, 1, (index) => void streams.start(callSids[index] ?? ''));
    const isRecorded = (callSid: string) => acceptedAt(twilio, callSid) !== undefined;
    const begun = preciseNow();
    await within(180_000, () => callSids.every(isRecorded));
    return { ...outcome(twilio, callSids), seconds: (preciseNow() - begun) / 1000 };
  });
  const share = (requests: { wasted: number; requests: number }) => (100 * requests.wasted) / requests.requests;
  return [
    measured({
      row: 14,
      of: 'calls lost',
      baseline: String(baseline.lost),
      ours: String(ours.lost),
      ratio: spread([ours.lost]),
      goal: atMost(0),
      note: `all were recorded ${ours.seconds.toFixed(1)} s after the burst, on this machine, which starts each environment anew`,
    }),
    measured({
      row: 14,
      of: 'wasted requests',
      baseline: `${share(baseline).toFixed(1)} %`,
      ours: `${share(ours).toFixed(1)} %`,
      ratio: spread([share(ours)]),
      goal: atMost(10),
      note: `the goal is in per cent; ${baseline.wasted} of ${baseline.requests} and ${ours.wasted} of ${ours.requests} requests`,
    }),
  ];
}

function outcome(twilio: FastTwilio, callSids: readonly string[]) {
  const all: readonly StartRequest[] = callSids.flatMap((callSid) => twilio.starts.get(callSid) ?? []);
  return {
    lost: callSids.filter((callSid) => acceptedAt(twilio, callSid) === undefined).length,
    wasted: all.filter(({ status }) => status !== 201).length,
    requests: all.length,
  };
}
