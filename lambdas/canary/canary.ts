/** Places a call of our own now and then, and looks for its sound in S3: that calls are recorded is proven, not only assumed. */
import { CANARY_TONE_PATH } from '../shared/contract/http.ts';
import type { Canary } from '../shared/contract/settings.ts';
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { CanaryStore } from '../shared/ports/canary.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import {
  type CanaryMemory,
  callingLeg,
  callingTwiml,
  canaryPrefix,
  heard,
  isToBePlaced,
  notPlaced,
  placed,
  secondsOf,
} from '../shared/rules/canary/canary.ts';
import { toneFile, whyNotHeard } from '../shared/rules/canary/tone.ts';
import { type Instant, SECOND } from '../shared/rules/values/instant.ts';

export interface CanaryDependencies extends StepPorts {
  readonly canary: Canary;
  readonly publicUrl: string;
  readonly twilio: Pick<TwilioRest, 'placeCall'>;
  readonly credentials: Credentials;
  readonly canaryStore: CanaryStore;
}

/** Each minute: looks whether the call that is under way has arrived, and places the next one when it is time. */
export async function runCanary(deps: CanaryDependencies): Promise<void> {
  let memory = await deps.canaryStore.recall();
  memory = await lookForSound(deps, memory);
  if (isToBePlaced(memory, deps.canary, deps.clock.now())) memory = await place(deps, memory);
  const seconds = secondsOf(memory, deps.clock.now());
  if (seconds !== undefined) deps.log.measure('CanarySeconds', seconds);
}

async function lookForSound(deps: CanaryDependencies, memory: CanaryMemory): Promise<CanaryMemory> {
  const { canaryStore, clock, log } = deps;
  const { waitingSince, placedAt } = memory;
  if (waitingSince === undefined || placedAt === undefined) return memory;
  const days = new Set([canaryPrefix(placedAt), canaryPrefix(clock.now())]);
  for (const prefix of days) {
    for (const { key, storedAt } of await canaryStore.list(prefix)) {
      if (storedAt < floor(placedAt)) continue;
      const { bytes, startTime } = await canaryStore.read(key);
      // An earlier call that comes late proves nothing of the one that is under way.
      if (startTime !== undefined && startTime < floor(placedAt)) continue;
      const reason = whyNotHeard(bytes);
      if (reason !== undefined) {
        log.warn("The canary's copy is in S3 without its sound", { event: 'canary_not_heard', key, reason });
        continue;
      }
      const arrived = heard(memory, storedAt);
      await canaryStore.remember(arrived);
      log.info("The canary's sound is in S3", { event: 'canary_heard', key, seconds: arrived.seconds ?? 0 });
      return arrived;
    }
  }
  return memory;
}

/** Twilio and S3 tell whole seconds. */
const floor = (instant: Instant): Instant => Math.floor(instant / SECOND) * SECOND;

/** Remembered before it is placed: whatever fails then, no call is placed each minute. */
async function place(deps: CanaryDependencies, memory: CanaryMemory): Promise<CanaryMemory> {
  const { canary, canaryStore, clock, log, publicUrl, twilio } = deps;
  const now = clock.now();
  const placing = placed(memory, now);
  await canaryStore.remember(placing);
  const reply = await twilio.placeCall(canary.from, canary.to, callingTwiml(publicUrl + CANARY_TONE_PATH));
  if (reply.kind === 'placed') {
    const { callSid } = reply;
    log.info('A canary was placed', { event: 'canary_placed', callSid });
    await changeRow(deps, { kind: 'call', callSid }, (known) => (known ? undefined : callingLeg(callSid, canary, now)));
    return placing;
  }
  await credentialsRenewed(deps, reply);
  log.error('The canary could not be placed', {
    event: 'canary_not_placed',
    status: reply.status,
    reason: reply.reason,
  });
  // Of a lost reply nobody knows: the call may be on its way.
  if (reply.kind === 'doubtful') return placing;
  const refused = notPlaced(placing);
  await canaryStore.remember(refused);
  return refused;
}

/** What Twilio plays to the called side. It says nothing of anybody, so that anyone may have it. */
export const tone = (): ApiResponse & { readonly isBase64Encoded: true } => ({
  statusCode: 200,
  headers: { 'content-type': 'audio/wav', 'cache-control': 'public, max-age=86400' },
  body: toneFile().toString('base64'),
  isBase64Encoded: true,
});
