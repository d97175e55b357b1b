import type { ChaosSettings } from '../options.ts';
import type { System, SystemOptions } from '../system/system.ts';
import { webSocketUrl } from '../template/local-urls.ts';
import { createDraws } from './faults/draws.ts';
import { DEFAULT_RATES, type Rates } from './faults/fault-schedule.ts';
import { type FaultySystem, startFaultySystem } from './faults/faulty-system.ts';
import { collectFacts } from './judge/facts.ts';
import { judgeFacts } from './judge/judge.ts';
import { describeRun, failuresOf, type Run } from './judge/report.ts';
import { settle } from './settle.ts';
import { createUnwantedRequests, type SentRequest } from './unwanted-requests.ts';
import { type PlannedCall, planCalls, runWorkload } from './workload.ts';

export interface ChaosOptions extends SystemOptions {
  readonly chaos: ChaosSettings;
  readonly rates?: Rates;
  /** Another workload than the seed's. */
  readonly plan?: readonly PlannedCall[];
  readonly write: (text: string) => void;
  /** Looks into, or changes, what there is before it is judged. */
  readonly beforeJudging?: (system: System) => Promise<void>;
}

const TELL_EVERY_MILLISECONDS = 30_000;

/**
 * Runs the real system under faults, then judges what is left: nothing may be lost.
 *
 * @returns whether the run passed.
 */
export async function runChaos(options: ChaosOptions): Promise<boolean> {
  const { chaos, write, rates = DEFAULT_RATES } = options;
  const draws = createDraws(chaos.seed);
  const plan = options.plan ?? planCalls(draws, chaos.calls, chaos.callsPerMinute);
  const faulty = await startFaultySystem(options, { draws, rates });
  const { system, runObserver, requestLog, troubleLog, announced, outages, kills, crashes } = faulty;
  try {
    write(`\nSeed ${chaos.seed}: ${plan.length} calls under faults. What happens is told in ${faulty.logFile}.\n`);
    const begun = Date.now();
    const tell = (text: string) => write(`${((Date.now() - begun) / 1000).toFixed(0).padStart(7)} s  ${text}\n`);
    const { placed, sentRequests } = await work(faulty, plan, tell);
    const workloadMilliseconds = Date.now() - begun;
    await faulty.calm();
    tell('All calls are over, and so are the faults.');
    const settleMilliseconds = await settle({
      system,
      limitMilliseconds: chaos.settleSeconds * 1000,
      onWaiting: (what) => tell(`waits for: ${what}`),
      tellEveryMilliseconds: TELL_EVERY_MILLISECONDS,
    });
    await options.beforeJudging?.(system);
    const facts = await collectFacts(system, placed, { runObserver, requestLog, troubleLog, announced });
    const run: Run = {
      ...{ seed: chaos.seed, calls: placed.length, workloadMilliseconds, settleMilliseconds },
      ...{ requestLog, outages, kills, crashes, sentRequests },
      deadLetters: facts.deadLetters,
      verdict: judgeFacts(facts, { keepAtTwilioMilliseconds: options.keepAtTwilioSeconds * 1000, now: Date.now() }),
    };
    write(describeRun(run));
    return failuresOf(run).length === 0;
  } finally {
    await faulty.stop();
  }
}

interface CallOfRun {
  readonly callSid: string;
  readonly registrationDelay: number;
}

/** Places all calls, with the unwanted requests around them, while backends have their outages. */
async function work(
  { system, runObserver, begin }: FaultySystem,
  plan: readonly PlannedCall[],
  tell: (text: string) => void,
): Promise<{ placed: readonly CallOfRun[]; sentRequests: readonly SentRequest[] }> {
  const placed: CallOfRun[] = [];
  const sentRequests: SentRequest[] = [];
  const { publicUrl, twilio } = system.endpoints;
  const commit = createUnwantedRequests({
    publicUrl,
    streamUrl: webSocketUrl(publicUrl),
    accountSid: twilio.accountSid,
    authToken: twilio.authToken ?? '',
    recordingOf: (callSid) => runObserver.callObserver.call(callSid).recordingSids[0],
    completedRecordingOf: runObserver.completedRecordingOf,
    onDone: (sentRequest) => sentRequests.push(sentRequest),
  });
  const progress = setInterval(() => {
    const recordings = system.twilio?.recordings().length ?? 0;
    tell(`${placed.length} calls placed, ${recordings} recordings begun`);
  }, TELL_EVERY_MILLISECONDS);
  begin();
  try {
    const onPlaced = (callSid: string, { registrationDelay }: PlannedCall) =>
      placed.push({ callSid, registrationDelay });
    await runWorkload({ plan, place: system.placeCall, commit, onPlaced });
  } finally {
    clearInterval(progress);
  }
  return { placed, sentRequests };
}
