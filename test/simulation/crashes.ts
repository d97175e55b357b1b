/** Everything that can go wrong, at every request of a call's history: singly, and crashes in pairs too. */
import type { AudioFormat, StartBy } from '../../lambdas/shared/contract/settings.ts';
import { HOUR, MINUTE, SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import { type Fault, faultsAt, listedPlan } from './faults/faults.ts';
import { type History, runHistory, START } from './history.ts';
import { NO_MISHAPS } from './workload/mishaps.ts';
import { CALLER } from './workload/parties.ts';
import type { Scenario } from './workload/scenario.ts';
import { PLAIN_TWIML } from './workload/twiml.ts';
import { DEFAULT_CONFIGURATION } from './world/deployment.ts';

const SEED = 7;

/** One call that Twilio registers late, so that its start is refused first, and that another application records too. */
export const SCENARIO: Scenario = {
  calls: [
    {
      at: START + SECOND,
      caller: CALLER,
      voiceUrl: {},
      registrationMs: 1500,
      earlyRefusal: 'not-found',
      talkMs: 8 * MINUTE,
      streamAfterMs: 0,
      voiceFails: false,
      handshakeFails: false,
      afterFailedHandshake: 'next-verb',
      closedStreamIs: 'stream-stopped',
      startTwice: false,
      twiml: PLAIN_TWIML,
      callbacksLost: false,
      otherRecording: {
        ...{ afterMs: 2 * SECOND, forMs: undefined, source: 'StartCallRecordingAPI', channels: 2 },
        ...{ stopsOthers: false, by: 'application' },
      },
      pause: undefined,
      foreign: false,
      recordingsFail: false,
      replayAfterMs: [HOUR],
      forgeries: [],
    },
  ],
  faults: { until: START, perThousand: 0, outages: [] },
  mishaps: NO_MISHAPS,
  stranger: undefined,
  imported: undefined,
  encryption: undefined,
  rotation: undefined,
  apiKey: true,
  skewMs: 0,
  indexDelayMs: 0,
  processingMs: SECOND,
  mediaDelayMs: 0,
  transfer: undefined,
  configuration: DEFAULT_CONFIGURATION,
  reconfigured: undefined,
  lists: { filtersBy: 'time', listOrder: 'newest-first', largestPage: 2 },
  throttled: undefined,
  firstReconcileMs: 0,
  reconcileBudgetMs: 10 * MINUTE,
};

export interface CrashReport {
  /** Requests of the history without a fault: the sites are taken from the run, so that none can be forgotten. */
  readonly sites: number;
  readonly histories: number;
  readonly failures: readonly History[];
}

/** Schedules ask the same each minute and each hour, for two days: of theirs the first request at each site stands for the others. */
const isNew = ({ site, occurrence }: { readonly site: string; readonly occurrence: number }): boolean =>
  occurrence <= 1 || !/^(sweep|announce|reconcile) /.test(site);

export interface CrashOptions {
  /** `none`, or of every request the pairs with all that follow it, or only with every so many of them. */
  readonly pairs: 'none' | 'all' | number;
  /** What starts the call's recording; by default its stream. */
  readonly startBy?: StartBy;
  readonly onProgress?: (line: string) => void;
}

export async function crashEverywhere({ pairs, startBy = 'stream', onProgress }: CrashOptions): Promise<CrashReport> {
  const run = (faults: readonly Fault[], audioFormat: AudioFormat = 'wav') =>
    runHistory({
      seed: SEED,
      scenario: { ...SCENARIO, configuration: { ...DEFAULT_CONFIGURATION, startBy, audioFormat } },
      plan: listedPlan(faults),
    });
  const healthy = await run([]);
  const failures: History[] = healthy.violations.length > 0 ? [healthy] : [];
  let histories = 1;
  const judge = (history: History) => {
    histories += 1;
    if (history.violations.length > 0) failures.push(history);
  };

  const requests = healthy.requests.filter(isNew);
  for (const [index, first] of requests.entries()) {
    for (const kind of faultsAt(first.site)) {
      const one = { ...first, kind };
      const history = await run([one]);
      judge(history);
      if (first.site.endsWith(' twilio.audio')) judge(await run([one], 'mp3'));
      if (pairs === 'none' || !kind.startsWith('crash')) continue;
      // The second crash hits a request of the history that the first one has led to.
      const later = history.requests.filter(isNew).slice(index);
      for (const [place, second] of later.entries()) {
        if (pairs !== 'all' && (place + index) % pairs !== 0) continue;
        for (const again of ['crash-before', 'crash-after'] as const)
          judge(await run([one, { ...second, kind: again }]));
      }
    }
    onProgress?.(`${index + 1} of ${requests.length}: ${first.site} #${first.occurrence}, ${histories} histories`);
  }
  return { sites: requests.length, histories, failures };
}
