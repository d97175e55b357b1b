/** Who calls, when, for how long, and what else comes in, drawn from a seed. */
import { HOUR, type Instant, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Draws } from '../faults/draws.ts';
import type { DrawnFaults, Outage } from '../faults/faults.ts';
import type { Configuration } from '../world/deployment.ts';
import type { Encryption, ListSettings, Transfer } from '../world/twilio-world.ts';
import { drawConfiguration, drawReconfiguration, type Reconfiguration } from './configurations.ts';
import { drawMishaps, type Mishaps } from './mishaps.ts';
import { drawOtherRecording, drawPause, type OtherRecording, type Pause } from './others.ts';
import { CALLERS } from './parties.ts';
import { drawTwiml, type TwimlPlan } from './twiml.ts';
import { drawVoiceUrl, type VoiceUrl } from './voice-url.ts';

export interface CallPlan {
  readonly at: Instant;
  /** Who calls. */
  readonly caller: (typeof CALLERS)[number];
  /** What the number's voice URL says of it. */
  readonly voiceUrl: VoiceUrl;
  /** Until REST knows the call; `Infinity`: it never will. */
  readonly registrationMs: number;
  readonly earlyRefusal: 'not-found' | 'not-eligible';
  readonly talkMs: number;
  /** Until Twilio opens the stream. */
  readonly streamAfterMs: number;
  /** Twilio gets no answer of the voice URL, and ends the call. */
  readonly voiceFails: boolean;
  /** The stream's handshake does not get through. */
  readonly handshakeFails: boolean;
  /** What Twilio does where no stream opens: its TwiML goes on, or the call ends. Its documentation does not say. */
  readonly afterFailedHandshake: 'next-verb' | 'hang-up';
  /** What Twilio reports of a stream that was closed by the other side. */
  readonly closedStreamIs: 'stream-stopped' | 'stream-error';
  /** Twilio sends `start` twice. */
  readonly startTwice: boolean;
  /** What becomes of the TwiML that answers it. */
  readonly twiml: TwimlPlan;
  /** None of its callbacks arrives. */
  readonly callbacksLost: boolean;
  /** Another application records the call too. */
  readonly otherRecording: OtherRecording | undefined;
  /** Another application pauses what is recorded of the call. */
  readonly pause: Pause | undefined;
  /** Another application answers the call, and streams it to the recorder without a token. */
  readonly foreign: boolean;
  /** Twilio fails to encrypt the call's recordings, in an account that encrypts. */
  readonly recordingsFail: boolean;
  /** Genuine callbacks come again after these times. */
  readonly replayAfterMs: readonly number[];
  readonly forgeries: readonly Forgery[];
}

const FORGERIES = ['voice', 'stream-status', 'callback', 'handshake', 'start', 'start-of-another-call'] as const;
export type Forgery = (typeof FORGERIES)[number];

export interface Scenario {
  readonly calls: readonly CallPlan[];
  readonly faults: DrawnFaults;
  readonly mishaps: Mishaps;
  /** A call that never comes to the recorder, and that another application or stage of the account records over REST, so often. */
  readonly stranger: { readonly at: Instant; readonly recordings: number; readonly stageB: boolean } | undefined;
  /** The owner imports what Twilio has so far. */
  readonly imported: { readonly at: Instant; readonly deleteAtTwilio: boolean } | undefined;
  readonly encryption: Encryption | undefined;
  /** When the auth token changes at Twilio; the secret names both from then on, give or take. */
  readonly rotation: { readonly at: Instant; readonly secretAt: Instant } | undefined;
  readonly apiKey: boolean;
  readonly skewMs: number;
  readonly indexDelayMs: number;
  readonly processingMs: number;
  readonly mediaDelayMs: number;
  /** How Twilio's audio comes, where that is not at once. */
  readonly transfer: Transfer | undefined;
  readonly configuration: Configuration;
  readonly reconfigured: Reconfiguration | undefined;
  /** How Twilio's lists are filtered, ordered and cut into pages, as far as no source settles it. */
  readonly lists: ListSettings;
  /** Meanwhile Lambda has no environment left for the workers: deletions that are due come in batches afterwards. */
  readonly throttled: { readonly from: Instant; readonly until: Instant } | undefined;
  /** The first run of `reconcile` comes so late; 0: it has run before the first call. */
  readonly firstReconcileMs: number;
  /** After so long a run of `reconcile` begins nothing new. */
  readonly reconcileBudgetMs: number;
}

/** The WebSocket API as the outages name it: no handshake gets through. */
export const STREAM_API = 'stream-api';

/** Draws a scenario; one history in ten has no faults at all. */
export function drawScenario(draws: Draws, start: Instant): Scenario {
  const quiet = draws.chance('quiet', 0.1);
  // Many short calls at once come to be deleted at once, a day later.
  const many = draws.chance('many calls', 0.06);
  const calls = Array.from({ length: many ? 8 : draws.whole('calls', 1, 4) }, () => drawCall(draws, start)).map(
    (call) => (many ? atOnce(call, start) : call),
  );
  const lengths = [MINUTE, 10 * MINUTE, HOUR, 12 * HOUR, 30 * HOUR, 60 * HOUR];
  const faultyMs = draws.pick('faulty for', many ? [100 * HOUR] : lengths);
  const until = quiet ? start : start + faultyMs;
  const rotates = draws.chance('rotation', 0.1);
  const rotationAt = start + draws.whole('rotation at', 0, 30 * MINUTE);
  // An MP3 has at least 1,000 bytes a second, so that long ones would slow the simulation down.
  const configuration = drawConfiguration(draws, calls.every(({ talkMs }) => talkMs < MINUTE) ? 0.5 : 0);
  return {
    calls,
    faults: {
      until,
      perThousand: draws.pick('per thousand', many ? [30] : [0, 10, 30, 100, 250]),
      outages: quiet ? [] : drawOutages(draws, start, until),
    },
    mishaps: drawMishaps(draws, configuration.keepAtTwilioMs),
    stranger: draws.chance('stranger', 0.15)
      ? {
          at: start + draws.whole('stranger at', 0, 10 * MINUTE),
          recordings: draws.pick('strangers', [1, 2, 5]),
          stageB: draws.chance('stage b', 0.5),
        }
      : undefined,
    imported: draws.chance('import', 0.08)
      ? {
          at: start + draws.pick('import at', [2 * MINUTE, 20 * MINUTE, 2 * HOUR, 30 * HOUR]),
          deleteAtTwilio: draws.chance('import deletes', 0.5),
        }
      : undefined,
    encryption: draws.chance('encryption', 0.15)
      ? {
          names: draws.pick('encryption names', ['as-described', 'as-read']),
          contentType: draws.pick('encryption type', ['audio/x-wav', 'application/octet-stream']),
        }
      : undefined,
    rotation: rotates
      ? { at: rotationAt, secretAt: rotationAt + draws.pick('secret at', [-10, -1, 0, 2, 20]) * MINUTE }
      : undefined,
    apiKey: draws.chance('api key', 0.5),
    skewMs: draws.pick('skew', [0, 0, 100, 5 * SECOND]),
    indexDelayMs: draws.pick('index delay', [0, 0, 500, 30 * SECOND]),
    // Longer than `reconcile` looks back: the row itself must have Twilio asked.
    processingMs: draws.chance('long processing', 0.03)
      ? 30 * HOUR
      : draws.pick('processing', [500, 3 * SECOND, 5 * MINUTE]),
    mediaDelayMs: draws.pick('media delay', [0, 0, 2 * SECOND, 2 * MINUTE]),
    // So slow that the longest recordings take several invocations.
    transfer: draws.chance('slow audio', 0.1)
      ? { bytesPerSecond: draws.pick('bytes a second', [40, 200]), parts: 'served' }
      : undefined,
    configuration,
    reconfigured: drawReconfiguration(draws, configuration, start),
    lists: {
      filtersBy: draws.pick('filters by', ['time', 'day']),
      listOrder: draws.pick('list order', ['newest-first', 'newest-first', 'newest-first', 'oldest-first']),
      largestPage: draws.pick('largest page', [1, 2, 3, 1000]),
    },
    throttled: many || draws.chance('throttled', 0.05) ? drawThrottling(draws, start, configuration) : undefined,
    firstReconcileMs: draws.chance('late reconcile', 0.12) ? draws.pick('reconcile after', [3 * HOUR, 20 * HOUR]) : 0,
    reconcileBudgetMs: draws.pick('reconcile budget', [10 * MINUTE, 10 * MINUTE, 200]),
  };
}

/** One of several calls at once, that all end well. */
const atOnce = (call: CallPlan, start: Instant): CallPlan => ({
  ...call,
  ...{ at: start + SECOND, talkMs: 8 * SECOND, callbacksLost: false },
  registrationMs: Math.min(call.registrationMs, 1500),
});

function drawCall(draws: Draws, start: Instant): CallPlan {
  const delays = [0, 200, 900, 1500, 4000, 20_000, 3 * MINUTE];
  const lengths = [300, 2000, 8000, 30_000, 5 * MINUTE, 25 * MINUTE];
  const voiceUrl = drawVoiceUrl(draws);
  return {
    at: start + draws.whole('call at', 0, 3 * MINUTE),
    caller: draws.pick('caller', CALLERS),
    voiceUrl,
    // A call that is never registered is asked for during a whole day, which takes as long as fifty other histories.
    registrationMs: draws.chance('never', 0.005) ? Number.POSITIVE_INFINITY : draws.pick('registration', delays),
    earlyRefusal: draws.pick('early refusal', ['not-found', 'not-eligible']),
    talkMs: draws.pick('talk', lengths) + draws.whole('talk more', 0, 3000),
    streamAfterMs: draws.chance('late stream', 0.05) ? draws.pick('stream after', [20, 45, 200]) * SECOND : 0,
    voiceFails: draws.chance('voice fails', 0.02),
    // Where a number says what happens without a stream, there often is none.
    handshakeFails: draws.chance('handshake fails', voiceUrl.withoutStream ? 0.3 : 0.05),
    afterFailedHandshake: draws.pick('after failed handshake', ['next-verb', 'hang-up']),
    closedStreamIs: draws.pick('closed stream is', ['stream-stopped', 'stream-error']),
    twiml: drawTwiml(draws),
    callbacksLost: draws.chance('callbacks lost', 0.1),
    startTwice: draws.chance('start twice', 0.1),
    otherRecording: draws.chance('other recording', 0.3) ? drawOtherRecording(draws) : undefined,
    pause: draws.chance('pause', 0.12) ? drawPause(draws) : undefined,
    foreign: draws.chance('foreign stream', 0.1),
    recordingsFail: draws.chance('recordings fail', 0.2),
    replayAfterMs: draws.chance('replay', 0.3)
      ? [draws.pick('replay after', [0, 50, SECOND, HOUR, 20 * HOUR, 30 * HOUR])]
      : [],
    forgeries: draws.chance('forged', 0.2) ? [draws.pick('forgery', FORGERIES)] : [],
  };
}

/** While deletions become due. */
function drawThrottling(draws: Draws, start: Instant, { keepAtTwilioMs }: Configuration) {
  const from = start + keepAtTwilioMs;
  return { from, until: from + draws.pick('throttled for', [10 * SECOND, 20 * MINUTE]) };
}

function drawOutages(draws: Draws, start: Instant, until: Instant): Outage[] {
  if (!draws.chance('outages', 0.3)) return [];
  const service = draws.pick('outage of', [
    'twilio',
    's3',
    'dynamodb',
    'sqs',
    'secret',
    'connections',
    'eventbridge',
    STREAM_API,
  ]);
  const from = start + draws.whole('outage from', 0, Math.max(1, until - start));
  return [
    { service, from, until: Math.min(until, from + draws.pick('outage for', [MINUTE, HOUR, 12 * HOUR, 48 * HOUR])) },
  ];
}
